"""The nginx recipe of `docs/gateways.md`, run: 200, 401, 403, and the 429 that `auth_request` cannot pass by itself."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.gateways.asking import IDENTITY
from tests.gateways.nginx import nginx
from tests.processes import RunningServer, running
from tests.rfc.proofs import make_proof, new_key

pytestmark = pytest.mark.nginx
LIMIT = 30


@dataclass(frozen=True, slots=True)
class Place:
    """A real server behind a real nginx."""

    url: str
    server: RunningServer
    directory: Path

    def call(self, path: str = "/v1/realms", method: str = "GET", **more: Any) -> requests.Response:
        return requests.request(method, self.url + path, timeout=30, **more)

    def key(self, *options: str) -> tuple[str, str]:
        """A key of Ada's and its id."""
        given = ("--user", "ada", "--name", "CI", "--environment", "live", *options, "-o", "json")
        made = json.loads(self.server.cli("api-keys", "create", *given).stdout)
        return made["key"], made["id"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("nginx")
    env = {"AUTHSERVER_TRUSTED_PROXIES": "1", "AUTHSERVER_LOG_LEVEL": "debug"}
    with ExitStack() as stack:
        server = stack.enter_context(running(directory, env=env, keys_dir=keys_dir))
        person = ("--email", "ada@people.test", "--username", "ada", "--name", "Ada", "--password-stdin")
        server.cli("users", "create", *person, stdin="a walk in the winter sun")
        yield Place(stack.enter_context(nginx(directory, authserver=server.url)), server, directory)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_a_good_key_passes_and_the_api_knows_whose_it_is(place: Place) -> None:
    key, key_id = place.key("--scope", "read:realms")
    forged = {f"X-Auth-Request-{name}": "forged" for name in IDENTITY} | {"X_Auth_Request_User": "forged"}
    answer = place.call("/v1/realms?name=a%20b&scope=x&anonymous=allow", headers={**bearer(key), **forged})
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert seen["path"] == "/v1/realms?name=a%20b&scope=x&anonymous=allow"
    told = {name.removeprefix("X-Auth-Request-"): value for name, value in seen["headers"].items() if "Auth" in name}
    assert told == {
        "User": told["User"],
        "Preferred-Username": "ada",
        "Email": "ada@people.test",
        "Client-Id": "realmkit-api-keys",
        "Scopes": "read:realms",
        "Key-Id": key_id,
        "Environment": "live",
        "Tier": "standard",
        "Status": "200",
    }
    assert key not in answer.text, "the API need not see the credential"
    assert answer.headers["RateLimit-Policy"] == '"standard";q=1000;w=3600'
    assert answer.headers["RateLimit"].startswith('"standard";r=999;t=')
    assert answer.headers["X-RateLimit-Remaining"] == "999"
    assert "Retry-After" not in answer.headers
    assert place.call(headers={"X-API-Key": key}).status_code == 200


def test_a_body_reaches_the_api(place: Place) -> None:
    key, _ = place.key("--scope", "write:realms")
    answer = place.call(method="POST", headers=bearer(key), data="a" * 100_000)
    assert (answer.status_code, len(answer.json()["body"])) == (200, 100_000)


def test_401_with_a_challenge(place: Place) -> None:
    answer = place.call()
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="authserver"')
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401
    invalid = place.call(headers=bearer("nothing"))
    assert invalid.status_code == 401
    assert 'error="invalid_token"' in invalid.headers["WWW-Authenticate"]
    assert invalid.headers["RateLimit-Policy"].startswith('"anonymous"')


def test_AK8_a_key_in_the_query_or_a_cookie_is_not_seen_and_never_logged(place: Place) -> None:
    key, _ = place.key("--scope", "read:realms")
    assert place.call(f"/v1/realms?key={key}").status_code == 401
    assert place.call(headers={"Cookie": f"key={key}"}).status_code == 401
    direct = place.server.get(f"/gateway/auth?access_token={key}", headers={"Cookie": f"key={key}"})
    assert direct.status_code == 401
    assert place.call(headers=bearer(key)).status_code == 200
    for log in (place.server.log, (place.directory / "access.log").read_text()):
        assert key[8:] not in log


def test_403_names_the_missing_scope(place: Place) -> None:
    key, _ = place.key("--scope", "read:realms")
    answer = place.call(method="DELETE", headers=bearer(key))
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="delete:realms"' in answer.headers["WWW-Authenticate"]
    assert "Retry-After" not in answer.headers
    test_key, _ = place.key("--scope", "read:realms", "--environment", "test")
    assert place.call(headers=bearer(test_key)).status_code == 403


def test_429_through_auth_request(place: Place) -> None:
    place.server.cli("tiers", "set", "tiny", "--limit", str(LIMIT), "--window", "600")
    person = ("--email", "bob@people.test", "--username", "bob", "--name", "Bob", "--tier", "tiny", "--password-stdin")
    place.server.cli("users", "create", *person, stdin="a walk in the winter sun")
    key, _ = place.key("--scope", "read:realms", "--user", "bob")
    answers = [place.call(headers=bearer(key)) for _ in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]
    last = answers[-1]
    assert 1 <= int(last.headers["Retry-After"]) <= 600
    assert last.headers["RateLimit-Policy"] == f'"tiny";q={LIMIT};w=600'
    assert last.headers["X-RateLimit-Remaining"] == "0"
    assert last.headers["Content-Type"] == "application/problem+json"
    assert last.json()["violated-policies"] == ["tiny"]
    assert "WWW-Authenticate" not in last.headers


def test_RL4_anonymous_callers_are_counted_by_the_address_that_nginx_saw(place: Place) -> None:
    answers = []
    for number in range(3):
        forged = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        answers.append(place.call("/v1/public/realms", headers=forged))
    assert [answer.status_code for answer in answers] == [200] * 3
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert left == [left[0], left[0] - 1, left[0] - 2]
    assert answers[0].json()["headers"]["X-Auth-Request-Tier"] == "anonymous"
    assert not answers[0].json()["headers"].get("X-Auth-Request-User")


def test_RL4_other_addresses_behind_a_trusted_proxy_are_other_callers(place: Place) -> None:
    def remaining(forwarded: str) -> str:
        answer = place.server.get("/gateway/auth?anonymous=allow", headers={"X-Forwarded-For": forwarded})
        return answer.headers["X-RateLimit-Remaining"]

    assert [remaining("198.51.100.1"), remaining("203.0.113.9, 198.51.100.1"), remaining("198.51.100.2")] == [
        "99",
        "98",
        "99",
    ]


def test_errors_of_the_api_pass_as_they_are(place: Place) -> None:
    key, _ = place.key("--scope", "read:realms")
    answer = place.call("/v1/broken", headers=bearer(key))
    assert (answer.status_code, answer.json()["path"]) == (500, "/v1/broken")


def test_nobody_reaches_the_gateway_through_nginx(place: Place) -> None:
    assert [place.call(path).status_code for path in ("/_gateway", "/_gateway?anonymous=allow")] == [404, 404]


def test_without_an_authserver_nobody_passes(
    running_server: Callable[..., RunningServer], tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = running_server()
    with nginx(tmp_path_factory.mktemp("alone"), authserver=server.url) as url:
        server.process.terminate()
        server.wait()
        answer = requests.get(f"{url}/v1/realms", timeout=30)
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["status"]) == (503, "5", 503)


def test_rfc9449_s7_a_bound_token_passes_with_the_proof_of_the_call(place: Place) -> None:
    key = new_key()
    made = ("--name", "Job", "--grant-type", "client_credentials", "--scope", "read:realms", "-o", "json")
    client = json.loads(place.server.cli("clients", "create", *made).stdout)
    pair, url = (client["client_id"], client["client_secret"]), f"{place.server.url}/token"
    nonce = None
    for _ in range(2):
        sent = {"DPoP": make_proof(key, "POST", url, nonce=nonce)}
        answer = requests.post(url, data={"grant_type": "client_credentials"}, auth=pair, headers=sent, timeout=30)
        nonce = answer.headers.get("DPoP-Nonce")
    token = answer.json()["access_token"]
    assert answer.json()["token_type"] == "DPoP"

    def call(path: str = "/v1/realms?page=2", **changes: Any) -> requests.Response:
        proof = make_proof(key, **{"method": "GET", "url": f"{place.url}/v1/realms", "token": token, **changes})
        return place.call(path, headers={"Authorization": f"DPoP {token}", "DPoP": proof})

    answer = call()
    assert answer.status_code == 200, answer.text
    assert not {"DPoP", "Authorization", "Dpop"} & set(answer.json()["headers"])
    for refused in (call("/v1/realms/7"), call(method="POST"), call(token="another")):
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("DPoP ")
    assert place.call(headers=bearer(token)).status_code == 401
