"""The UserInfo endpoint (OpenID Connect Core section 5.3, decision 45)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authserver.models import users
from tests.factories import make_api_key, make_client, make_resource_server, within
from tests.relying_party import FORM, Local, RelyingParty, Reply, encoded
from tests.rfc.answers import challenge, refuses
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty, party_at
from tests.rfc.outage import outage
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

PROFILE = {"name", "preferred_username", "updated_at"}
EMAIL = {"email", "email_verified"}


def _ask(machine: Local, header: str | None = None, *, verb: str = "GET", query: str = "", **fields: Any) -> Reply:
    body = encoded(fields) if fields else None
    headers = {"Authorization": header} if header is not None else {}
    if body is not None:
        headers["Content-Type"] = FORM
    return machine.send(verb, f"/userinfo{query}", body=body, headers=headers)


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", set()),
        ("openid profile", PROFILE),
        ("openid email", EMAIL),
        ("openid profile email read:realms", PROFILE | EMAIL),
    ],
)
def test_s5_4_scopes_decide_which_claims_are_told(
    party: MakeParty, machine: Local, token_format: str, scope: str, claims: set[str]
) -> None:
    rp = party(access_token_format=token_format)
    token = granted(rp.authorize(scope=scope).redeem())["access_token"]
    for reply in (_ask(machine, f"Bearer {token}"), _ask(machine, f"Bearer {token}", verb="POST")):
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.headers["Cache-Control"] == "no-store"
        assert set(reply.json) == claims | {"sub"}
        assert reply.json["sub"] == rp.user.id
    told = {"name": rp.user.name, "preferred_username": rp.user.username, "email": rp.user.email}
    assert all(reply.json[name] == value for name, value in told.items() if name in claims)
    assert reply.json.get("email_verified", True) is True


def test_s5_3_refreshed_and_narrowed_token_tells_less(party: MakeParty, machine: Local) -> None:
    rp = party()
    granted(rp.authorize(scope="openid profile email offline_access").redeem())
    granted(rp.refresh(scope="openid"))
    assert set(rp.userinfo().json) == {"sub"}


def test_s5_3_claims_are_those_of_now(house: "House", party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    with within(house):
        users.change(rp.user.id, name="Ada Byron")
    assert rp.userinfo().json["name"] == "Ada Byron"


def test_s5_3_sub_is_that_of_the_id_token(party: MakeParty) -> None:
    from tests.rfc.forgery import parts

    rp = party()
    tokens = granted(rp.authorize().redeem())
    assert rp.userinfo().json["sub"] == parts(tokens["id_token"])[1]["sub"]


def test_d45_token_in_the_form_body_by_post(party: MakeParty, machine: Local, token_format: str) -> None:
    rp = party(access_token_format=token_format)
    token = granted(rp.authorize().redeem())["access_token"]
    assert _ask(machine, verb="POST", access_token=token).json["sub"] == rp.user.id


def test_d45_token_in_both_places_is_400(party: MakeParty, machine: Local) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())["access_token"]
    for header in (f"Bearer {token}", "Bearer x", "Basic x"):
        refuses(_ask(machine, header, verb="POST", access_token=token), "invalid_request")


def test_d45_repeated_token_in_the_body_is_400(party: MakeParty, machine: Local) -> None:
    token = granted(party().authorize().redeem())["access_token"]
    refuses(_ask(machine, verb="POST", access_token=[token, token]), "invalid_request")


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_token_in_the_query_is_never_read(party: MakeParty, machine: Local, verb: str) -> None:
    token = granted(party().authorize().redeem())["access_token"]
    reply = _ask(machine, verb=verb, query=f"?access_token={token}")
    assert reply.status_code == 401
    assert challenge(reply)[0] == "Bearer"


def test_bearer_of_a_form_get_is_not_read_from_a_body(party: MakeParty, machine: Local) -> None:
    token = granted(party().authorize().redeem())["access_token"]
    assert _ask(machine, verb="GET", access_token=token).status_code == 401


def test_json_body_holds_no_token(party: MakeParty, machine: Local) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())["access_token"]
    headers = {"Content-Type": "application/json"}
    body = f'{{"access_token": "{token}"}}'
    assert machine.send("POST", "/userinfo", body=body, headers=headers).status_code == 401
    both = machine.send("POST", "/userinfo", body=body, headers={**headers, "Authorization": f"Bearer {token}"})
    assert both.json["sub"] == rp.user.id


def test_d19_bound_token_is_401(house: "House", party: MakeParty, machine: Local, token_format: str) -> None:
    server, _ = make_resource_server(house)
    rp = party(access_token_format=token_format)
    granted(rp.authorize(resource=server.audience).redeem())
    refuses(rp.userinfo(), "invalid_token", 401)


def test_AK9_api_key_is_401(house: "House", party: MakeParty, machine: Local) -> None:
    rp = party()
    _, key = make_api_key(house, rp.user)
    refuses(_ask(machine, f"Bearer {key}"), "invalid_token", 401)
    refuses(_ask(machine, verb="POST", access_token=key), "invalid_token", 401)


def test_AK8_key_in_query_or_cookie_is_401(house: "House", app: Flask, party: MakeParty) -> None:
    _, key = make_api_key(house, party().user)
    http = app.test_client()
    http.set_cookie("access_token", key)
    assert http.get(f"/userinfo?access_token={key}&api_key={key}").status_code == 401


def test_other_credentials_are_401(party: MakeParty, machine: Local) -> None:
    rp = party()
    tokens = granted(rp.authorize().redeem())
    code = rp.authorize().code
    for other in (tokens["refresh_token"], tokens["id_token"], code, rp.secret):
        refuses(_ask(machine, f"Bearer {other}"), "invalid_token", 401)
    granted(rp.redeem())


def test_token_without_openid_is_insufficient_scope(party: MakeParty, token_format: str) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize(scope="profile email").redeem())
    reply = rp.userinfo()
    refuses(reply, "insufficient_scope", 403)
    scheme, parameters = challenge(reply)
    assert (scheme, parameters["error"], parameters["scope"]) == ("Bearer", "insufficient_scope", "openid")


def test_token_of_a_client_itself_is_refused(house: "House", machine: Local, token_format: str) -> None:
    rp = RelyingParty(machine, *make_client(house, type="machine", access_token_format=token_format))
    granted(rp.token(grant_type="client_credentials"))
    refuses(rp.userinfo(), "insufficient_scope", 403)


def test_signed_in_browser_without_a_token_is_401(party: MakeParty) -> None:
    """The endpoint knows no session: cookies count for nothing here."""
    rp = party()
    reply = rp.transport.send("GET", "/userinfo", body=None, headers={})
    assert reply.status_code == 401
    assert "error" not in challenge(reply)[1]


def test_token_without_any_browser_is_good(party: MakeParty, machine: Local) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())["access_token"]
    assert _ask(machine, f"Bearer {token}").json["sub"] == rp.user.id


def test_asking_changes_nothing(party: MakeParty, row_counts: Callable[[], State], token_format: str) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize().redeem())
    before = row_counts()
    assert rp.userinfo().status_code == 200
    assert rp.userinfo("at_unknown").status_code == 401
    assert row_counts() == before


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(machine: Local, verb: str) -> None:
    reply = _ask(machine, verb=verb)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, POST")


def test_database_away_is_503_not_401(app_with: Callable[..., Flask], empty_database: str, token_format: str) -> None:
    """A client that is told 401 would throw a good token away."""
    app = app_with(database_url=empty_database)
    rp = party_at(app, access_token_format=token_format)
    granted(rp.authorize().redeem())
    assert rp.userinfo().status_code == 200
    with outage(app.extensions["authserver.house"].database, empty_database):
        reply = rp.userinfo()
    refuses(reply, "temporarily_unavailable", 503)
    assert int(reply.headers["Retry-After"]) >= 1
    assert rp.userinfo().status_code == 200
