"""Session tokens: what they say, where they count, and that they die with the web session (LG4, IN6, decision 32)."""

import html
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet

from authserver.models import grants
from tests.factories import make_client, make_resource_server, make_user
from tests.gateways.asking import Proxy
from tests.pages.people import Browser, commit
from tests.pages.settings.developers import MakeDeveloper
from tests.pages.settings.session_tokens import CURRENT, PAGE, Ask, claims_of, current
from tests.relying_party import RelyingParty
from tests.rfc.answers import challenge, is_active, is_inactive, refuses
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

SCRIPT = "session_token.js"
TOKEN = re.compile(r'<code id="session-token"[^>]*>([^<]+)</code>')


def test_it_is_shown_with_its_expiry(developer: MakeDeveloper, ask: Ask) -> None:
    at = developer()
    page = at.get(PAGE)
    token = html.unescape(TOKEN.findall(page.text)[0])
    assert 'data-copy="#session-token"' in page.text
    assert re.search(r'id="session-token-expiry"><time datetime="[^"]+Z">', page.text)
    assert page.headers["Cache-Control"] == "no-store"
    claims = is_active(ask(token))
    assert claims == claims | {
        "token_use": "session_token",
        "token_type": "Bearer",
        "client_id": "realmkit-web",
        "sub": at.user.id,
        "username": at.user.username,
        "tier": "standard",
    }
    assert claims["exp"] == claims["iat"] + 900
    assert not {"email", "environment", "key_id"} & set(claims)


def test_decision_48_it_is_a_jwt_of_the_jwks(developer: MakeDeveloper, http: FlaskClient, house: "House") -> None:
    token, issuer = current(developer()), house.settings.issuer
    keys = KeySet.import_key_set(http.get("/.well-known/jwks.json").json)
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    assert decoded.header["typ"] == "at+jwt"
    assert decoded.claims == decoded.claims | {"iss": issuer, "aud": issuer, "token_use": "session_token"}
    assert {"sid", "jti", "gid", "auth_time", "acr", "amr", "scope"} <= set(decoded.claims)


def test_decision_30_it_carries_the_users_own_scopes(developer: MakeDeveloper) -> None:
    plain, admin = (claims_of(current(developer(is_admin=flag)))["scope"].split() for flag in (False, True))
    assert {"read:realms", "delete:realms", "write:profile", "manage"} <= set(plain)
    assert set(admin) - set(plain) == {"admin"}


def test_making_one_leaves_no_row(developer: MakeDeveloper, row_counts: Callable[[], State]) -> None:
    at = developer()
    before = row_counts()
    current(at)
    at.get(PAGE)
    assert row_counts() == before


# -- where it counts ---------------------------------------------------------------------------------------------------


def test_decision_45_userinfo_does_not_take_it(developer: MakeDeveloper, http: FlaskClient) -> None:
    answer = http.get("/userinfo", headers={"Authorization": f"Bearer {current(developer())}"})
    assert answer.status_code == 401
    assert challenge(answer)[1]["error"] == "invalid_token"


def test_decision_26_clients_do_not_revoke_it(
    house: "House", developer: MakeDeveloper, http: FlaskClient, ask: Ask
) -> None:
    token = current(developer())
    party = RelyingParty(http, *make_client(house))
    refuses(party.revoke(token), "unsupported_token_type")
    is_active(ask(token))


def test_decision_25_an_ordinary_client_learns_nothing(
    house: "House", developer: MakeDeveloper, http: FlaskClient
) -> None:
    is_inactive(RelyingParty(http, *make_client(house)).introspect(current(developer())))


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "session_token", "nonsense"])
def test_IN5_hints_do_not_matter(developer: MakeDeveloper, ask: Ask, hint: str) -> None:
    is_active(ask(current(developer()), token_type_hint=hint))


def test_IN2_a_changed_one_is_inactive(developer: MakeDeveloper, ask: Ask) -> None:
    head, payload, signature = current(developer()).split(".")
    other = claims_of(current(developer()))
    for forged in (
        f"{head}.{payload[:-4]}{payload[:4]}.{signature}",
        f"{head}.{payload}.{signature[:-4]}AAAA",
        f"{head}.{payload}.",
        f"{current(developer()).rpartition('.')[0]}.{signature}",
    ):
        is_inactive(ask(forged))
    assert other["sid"] != claims_of(f"{head}.{payload}.{signature}")["sid"]


def test_it_spends_the_accounts_tier_at_the_gateway(developer: MakeDeveloper, http: FlaskClient) -> None:
    at = developer()
    asked = Proxy(http).ask(current(at), "scope=delete:realms&environment=live")
    assert (asked.status, asked.remaining) == (200, 999)
    assert (asked.who("User"), asked.who("Client-Id"), asked.who("Email")) == (
        at.user.id,
        "realmkit-web",
        at.user.email,
    )
    assert asked.who("Environment") == ""
    assert Proxy(http).ask(current(at), "scope=admin").status == 403


# -- the pages ---------------------------------------------------------------------------------------------------------


def test_strangers_get_none(app: Flask) -> None:
    at = Browser(app)
    assert at.get(PAGE).headers["Location"] == "/login?next=%2Fsettings%2Fsession-token"
    assert at.get(CURRENT).status_code == 401


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("none", 403), ("same-origin", 200)]
)
def test_other_sites_get_none(developer: MakeDeveloper, site: str, status: int) -> None:
    answer = developer().get(CURRENT, headers={"Sec-Fetch-Site": site, "Origin": "https://evil.example"})
    assert answer.status_code == status
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_decision_32_every_page_of_ours_has_the_script(developer: MakeDeveloper, app: Flask) -> None:
    at = developer()
    gid = claims_of(current(at))["gid"]
    for path in ("/", "/account/profile", "/settings/api-keys", PAGE, "/docs", "/nothing-here"):
        assert f'{SCRIPT}" defer data-session="{gid}"' in at.get(path).text, path
    assert f'{SCRIPT}" defer data-session=""' in Browser(app).get("/login").text, "it removes what is left"


def test_decision_32_an_authorization_has_no_script(app: Flask, house: "House") -> None:
    user, password = make_user(house)
    browser = app.test_client()
    party = RelyingParty(browser, *make_client(house)).authorize()
    pages = [party.reply]
    party.sign_in(user, password)
    pages.append(party.reply)
    for prompt in ("login", "select_account", "consent"):
        pages.append(party.authorize(prompt=prompt).reply)
    assert [page.path.partition("?")[0] for page in pages if page] == [
        "/login", "/consent", "/login", "/login/select", "/consent",
    ]  # fmt: skip
    assert [page.path for page in pages if page and SCRIPT in page.text] == []
    assert SCRIPT in browser.get("/").text


def test_switched_off(app_with: Callable[..., Flask], developer: MakeDeveloper, house: "House") -> None:
    token = current(developer())
    off = app_with(session_tokens="off")
    user, password = make_user(house)
    at = Browser(off)
    at.sign_in(user, password)
    assert [at.get(path).status_code for path in (PAGE, CURRENT)] == [404, 404]
    assert Browser(off).get(PAGE).status_code == 404
    page = at.get("/account/profile").text
    assert SCRIPT not in page
    assert PAGE not in page
    server = make_resource_server(house)
    is_inactive(RelyingParty(off.test_client(), *server).introspect(token, as_=server))


def test_a_grant_is_not_touched_by_it(app: Flask, developer: MakeDeveloper) -> None:
    at = developer()
    current(at)
    assert commit(app, lambda: grants.of_user(at.user.id)) == []
