"""`/gateway/auth`: who passes, who does not and why, and what the proxy is told of the caller (decision 44)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.models.users import User
from tests.factories import make_api_key, make_resource_server, make_user
from tests.gateways.asking import AUTH, IDENTITY, RATE, Proxy, in_tier
from tests.rfc.outage import outage

if TYPE_CHECKING:
    from authserver.composition import House

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
QUOTA = "https://iana.org/assignments/http-problem-types#quota-exceeded"
IN_PATH = "/gateway/auth;{parameters}"


@pytest.fixture
def user(house: "House") -> User:
    return make_user(house)[0]


@pytest.fixture
def proxy(http: FlaskClient) -> Proxy:
    return Proxy(http)


def within(parameters: str, below: str = "") -> str:
    return IN_PATH.format(parameters=parameters) + below


def test_a_key_passes_and_is_named(house: "House", user: User, proxy: Proxy) -> None:
    row, key = make_api_key(house, user, scopes=("read:realms", "write:realms"))
    asked = proxy.ask(key, "scope=read:realms+write:realms&environment=live")
    assert asked.status == 200
    assert {name: asked.who(name) for name in IDENTITY} == {
        "User": user.id,
        "Preferred-Username": user.username,
        "Email": user.email,
        "Client-Id": "realmkit-api-keys",
        "Scopes": "read:realms write:realms",
        "Key-Id": row.id,
        "Environment": "live",
        "Tier": "standard",
        "Status": "200",
    }
    now = time.time()
    assert asked.headers["RateLimit-Policy"] == '"standard";q=1000;w=3600'
    assert asked.headers["RateLimit"] == '"standard";r=999;t=3600'
    assert (asked.headers["X-RateLimit-Limit"], asked.remaining) == ("1000", 999)
    assert now + 3590 < int(asked.headers["X-RateLimit-Reset"]) <= now + 3601
    assert proxy.ask(key).remaining == 998


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", [AUTH, f"{AUTH}/", f"{AUTH}/v1/realms/7", f"{AUTH}/a%2F..//b", f"{AUTH}/%E2%82%AC\n"])
def test_any_method_and_any_suffix(house: "House", user: User, proxy: Proxy, method: str, path: str) -> None:
    _, key = make_api_key(house, user)
    assert proxy.ask(key, path=path, method=method).status == 200
    assert proxy.ask(path=path, method=method).status == 401


def test_no_path_beside_it(http: FlaskClient) -> None:
    assert [http.get(path).status_code for path in ("/gateway", "/gateway/authority", "/gateway/auth;")] == [404] * 3


def test_the_body_is_never_read(house: "House", user: User, proxy: Proxy) -> None:
    _, key = make_api_key(house, user)
    assert proxy.ask(key, method="POST", data=b"a" * 10_000_000).status == 200
    assert proxy.ask(key, method="POST", headers={"Content-Length": "no number"}).status == 200
    form = {"access_token": key}
    assert proxy.ask(method="POST", data=form).status == 401


@pytest.mark.parametrize("header", ["X-API-Key", "x-api-key"])
def test_a_key_in_its_own_header(house: "House", user: User, proxy: Proxy, header: str) -> None:
    row, key = make_api_key(house, user)
    assert proxy.ask(headers={header: key}).who("Key-Id") == row.id


def test_two_credentials_are_refused(house: "House", user: User, proxy: Proxy) -> None:
    _, key = make_api_key(house, user)
    for headers in (
        {"Authorization": f"Bearer {key}", "X-API-Key": key},
        {"Authorization": "Basic eDp5", "X-API-Key": key},
        {"Authorization": f"Bearer {key}, Bearer {key}"},
        {"Authorization": f"DPoP {key},Bearer {key}"},
        {"X-API-Key": f"{key},{key}"},
    ):
        asked = proxy.ask(headers=headers)
        assert (asked.status, asked.problem["error"]) == (400, "invalid_request"), headers
        assert 'error="invalid_request"' in (asked.challenge or "")
    assert proxy.ask(key).remaining == 999, "nothing was spent"


def test_rfc6750_no_credential_is_challenged_without_an_error_code(proxy: Proxy) -> None:
    asked = proxy.ask()
    assert (asked.status, asked.challenge) == (401, 'Bearer realm="authserver"')
    assert "error" not in asked.problem
    assert [name for name in RATE if name in asked.headers] == []
    assert {asked.who(name) for name in IDENTITY} == {"", "401"}


@pytest.mark.parametrize(
    "header",
    ["Bearer nothing", "Bearer", "Bearer\tx", "Basic eDp5", "DPoP at_x", "Bearer rk_live_x", "x", "Bearer ey.ey.ey"],
)
def test_rfc6750_an_invalid_credential(proxy: Proxy, header: str) -> None:
    asked = proxy.ask(headers={"Authorization": header})
    assert (asked.status, asked.problem["error"]) == (401, "invalid_token")
    assert (asked.challenge or "").startswith('Bearer realm="authserver", error="invalid_token", error_description="')
    assert asked.who("User") == ""


def test_rfc6750_a_missing_scope_is_named_and_spends_nothing(house: "House", user: User, proxy: Proxy) -> None:
    _, key = make_api_key(house, user)
    asked = proxy.ask(key, "scope=read:realms%20delete:realms")
    assert (asked.status, asked.problem["error"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in (asked.challenge or "")
    assert 'scope="read:realms delete:realms"' in (asked.challenge or "")
    assert "delete:realms" in asked.problem["detail"]
    assert asked.remaining == 1000
    assert proxy.ask(key).remaining == 999


def test_a_wrong_environment_spends_nothing(house: "House", user: User, proxy: Proxy) -> None:
    _, key = make_api_key(house, user, environment="test")
    asked = proxy.ask(key, "environment=live")
    assert (asked.status, asked.remaining, asked.who("Environment")) == (403, 1000, "test")
    assert 'error="insufficient_scope"' in (asked.challenge or "")
    for query in ("environment=test", "environment=any", ""):
        assert proxy.ask(key, query).status == 200


def test_decision_44_audiences(house: "House", user: User, proxy: Proxy) -> None:
    server, other = (make_resource_server(house)[0] for _ in range(2))
    _, bound = make_api_key(house, user, audience=(server.audience,))
    _, unbound = make_api_key(house, user)
    assert proxy.ask(unbound, f"audience={server.audience}").status == 200
    assert proxy.ask(bound, f"audience={server.audience}").status == 200
    for query in ("", f"audience={other.audience}"):
        asked = proxy.ask(bound, query)
        assert (asked.status, asked.remaining) == (403, 998)


@pytest.mark.parametrize(
    "query",
    [
        "environment=prod",
        "anonymous=yes",
        "limit_status=500",
        "scope=a&scope=b",
        "scope=%22",
        "scope=%00",
        "scope=%ff",
        "audience=https://a.example&audience=https://b.example",
    ],
)
def test_a_parameter_that_is_wrong(house: "House", user: User, proxy: Proxy, query: str) -> None:
    _, key = make_api_key(house, user)
    assert proxy.ask(key, query).status == 400
    assert proxy.ask(key).remaining == 999


def test_anonymous_callers_pass_where_that_is_allowed(proxy: Proxy) -> None:
    asked = proxy.ask(query="anonymous=allow")
    assert (asked.status, asked.remaining) == (200, 99)
    assert {asked.who(name) for name in IDENTITY} == {"", "anonymous", "200"}
    assert asked.headers["RateLimit-Policy"] == '"anonymous";q=100;w=3600'
    assert proxy.ask("a bad one", "anonymous=allow").status == 401, "a credential is never overlooked"


def test_the_callers_query_cannot_widen(house: "House", user: User, proxy: Proxy) -> None:
    """Envoy appends path and query of the call."""
    server, _ = make_resource_server(house)
    _, bound = make_api_key(house, user, audience=(server.audience,))
    for path in (f"{AUTH}/", f"{AUTH}/v1/realms", within("scope=read:realms", "/v1"), f"{AUTH}/;anonymous=allow"):
        assert proxy.ask(query="anonymous=allow", path=path).status == 401
        assert proxy.ask(bound, f"audience={server.audience}", path=path).status == 403
    assert proxy.ask(bound, "scope=delete:realms", path=f"{AUTH}/v1").status == 403


def test_parameters_in_the_path_are_the_operators(house: "House", user: User, proxy: Proxy) -> None:
    server, _ = make_resource_server(house)
    _, key = make_api_key(house, user, scopes=("read:realms", "read:stats"), audience=(server.audience,))
    parameters = f"scope=read:realms%20read:stats;environment=live;audience={server.audience.replace('/', '%252F')}"
    path = within(parameters, "/v1/realms")
    assert proxy.ask(key, "scope=delete:realms&environment=test&%ff", path=path).status == 200
    assert proxy.ask(key, path=within("environment=test")).status == 403
    assert proxy.ask(key, path=within("environment=prod")).status == 400
    assert proxy.ask(query="x", path=within("anonymous=allow", "/v1/realms")).status == 200


def test_AK8_a_key_in_the_query_or_a_cookie_is_not_seen(house: "House", user: User, app: Flask) -> None:
    _, key = make_api_key(house, user)
    proxy = Proxy(app.test_client())
    for name in ("key", "api_key", "access_token", "token", "Authorization", "X-API-Key"):
        assert proxy.ask(query=f"{name}={key}").status == 401
        assert proxy.ask(query=f"{name}={key}", path=f"{AUTH}/v1/realms").status == 401
        assert proxy.ask(headers={"Cookie": f"{name}={key}"}).status == 401
    assert proxy.ask(key).remaining == 999


def test_AK7_addresses_of_a_key_are_the_callers(house: "House", user: User, http: FlaskClient) -> None:
    _, key = make_api_key(house, user, ip_allow=("198.51.100.0/24",))
    assert Proxy(http, "198.51.100.7").ask(key).status == 200
    assert Proxy(http, "::ffff:198.51.100.7").ask(key).status == 200
    for address in ("203.0.113.7", "2001:db8::7", "", "unix:"):
        headers = {"X-Forwarded-For": "198.51.100.7", "X-Real-IP": "198.51.100.7", "Forwarded": "for=198.51.100.7"}
        answer = http.get(
            AUTH, headers={"Authorization": f"Bearer {key}", **headers}, environ_overrides={"REMOTE_ADDR": address}
        )
        assert answer.status_code == 401, address


def test_a_forged_identity_is_overwritten(proxy: Proxy) -> None:
    forged = {f"X-Auth-Request-{name}": "forged" for name in IDENTITY}
    for query in ("", "anonymous=allow"):
        asked = proxy.ask(query=query, headers=forged)
        assert "forged" not in {asked.who(name) for name in IDENTITY}


def test_limit_status_stands_in_for_429(house: "House", user: User, proxy: Proxy) -> None:
    tier = in_tier(house, user, limit=2, window=60)
    _, key = make_api_key(house, user)
    assert [proxy.ask(key).status for _ in range(3)] == [200, 200, 429]
    over = proxy.ask(key)
    stand_in = proxy.ask(key, "limit_status=403")
    assert (stand_in.status, stand_in.who("Status"), stand_in.challenge) == (403, "429", None)
    assert over.problem["type"] == stand_in.problem["type"] == QUOTA
    assert over.problem["violated-policies"] == [tier.name]
    for asked in (over, stand_in):
        assert 1 <= int(asked.headers["Retry-After"]) <= 60
        assert (asked.remaining, asked.who("User")) == (0, user.id)
    assert proxy.ask(key, "scope=delete:realms").status == 403, "what may not pass at all is not told to wait"


def test_503_when_it_cannot_know(app_with: Callable[..., Flask], empty_database: str, tmp_path: Path) -> None:
    app = app_with(database_url=empty_database, data_dir=tmp_path)
    house: House = app.extensions["authserver.house"]
    _, key = make_api_key(house, make_user(house)[0])
    proxy = Proxy(app.test_client())
    with outage(house.database, empty_database):
        for asked in (proxy.ask(key), proxy.ask(query="anonymous=allow")):
            assert (asked.status, asked.who("User"), asked.challenge) == (503, "", None)
    assert proxy.ask(key).status == 200
