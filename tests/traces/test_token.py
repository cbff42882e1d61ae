"""`/token` explained: for every check that can fail, which one it was, what was expected, and what came."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models import grants, users
from authserver.oauth import clients
from tests.factories import ACTOR, make_client, within
from tests.relying_party import RelyingParty, Reply, basic, challenge_of
from tests.rfc.conftest import Party, party_at
from tests.traces.conftest import TraceOf, explains

if TYPE_CHECKING:
    from authserver.composition import House


def names(trace: Any) -> list[str]:
    return [check["name"] for check in trace.checks["checks"]]


# -- all well ----------------------------------------------------------------------------------------------------------


def test_a_redeemed_code_has_passed_every_check_in_order(rp: Party, trace_of: TraceOf) -> None:
    trace = trace_of(rp.authorize().redeem())
    assert (trace.endpoint, trace.client_id, trace.user_id) == ("token", rp.client.client_id, rp.user.id)
    assert (trace.error, trace.cause) == (None, None)
    assert all(check["passed"] for check in trace.checks["checks"])
    assert names(trace) == [
        "Client authentication",
        "Grant type",
        "Code",
        "Redirect URI",
        "PKCE",
        "First use",
        "Age of the code",
        "Grant",
    ]


def test_a_refresh_and_a_token_of_its_own_are_noted(rp: Party, house: "House", app: Flask, trace_of: TraceOf) -> None:
    rp.authorize().redeem()
    assert names(trace_of(rp.refresh()))[-2:] == ["Scope", "Age of the token"]
    machine, secret = make_client(house, type="machine")
    reply = RelyingParty(app.test_client(), machine, secret).token(grant_type="client_credentials")
    trace = trace_of(reply)
    assert (trace.client_id, trace.user_id, trace.error) == (machine.client_id, None, None)
    assert names(trace) == ["Client authentication", "Grant type", "Scope"]


# -- client authentication: the client is told one thing, the owner another --------------------------------------------


def test_a_wrong_secret_an_unknown_client_and_a_disabled_one(rp: Party, house: "House", trace_of: TraceOf) -> None:
    def send(client_id: str, secret: str) -> Reply:
        return rp.post("/token", {"grant_type": "refresh_token"}, headers={"Authorization": basic(client_id, secret)})

    check = "Client authentication"
    wrong, unknown = send(rp.client.client_id, "x" * 43), send("nobody-here", "x" * 43)
    assert wrong.text == unknown.text  # CA4
    trace = trace_of(wrong)
    explains(trace, "invalid_client", "secret_wrong", check)
    assert trace.client_id == rp.client.client_id
    trace = trace_of(unknown)
    assert explains(trace, "invalid_client", "client_unknown", check)["received"] == "nobody-here"
    assert trace.client_id is None
    with within(house):
        clients.set_enabled(rp.client, False, actor=ACTOR)
    explains(trace_of(send(rp.client.client_id, rp.secret)), "invalid_client", "client_disabled", check)


def test_a_retired_secret_is_recognised(
    rp: Party, house: "House", frozen: time_machine.Traveller, trace_of: TraceOf
) -> None:
    with within(house):
        clients.add_secret(rp.client, overlap=3600, actor=ACTOR)
    assert rp.token(grant_type="refresh_token", refresh_token="rt_x").error == "invalid_grant"
    frozen.shift(3601)
    reply = rp.token(grant_type="refresh_token", refresh_token="rt_x")
    last = explains(trace_of(reply), "invalid_client", "secret_retired", "Client authentication")
    assert f"ends in {rp.secret[-4:]}" in last["says"]
    assert "retired" not in reply.text


def test_another_method_than_registered(rp: Party, trace_of: TraceOf) -> None:
    body = {"grant_type": "refresh_token", "client_id": rp.client.client_id, "client_secret": rp.secret}
    trace = trace_of(rp.post("/token", body, headers={}))
    last = explains(trace, "invalid_client", "method_not_registered", "Client authentication")
    assert (last["expected"], last["received"]) == ("client_secret_basic", "client_secret_post")


@pytest.mark.parametrize(
    ("header", "error", "cause"),
    [
        ({"Authorization": "Basic !"}, "invalid_client", "credentials_malformed"),
        ({}, "invalid_client", "credentials_missing"),
    ],
)
def test_credentials_that_cannot_be_read(
    rp: Party, trace_of: TraceOf, header: dict[str, str], error: str, cause: str
) -> None:
    reply = rp.post("/token", {"grant_type": "refresh_token"}, headers=header)
    explains(trace_of(reply), error, cause, "Client authentication")


def test_two_methods_at_once(rp: Party, trace_of: TraceOf) -> None:
    trace = trace_of(rp.token(grant_type="refresh_token", client_id=rp.client.client_id, client_secret=rp.secret))
    explains(trace, "invalid_request", "two_methods", "Client authentication")
    assert trace.client_id == rp.client.client_id


# -- what is asked for -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "error", "cause", "check"),
    [
        ({"grant_type": None}, "invalid_request", "grant_type_missing", "Grant type"),
        ({"grant_type": "password"}, "unsupported_grant_type", "grant_type_unknown", "Grant type"),
        ({"grant_type": "client_credentials"}, "unauthorized_client", "grant_type_not_registered", "Grant type"),
        ({"grant_type": "authorization_code"}, "invalid_request", "parameter_missing", "Parameters"),
        ({"grant_type": ["refresh_token"] * 2}, "invalid_request", "parameter_repeated", "Parameters"),
    ],
)
def test_requests_that_are_not_right_as_such(
    rp: Party, trace_of: TraceOf, parameters: dict[str, Any], error: str, cause: str, check: str
) -> None:
    explains(trace_of(rp.token(**parameters)), error, cause, check)


def test_whoever_only_names_an_application_is_in_its_log(rp: Party, trace_of: TraceOf) -> None:
    trace = trace_of(rp.token(grant_type="password"))
    assert trace.client_id == rp.client.client_id


# -- codes -------------------------------------------------------------------------------------------------------------


def test_an_old_code_says_its_age(rp: Party, frozen: time_machine.Traveller, trace_of: TraceOf) -> None:
    rp.authorize()
    frozen.shift(73)
    trace = trace_of(rp.redeem())
    last = explains(trace, "invalid_grant", "code_expired", "Age of the code")
    assert (last["expected"], last["received"]) == ("less than 60 s", "73 s")
    assert trace.user_id == rp.user.id


def test_a_code_used_twice_says_when(rp: Party, frozen: time_machine.Traveller, trace_of: TraceOf) -> None:
    code = rp.authorize().code
    rp.redeem(code=code)
    frozen.shift(5)
    assert "5 s ago" in explains(trace_of(rp.redeem(code=code)), "invalid_grant", "code_used", "First use")["says"]


def test_a_wrong_verifier_shows_the_two_hashes(rp: Party, trace_of: TraceOf) -> None:
    rp.authorize()
    verifier = "w" * 50
    trace = trace_of(rp.redeem(code_verifier=verifier))
    last = explains(trace, "invalid_grant", "pkce_mismatch", "PKCE")
    assert (last["expected"], last["received"]) == (challenge_of(rp.verifier), challenge_of(verifier))
    assert verifier not in str(trace)
    assert rp.verifier not in str(trace)


def test_another_redirect_uri_is_compared(rp: Party, trace_of: TraceOf) -> None:
    rp.authorize()
    last = explains(
        trace_of(rp.redeem(redirect_uri="https://client.example/other")),
        "invalid_grant",
        "redirect_uri_differs",
        "Redirect URI",
    )
    assert (last["expected"], last["received"]) == (rp.client.redirect_uris[0], "https://client.example/other")
    assert failed_receives(trace_of(rp.redeem(redirect_uri=None))) == "not sent"


def failed_receives(trace: Any) -> str:
    received: str = trace.checks["checks"][-1]["received"]
    return received


def test_unknown_codes_and_those_of_others(rp: Party, app: Flask, trace_of: TraceOf) -> None:
    explains(trace_of(rp.authorize().redeem(code="ac_unknown")), "invalid_grant", "code_unknown", "Code")
    other = party_at(app)
    trace = trace_of(other.authorize().redeem(code=rp.code))
    explains(trace, "invalid_grant", "code_of_another_client", "Code")
    assert (trace.client_id, trace.user_id) == (other.client.client_id, None)


@pytest.mark.parametrize(("verifier", "received"), [(None, "not sent"), ("short", "5 characters")])
def test_a_malformed_verifier_is_not_repeated(
    rp: Party, trace_of: TraceOf, verifier: str | None, received: str
) -> None:
    last = explains(
        trace_of(rp.authorize().redeem(code_verifier=verifier)), "invalid_request", "verifier_malformed", "PKCE"
    )
    assert last["received"] == received


def test_a_verifier_without_a_challenge(app: Flask, trace_of: TraceOf) -> None:
    rp = party_at(app, require_pkce=False)
    rp.authorize(code_challenge=None, code_challenge_method=None)
    explains(trace_of(rp.redeem(code_verifier="v" * 43)), "invalid_grant", "verifier_unexpected", "PKCE")


def _revoked(house: "House", rp: Party) -> None:
    grants.revoke_of(user_id=rp.user.id, because="user_revoked")


def _disabled(house: "House", rp: Party) -> None:
    users.change(rp.user.id, disabled_at=1)


def _not_before(house: "House", rp: Party) -> None:
    users.change(rp.user.id, not_before=2**40)


ENDINGS = ((_revoked, "user_revoked"), (_disabled, "disabled"), (_not_before, "at once"))


@pytest.mark.parametrize(("end", "says"), ENDINGS)
def test_what_has_ended_since_is_said(
    rp: Party, house: "House", trace_of: TraceOf, end: Callable[["House", Party], None], says: str
) -> None:
    rp.authorize()
    with within(house):
        end(house, rp)
    reply = rp.redeem()
    assert says in explains(trace_of(reply), "invalid_grant", "grant_ended", "Grant")["says"]
    assert says not in reply.text
