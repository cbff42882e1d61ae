"""`/authorize` explained: every check of a request, the steps that follow, and the return with `?req=`."""

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import clients
from tests.factories import ACTOR, make_client, make_resource_server, within
from tests.relying_party import RelyingParty
from tests.rfc.conftest import Party, party_at
from tests.rfc.front_channel import CHALLENGE, ask
from tests.traces.conftest import TraceOf, explains

if TYPE_CHECKING:
    from authserver.composition import House

HTTPS = "https://app.example/callback"


@pytest.fixture
def client(house: "House", owner: User) -> Client:
    return make_client(house, owner=owner, redirect_uris=[HTTPS], scope="openid read:realms write:realms")[0]


def test_a_good_request_has_passed_all_and_waits_for_the_person(
    http: FlaskClient, client: Client, house: "House", trace_of: TraceOf
) -> None:
    api, _ = make_resource_server(house)
    trace = trace_of(ask(http, client, prompt="login", resource=api.audience))
    assert (trace.endpoint, trace.client_id, trace.error) == ("authorize", client.client_id, None)
    assert [(check["name"], check["passed"]) for check in trace.checks["checks"]] == [
        ("Client", True),
        ("Redirect URI", True),
        ("Response type", True),
        ("PKCE", True),
        ("Scope", True),
        ("State", True),
        ("Prompt", True),
        ("Resource", True),
        ("Session", None),
    ]


def test_RFC6749_s10_12_whether_a_state_was_sent_is_told(http: FlaskClient, client: Client, trace_of: TraceOf) -> None:
    def told(**parameters: str | None) -> dict[str, str]:
        checks = trace_of(ask(http, client, **parameters)).checks["checks"]
        return {check["name"]: check["says"] for check in checks if check["name"] in ("State", "Secret in the address")}

    assert told(state="s") == {"State": "Sent."}
    assert told(state=None)["State"].startswith("Not sent")
    assert "logs" in told(client_secret="cs_leaked")["Secret in the address"]


def test_the_return_from_a_step_is_a_request_of_its_own(app: Flask, trace_of: TraceOf) -> None:
    rp = party_at(app, trusted=False)
    rp.authorize()
    assert rp.at == "/consent"
    rp.consent("allow")
    assert rp.reply is not None
    assert "req=" in rp.reply.path
    trace = trace_of(rp.reply)
    assert (trace.client_id, trace.user_id, trace.error) == (rp.client.client_id, rp.user.id, None)
    assert [check["name"] for check in trace.checks["checks"]][-1] == "Consent"


# -- errors that go to a page ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requested", "says"),
    [
        ("https://app.example/callback/", "slash"),
        ("http://app.example/callback", "http is not https"),
        ("https://app.example/Callback", "case"),
        ("https://evil.example/callback", "host"),
    ],
)
def test_a_redirect_uri_is_compared_with_the_nearest_one(
    http: FlaskClient, client: Client, trace_of: TraceOf, requested: str, says: str
) -> None:
    trace = trace_of(ask(http, client, redirect_uri=requested))
    last = explains(trace, "invalid_request", "redirect_uri_mismatch", "Redirect URI")
    assert (last["expected"], last["received"]) == (HTTPS, requested)
    assert says in last["says"]
    assert trace.client_id == client.client_id


@pytest.mark.parametrize(
    ("changes", "cause", "check"),
    [
        ({"client_id": None}, "parameter_missing", "Client"),
        ({"client_id": ["a", "b"]}, "parameter_repeated", "Client"),
        ({"client_id": "no-such-client"}, "client_unknown", "Client"),
        ({"redirect_uri": None}, "redirect_uri_missing", "Redirect URI"),
        ({"redirect_uri": [HTTPS, HTTPS]}, "parameter_repeated", "Redirect URI"),
    ],
)
def test_what_else_ends_on_a_page(
    http: FlaskClient, client: Client, trace_of: TraceOf, changes: dict[str, Any], cause: str, check: str
) -> None:
    explains(trace_of(ask(http, client, **changes)), "invalid_request", cause, check)


def test_a_disabled_application_is_known_to_its_owner_only(
    http: FlaskClient, client: Client, house: "House", trace_of: TraceOf
) -> None:
    with within(house):
        clients.set_enabled(client, False, actor=ACTOR)
    trace = trace_of(ask(http, client))
    explains(trace, "invalid_request", "client_disabled", "Client")
    assert trace.client_id == client.client_id


# -- errors that go to the client --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error", "cause", "check"),
    [
        ({"response_type": None}, "invalid_request", "parameter_missing", "Parameters"),
        ({"response_type": "token"}, "unsupported_response_type", "response_type", "Response type"),
        ({"response_mode": "fragment"}, "invalid_request", "response_mode", "Parameters"),
        ({"code_challenge": None}, "invalid_request", "pkce_missing", "PKCE"),
        ({"code_challenge_method": "plain"}, "invalid_request", "pkce_method", "PKCE"),
        ({"code_challenge": "short"}, "invalid_request", "pkce_challenge", "PKCE"),
        ({"scope": "openid no:such"}, "invalid_scope", "scope_unknown", "Scope"),
        ({"scope": "openid delete:realms"}, "invalid_scope", "scope_not_allowed", "Scope"),
        ({"scope": 'openid "'}, "invalid_scope", "scope_malformed", "Scope"),
        ({"resource": "https://nowhere.example"}, "invalid_target", "resource_unknown", "Resource"),
        ({"prompt": "none login"}, "invalid_request", "prompt_none", "Prompt"),
        ({"prompt": "twice"}, "invalid_request", "prompt_unknown", "Prompt"),
        ({"prompt": "none"}, "login_required", "no_session", "Session"),
        ({"max_age": "-1"}, "invalid_request", "max_age", "Parameters"),
        ({"id_token_hint": "x"}, "invalid_request", "id_token_hint", "Parameters"),
        ({"state": "s" * 4097}, "invalid_request", "too_long", "Parameters"),
        ({"nonce": ["a", "b"]}, "invalid_request", "parameter_repeated", "Parameters"),
        ({"request": "ey"}, "request_not_supported", "request_object_keys", "Request object"),
        ({"request_uri": "https://x.example"}, "request_uri_not_supported", "request_uri", "Request object"),
    ],
)
def test_every_check_that_can_fail(
    http: FlaskClient,
    client: Client,
    trace_of: TraceOf,
    changes: dict[str, Any],
    error: str,
    cause: str,
    check: str,
) -> None:
    trace = trace_of(ask(http, client, **changes))
    explains(trace, error, cause, check)
    assert trace.client_id == client.client_id


def test_a_mistyped_scope_is_guessed(http: FlaskClient, client: Client, trace_of: TraceOf) -> None:
    last = explains(trace_of(ask(http, client, scope="openid realms:read")), "invalid_scope", "scope_unknown", "Scope")
    assert last["says"] == "There is no scope realms:read."
    last = explains(trace_of(ask(http, client, scope="openid read:realm")), "invalid_scope", "scope_unknown", "Scope")
    assert last["says"] == "There is no scope read:realm. Did you mean read:realms?"


def test_with_plain_the_challenge_is_the_secret_and_not_kept(
    http: FlaskClient, client: Client, trace_of: TraceOf
) -> None:
    trace = trace_of(ask(http, client, code_challenge="v" * 43, code_challenge_method="plain"))
    assert explains(trace, "invalid_request", "pkce_method", "PKCE")["received"] == "plain"
    assert "v" * 43 not in str(trace)
    assert CHALLENGE not in str(trace_of(ask(http, client)))


def test_a_denial_and_a_missing_consent(app: Flask, trace_of: TraceOf) -> None:
    rp: Party = party_at(app, trusted=False)
    trace = trace_of(rp.authorize(prompt="none").reply)
    explains(trace, "consent_required", "no_consent", "Consent")
    assert trace.user_id == rp.user.id
    explains(trace_of(rp.authorize().consent("deny").reply), "access_denied", "denied", "Consent")


def test_a_page_that_is_used_again_after_the_answer(app: Flask, trace_of: TraceOf) -> None:
    rp: Party = party_at(app, trusted=False)
    rp.authorize().consent("allow")
    assert rp.reply is not None
    again = rp.transport.send("GET", rp.reply.path, body=None, headers={})
    assert again.status_code == 400
    trace = trace_of(again)
    assert "answered" in explains(trace, "invalid_request", "request_stale", "Stored request")["says"]
    assert trace.client_id == rp.client.client_id


def test_a_person_who_goes_back_instead_of_signing_in(app: Flask, house: "House", trace_of: TraceOf) -> None:
    client, secret = make_client(house)
    rp = RelyingParty(app.test_client(), client, secret).authorize()
    assert rp.at == "/login"
    rp._submit("/authorize/cancel", {})
    assert rp.answer["error"] == "access_denied"
    explains(trace_of(rp.reply), "access_denied", "sign_in_cancelled", "Session")  # type: ignore[arg-type]
