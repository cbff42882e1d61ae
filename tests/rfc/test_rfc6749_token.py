"""The token endpoint: code redemption and client credentials (RFC 6749 sections 4.1.3, 4.4, 5; RFC 7636; cases CR)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.models import clients, grants, links, users
from tests.factories import CALLBACK, make_client, make_resource_server, within
from tests.relying_party import FORM, Credentials, Local, RelyingParty, basic, claims_of, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.parallel import together
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


# -- section 4.1.4 and 5.1: the answer ---------------------------------------------------------------------------------


def test_s5_1_code_buys_tokens_in_every_format_by_every_method(
    party: MakeParty, api: Credentials, token_format: str, method: str
) -> None:
    rp = party(access_token_format=token_format, method=method)
    tokens = granted(rp.authorize().redeem())
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert tokens["expires_in"] == 900
    assert tokens["scope"] == rp.client.scope
    assert (tokens["access_token"].count(".") == 2) == (token_format == "jwt")
    assert is_active(rp.introspect(as_=api))["client_id"] == rp.client.client_id


@pytest.mark.parametrize(
    ("scope", "refreshable", "identified"),
    [
        ("openid read:realms", False, True),
        ("openid offline_access", True, True),
        ("read:realms", True, False),
        ("read:realms offline_access", True, False),
    ],
)
def test_s4_1_4_refresh_token_needs_offline_access_or_plain_oauth(
    party: MakeParty, scope: str, refreshable: bool, identified: bool
) -> None:
    """Decision 18; and an ID token needs `openid`."""
    tokens = granted(party().authorize(scope=scope).redeem())
    assert ("refresh_token" in tokens, "id_token" in tokens) == (refreshable, identified)
    assert tokens["scope"] == scope


def test_s4_1_4_client_without_the_grant_gets_no_refresh_token(party: MakeParty) -> None:
    rp = party(grant_types=["authorization_code"])
    assert "refresh_token" not in granted(rp.authorize().redeem())


# -- CR1-CR5: a code is good once, for whom and what it was issued -----------------------------------------------------


def test_CR1_second_use_of_a_code_ends_everything_issued_from_it(
    party: MakeParty, api: Credentials, token_format: str, method: str
) -> None:
    rp = party(access_token_format=token_format, method=method)
    first = granted(rp.authorize().redeem())
    refreshed = granted(rp.refresh())
    refuses(rp.redeem(), "invalid_grant")
    for token in (first["access_token"], refreshed["access_token"]):
        is_inactive(rp.introspect(token, as_=api))
        assert rp.userinfo(token).status_code == 401
    refuses(rp.refresh(refresh_token=refreshed["refresh_token"]), "invalid_grant")


def test_CR1_replay_after_the_code_has_expired_still_revokes(
    party: MakeParty, api: Credentials, frozen: time_machine.Traveller
) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    frozen.shift(120)
    is_active(rp.introspect(as_=api))
    refuses(rp.redeem(), "invalid_grant")
    is_inactive(rp.introspect(as_=api))


def test_CR1_replay_leaves_another_grant_of_the_same_client_alone(party: MakeParty, api: Credentials) -> None:
    rp = party()
    other = granted(rp.authorize().redeem())["access_token"]
    granted(rp.authorize().redeem())
    refuses(rp.redeem(), "invalid_grant")
    is_active(rp.introspect(other, as_=api))


def test_CR2_sixteen_threads_with_one_code_have_one_winner(app: Flask, party: MakeParty, api: Credentials) -> None:
    rp = party(access_token_format="opaque")
    code, verifier = rp.authorize().code, rp.verifier
    replies = together(16, lambda: _redeemed(app, rp, code=code, verifier=verifier))
    winners = [reply for reply in replies if reply.status_code == 200]
    assert len(winners) == 1
    for reply in replies:
        if reply is not winners[0]:
            refuses(reply, "invalid_grant")
    is_inactive(rp.introspect(winners[0].json["access_token"], as_=api))


def test_CR3_code_of_another_client_is_refused_and_stays_good_for_its_owner(
    party: MakeParty, row_counts: RowCounts
) -> None:
    rp, thief = party(), party()
    code = rp.authorize().code
    before = row_counts()
    refuses(thief.redeem(code=code, code_verifier=rp.verifier, redirect_uri=CALLBACK), "invalid_grant")
    assert row_counts() == before
    granted(rp.redeem())


@pytest.mark.parametrize("uri", [None, "https://client.example/other", f"{CALLBACK}/", f"{CALLBACK}?x", "x"])
def test_CR4_wrong_redirect_uri_burns_nothing(party: MakeParty, row_counts: RowCounts, uri: str | None) -> None:
    rp = party()
    rp.authorize()
    before = row_counts()
    refuses(rp.redeem(redirect_uri=uri), "invalid_grant")
    assert row_counts() == before
    granted(rp.redeem())


def test_CR4_wrong_redirect_uri_with_a_used_code_revokes_nothing(party: MakeParty, api: Credentials) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    refuses(rp.redeem(redirect_uri="https://client.example/other"), "invalid_grant")
    refuses(rp.redeem(code_verifier="w" * 43), "invalid_grant")
    is_active(rp.introspect(as_=api))


def test_CR4_redirect_uri_that_was_not_sent_must_not_be_sent_again(party: MakeParty) -> None:
    """Decision 19: exactly what stood in the authorization request."""
    rp = party()
    rp.authorize(redirect_uri=None, scope="read:realms")
    refuses(rp.redeem(redirect_uri=CALLBACK), "invalid_grant")
    granted(rp.redeem())


@pytest.mark.parametrize("verifier", ["w" * 43, "w" * 128, "challenge itself"])
def test_CR5_wrong_verifier_is_invalid_grant(party: MakeParty, row_counts: RowCounts, verifier: str) -> None:
    rp = party()
    rp.authorize()
    before = row_counts()
    wrong = rp.sent["code_challenge"] if verifier == "challenge itself" else verifier
    refuses(rp.redeem(code_verifier=wrong), "invalid_grant")
    assert row_counts() == before
    granted(rp.redeem())


@pytest.mark.parametrize("verifier", [None, "", "w" * 42, "w" * 129, "w" * 42 + "=", "w" * 42 + "é"])
def test_CR5_missing_or_malformed_verifier_is_invalid_request(
    party: MakeParty, row_counts: RowCounts, verifier: str | None, method: str
) -> None:
    rp = party(method=method)
    rp.authorize()
    before = row_counts()
    refuses(rp.redeem(code_verifier=verifier), "invalid_request")
    assert row_counts() == before
    granted(rp.redeem())


def test_CR6_verifier_without_a_challenge_is_invalid_grant(party: MakeParty, row_counts: RowCounts) -> None:
    """RFC 9700 section 4.8.2: otherwise PKCE could be stripped from the authorization request."""
    rp = party(require_pkce=False)
    rp.authorize(code_challenge=None, code_challenge_method=None)
    before = row_counts()
    refuses(rp.redeem(), "invalid_grant")
    assert row_counts() == before
    granted(rp.redeem(code_verifier=None))


@pytest.mark.parametrize(("age", "good"), [(59, True), (60, False), (61, False), (3600, False)])
def test_CR7_code_lives_for_sixty_seconds(
    party: MakeParty, frozen: time_machine.Traveller, age: int, good: bool
) -> None:
    rp = party()
    rp.authorize()
    frozen.shift(age)
    reply = rp.redeem()
    if good:
        granted(reply)
    else:
        refuses(reply, "invalid_grant")


# -- CR8, CR9 ----------------------------------------------------------------------------------------------------------


def test_CR8_user_disabled_in_between_is_invalid_grant(house: "House", party: MakeParty) -> None:
    rp = party()
    rp.authorize()
    with within(house):
        users.change(rp.user.id, disabled_at=1)
    refuses(rp.redeem(), "invalid_grant")


def test_CR8_not_before_of_the_user_in_between_is_invalid_grant(
    house: "House", party: MakeParty, frozen: time_machine.Traveller
) -> None:
    rp = party()
    rp.authorize()
    frozen.shift(1)
    with within(house):
        users.change(rp.user.id, not_before=clock.now())
    refuses(rp.redeem(), "invalid_grant")


def test_CR8_client_disabled_in_between_is_invalid_client(house: "House", party: MakeParty, method: str) -> None:
    rp = party(method=method)
    rp.authorize()
    with within(house):
        clients.change(rp.client.client_id, disabled_at=1)
    refuses(rp.redeem(), "invalid_client", 401)


def test_CR8_grant_revoked_in_between_is_invalid_grant(house: "House", party: MakeParty) -> None:
    rp = party()
    rp.authorize()
    with within(house):
        grants.revoke_of(user_id=rp.user.id, because="tests")
    refuses(rp.redeem(), "invalid_grant")


def test_CR9_no_other_secret_is_a_code(house: "House", party: MakeParty, row_counts: RowCounts) -> None:
    rp = party()
    tokens = granted(rp.authorize().redeem())
    with within(house):
        reset = links.issue("reset", ttl=3600, user_id=rp.user.id)
    rp.authorize(prompt="login")  # stops at the login page, which carries the id of the stored request
    request_id = rp.reply.path.partition("req=")[2] if rp.reply else ""
    assert request_id
    before = row_counts()
    for other in (tokens["refresh_token"], tokens["access_token"], tokens["id_token"], request_id, reset, rp.secret):
        refuses(rp.redeem(code=other), "invalid_grant")
    assert row_counts() == before
    granted(rp.refresh())


def test_CR9_code_is_no_refresh_token_and_no_access_token(party: MakeParty, api: Credentials) -> None:
    rp = party()
    code = rp.authorize().code
    refuses(rp.refresh(refresh_token=code), "invalid_grant")
    is_inactive(rp.introspect(code, as_=api))
    assert rp.userinfo(code).status_code == 401
    assert rp.revoke(code).status_code == 200
    granted(rp.redeem())


# -- CR10-CR12: the form of the request --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "unknown"]
)
@pytest.mark.parametrize("other", [None, "other"])
def test_CR10_repeated_parameter_is_invalid_request(
    party: MakeParty, row_counts: RowCounts, name: str, other: str | None
) -> None:
    rp = party(method="client_secret_post")
    code = rp.authorize().code
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": rp.verifier,
        "client_id": rp.client.client_id,
        "client_secret": rp.secret,
    }
    value = parameters.get(name, "x")
    before = row_counts()
    repeated = {**parameters, name: [value, other or value]}
    refuses(rp.post("/token", repeated, headers={}), "invalid_request")
    assert row_counts() == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_CR11_other_methods_are_405(machine: Local, method: str) -> None:
    reply = machine.send(method, "/token?grant_type=client_credentials", body=None, headers={})
    assert reply.status_code == 405
    assert reply.headers["Allow"] == "POST"
    assert reply.headers["Cache-Control"] == "no-store"


def test_CR11_parameters_in_the_query_are_refused(house: "House", machine: Local) -> None:
    client, secret = make_client(house, type="machine", token_endpoint_auth_method="client_secret_post")
    query = encoded({"client_id": client.client_id, "client_secret": secret, "grant_type": "client_credentials"})
    everything = machine.send("POST", f"/token?{query}", body="", headers={"Content-Type": FORM})
    refuses(everything, "invalid_request")
    part = machine.send("POST", "/token?grant_type=client_credentials", body=query, headers={"Content-Type": FORM})
    refuses(part, "invalid_request")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"grant_type": "client_credentials"}'),
        (
            "multipart/form-data; boundary=x",
            '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\ny\r\n--x--',
        ),
        ("text/plain", "grant_type=client_credentials"),
        ("", "grant_type=client_credentials"),
        (f"{FORM}; charset=utf-16", "grant_type=client_credentials"),
        (f"{FORM}; charset=iso-8859-1", "grant_type=client_credentials"),
        (FORM, "grant_type=client_credentials".encode("utf-16")),
        (FORM, "grant_type=client_credentials".encode("utf-16-le")),
        (FORM, b"grant_type=client_credentials&scope=%ff"),
        (FORM, b"grant_type=client_credentials&scope=%00"),
        (FORM, b"grant_type=client_credentials&scope=%ed%a0%80"),
        (FORM, b"grant_type=client_credentials&%ff=x"),
        (FORM, b"grant_type=client_credentials&" + b"&".join(b"p%d=x" % number for number in range(300))),
        (FORM, b""),
    ],
)
def test_CR11_other_bodies_are_invalid_request(
    house: "House", machine: Local, row_counts: RowCounts, content_type: str, body: Any
) -> None:
    client, secret = make_client(house, type="machine")
    before = row_counts()
    headers = {"Content-Type": content_type, "Authorization": basic(client.client_id, secret)}
    refuses(machine.send("POST", "/token", body=body, headers=headers), "invalid_request")
    assert row_counts() == before


def test_CR11_form_with_a_utf8_charset_is_good(house: "House", machine: Local) -> None:
    client, secret = make_client(house, type="machine")
    headers = {"Content-Type": f'{FORM}; charset="UTF-8"', "Authorization": basic(client.client_id, secret)}
    granted(machine.send("POST", "/token", body="grant_type=client_credentials", headers=headers))


def test_IJ3_body_over_the_limit_is_413(machine: Local) -> None:
    body = "grant_type=client_credentials&x=" + "y" * 70_000
    reply = machine.send("POST", "/token", body=body, headers={"Content-Type": FORM})
    refuses(reply, "invalid_request", 413)


@pytest.mark.parametrize("name", ["code", "client_id", "client_secret", "redirect_uri", "code_verifier", "grant_type"])
@pytest.mark.parametrize("bad", ["%00", "%ff", "%c0%80", "%ed%a0%80"])
def test_IJ4_nul_and_bad_utf8_in_any_parameter_are_invalid_request(machine: Local, name: str, bad: str) -> None:
    body = encoded({"grant_type": "authorization_code", "client_id": "x", "client_secret": "y", "code": "z"})
    reply = machine.send("POST", "/token", body=f"{body}&{name}=a{bad}", headers={"Content-Type": FORM})
    refuses(reply, "invalid_request")


@pytest.mark.parametrize("missing", [None, ""])
def test_CR12_missing_grant_type_is_invalid_request(party: MakeParty, missing: str | None) -> None:
    refuses(party().token(grant_type=missing), "invalid_request")


@pytest.mark.parametrize(
    "grant_type",
    ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "AUTHORIZATION_CODE", '"<é'],
)
def test_CR12_unknown_grant_type_is_unsupported(party: MakeParty, grant_type: str) -> None:
    refuses(party().token(grant_type=grant_type, username="a", password="b"), "unsupported_grant_type")


def test_CR12_grant_type_that_is_not_registered_is_unauthorized_client(house: "House", party: MakeParty) -> None:
    refuses(party().token(grant_type="client_credentials"), "unauthorized_client")
    client, secret = make_client(house, type="machine")
    worker = RelyingParty(party().transport, client, secret)
    refuses(worker.token(grant_type="authorization_code", code="ac_x"), "unauthorized_client")
    refuses(worker.token(grant_type="refresh_token", refresh_token="rt_x"), "unauthorized_client")


@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
@pytest.mark.parametrize(("grant_type", "name"), [("authorization_code", "code"), ("refresh_token", "refresh_token")])
def test_CR12_missing_credential_is_invalid_request(party: MakeParty, method: str, grant_type: str, name: str) -> None:
    refuses(party(method=method).token(grant_type=grant_type), "invalid_request")
    refuses(party(method=method).token(grant_type=grant_type, **{name: "nothing of ours"}), "invalid_grant")


# -- section 4.4: client credentials -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_s4_4_client_gets_a_token_for_itself_and_no_refresh_token(
    house: "House", machine: Local, api: Credentials, token_format: str, method: str
) -> None:
    rp = _worker(house, machine, access_token_format=token_format, token_endpoint_auth_method=method)
    tokens = granted(rp.token(grant_type="client_credentials", scope="read:realms"))
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}
    claims = is_active(rp.introspect(as_=api))
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (rp.client.client_id,) * 2 + ("read:realms",)
    assert "username" not in claims


def test_s4_4_without_scope_all_scopes_of_the_client_are_granted(house: "House", machine: Local) -> None:
    """Decision 46."""
    rp = _worker(house, machine, scope="read:realms write:realms")
    assert granted(rp.token(grant_type="client_credentials"))["scope"] == "read:realms write:realms"


@pytest.mark.parametrize("scope", ["write:realms", "openid", "unknown", 'read:realms "', "read:realms  x", "é"])
def test_s4_4_scope_beyond_the_client_is_invalid_scope(
    house: "House", machine: Local, row_counts: RowCounts, scope: str
) -> None:
    rp = _worker(house, machine, scope="read:realms")
    before = row_counts()
    refuses(rp.token(grant_type="client_credentials", scope=scope), "invalid_scope")
    assert row_counts() == before


def test_s4_4_reserved_scopes_are_not_open_to_a_client_without_a_list(house: "House", machine: Local) -> None:
    rp = _worker(house, machine)
    refuses(rp.token(grant_type="client_credentials", scope="admin"), "invalid_scope")
    assert "admin" not in granted(rp.token(grant_type="client_credentials"))["scope"].split()


def test_s4_4_public_client_and_resource_server_may_not(house: "House", machine: Local) -> None:
    for client, secret in (make_client(house, type="spa"), make_resource_server(house)):
        reply = RelyingParty(machine, client, secret).token(grant_type="client_credentials")
        refuses(reply, "unauthorized_client")


def test_s4_4_after_revocation_of_all_its_tokens_a_client_gets_good_ones_again(
    house: "House", machine: Local, api: Credentials, frozen: time_machine.Traveller, token_format: str
) -> None:
    """Also within the same second."""
    rp = _worker(house, machine, access_token_format=token_format)
    old = granted(rp.token(grant_type="client_credentials"))["access_token"]
    for _ in range(2):
        with within(house):
            grants.revoke_of(client_id=rp.client.client_id, because="tests")
        is_inactive(rp.introspect(old, as_=api))
        granted(rp.token(grant_type="client_credentials"))
        is_active(rp.introspect(as_=api))


def test_s4_4_eight_threads_at_once_get_good_tokens_of_one_grant(app: Flask, house: "House", api: Credentials) -> None:
    client, secret = make_client(house, type="machine")
    parties = [RelyingParty(app.test_client(), client, secret) for _ in range(8)]
    waiting = iter(parties)
    replies = together(8, lambda: next(waiting).token(grant_type="client_credentials"))
    tokens = [granted(reply)["access_token"] for reply in replies]
    assert len({claims_of(token)["jti"] for token in tokens}) == 8
    for token in tokens:
        is_active(parties[0].introspect(token, as_=api))


def test_client_id_of_a_basic_client_may_stand_in_the_body_too(party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize().redeem(client_id=rp.client.client_id))


def _worker(house: "House", machine: Local, **metadata: Any) -> RelyingParty:
    return RelyingParty(machine, *make_client(house, **{"type": "machine", **metadata}))


def _redeemed(app: Flask, rp: Party, *, code: str, verifier: str) -> Any:
    own = RelyingParty(app.test_client(), rp.client, rp.secret)
    return own.redeem(code=code, code_verifier=verifier, redirect_uri=CALLBACK)
