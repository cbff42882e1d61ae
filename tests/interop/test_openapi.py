"""`docs/openapi-protocol.json`: true of the server, and schemathesis draws no 5xx out of it, nor what it does not say.

`AUTHSERVER_TEST_FUZZ` is how many requests at least (2,000 by default; a release makes 20,000). schemathesis is the
program that `AUTHSERVER_TEST_SCHEMATHESIS` names, or the one on the path.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from authserver.api import API
from authserver.endpoints import ENDPOINTS
from authserver.oauth.grants import GRANT_TYPES
from authserver.pages import METADATA
from tests.conftest import absent
from tests.factories import CALLBACK, make_api_key, make_client, make_resource_server, make_user
from tests.injection.doors import parameters_of_machines
from tests.processes import CHECKOUT, RunningServer
from tests.relying_party import RelyingParty, Remote, basic

DESCRIPTION = CHECKOUT / "docs" / "openapi-protocol.json"
PROGRAM = "AUTHSERVER_TEST_SCHEMATHESIS"
COUNT = int(os.environ.get("AUTHSERVER_TEST_FUZZ", "2000"))
METHODS = {"get", "post", "put", "patch", "delete"}
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LONGEST = 3600  # seconds of a release's run
#: Not of the protocol, or with no fixed form.
APART = ("/gateway/", "/healthz", "/livez", "/readyz", "/openapi.json", "/v1")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        yield from ((path, method, item[method]) for method in METHODS & set(item))


def test_it_has_every_door_and_method_of_the_protocol_and_no_other(described: dict[str, Any]) -> None:
    machines = {
        (one.path, method.lower())
        for one in [*ENDPOINTS, *API]
        if not one.path.startswith(APART)
        for method in one.methods
    }
    pages = {(METADATA[name], method) for name in METADATA for method in ("get", "post")}
    assert {(path, method) for path, method, _ in operations(described)} == machines | pages


def test_every_parameter_that_it_names_is_read_somewhere(described: dict[str, Any]) -> None:
    """A misspelt one would be described and never looked at."""
    named = {
        name
        for _, _, operation in operations(described)
        for content in operation.get("requestBody", {}).get("content", {}).items()
        if content[0] == "application/x-www-form-urlencoded"
        for name in content[1]["schema"]["properties"]
    }
    assert len(named) > 40
    sources = "".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "authserver").rglob("*.py"))
    read = set(parameters_of_machines()) | set(re.findall(r'["\']([a-z_]+)["\']', sources))
    read |= set(re.findall(r"^\s+([a-z_]+): ", sources, re.MULTILINE))
    assert named - read == set()


# -- schemathesis ------------------------------------------------------------------------------------------------------


#: What proves a client in a form: beside the header it would be a second method, and nothing else be looked at.
PROOFS = ("client_id", "client_secret", "client_assertion", "client_assertion_type")
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Place:
    """A running server, what four kinds of callers send to be known, and values that it knows by parameter."""

    server: RunningServer
    callers: dict[str, str]
    known: dict[str, str]

    def description(self, described: dict[str, Any], caller: str) -> dict[str, Any]:
        """The same, in which half of the values are known ones, for callers that prove themselves in the header."""
        seasoned: dict[str, Any] = json.loads(json.dumps(described))
        for _, _, operation in operations(seasoned):
            contents = operation.get("requestBody", {}).get("content", {}).values()
            for properties in (content["schema"]["properties"] for content in contents):
                proofs = PROOFS if operation["security"] and caller != NOBODY else ()
                for name in set(properties) & set(proofs):
                    del properties[name]
                for name in set(properties) & set(self.known):
                    properties[name] = self._or_known(name, properties[name])
            for parameter in operation.get("parameters", []):
                if parameter["name"] in self.known:
                    parameter["schema"] = self._or_known(parameter["name"], parameter["schema"])
        return seasoned

    def _or_known(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [{"const": self.known[name]}, schema]}


@pytest.fixture
def place(running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]) -> Place:
    server = running_server(workers=2, env={"AUTHSERVER_REGISTRATION": "open"})
    beside = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    house = beside.extensions["authserver.house"]
    user, password = make_user(house, is_admin=True)
    client, secret = make_client(house, grant_types=list(GRANT_TYPES))
    asker, asked = make_resource_server(house)
    rp = RelyingParty(Remote(server.url), *make_client(house, trusted=True, scope="openid profile admin manage"))
    rp.authorize(scope="openid profile admin manage").sign_in(user, password).redeem()
    _, key = make_api_key(house, user)
    known = {
        "client_id": client.client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid read:realms",
        "response_type": "code",
        "code_challenge_method": "S256",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "resource": str(asker.audience),
        "token": key,
        "subject_token": key,
        "subject_token_type": "urn:realmkit:params:oauth:token-type:api-key",
    }
    callers = {
        "client": basic(client.client_id, secret),
        "resource server": basic(asker.client_id, asked),
        "administrator": f"Bearer {rp.tokens['access_token']}",
        NOBODY: "",
    }
    return Place(server, callers, known)


@pytest.mark.timeout(LONGEST + 60)
def test_no_request_that_it_describes_is_answered_by_a_5xx(
    place: Place, described: dict[str, Any], tmp_path: Path
) -> None:
    program = os.environ.get(PROGRAM) or shutil.which("schemathesis")
    if program is None:
        absent(f"needs schemathesis: set {PROGRAM}")
    doors = len(list(operations(described)))
    each = 1 + COUNT // (doors * len(place.callers))
    asked = 0
    for number, (caller, credentials) in enumerate(place.callers.items()):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(place.description(described, caller)), encoding="utf-8")
        call = [program, "run", str(path), "--url", place.server.url, "--checks", CHECKS, "--no-color"]
        call += ["--header", f"Authorization: {credentials}"] if credentials else []
        call += ["--max-examples", str(each), "--seed", str(number + 1)]
        call += ["--phases", "coverage,fuzzing", "--mode", "all", "--generation-database", "none", "--warnings", "off"]
        call += ["--suppress-health-check", "all", "--continue-on-failure", "--max-redirects", "0"]
        done = subprocess.run(call, capture_output=True, text=True, timeout=LONGEST, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-12000:] + done.stderr[-2000:]
        said = re.search(r"([\d,]+) generated", done.stdout)
        assert said, done.stdout[-2000:]
        asked += int(said[1].replace(",", ""))
    print(f"\n{asked} requests")
    assert asked >= COUNT
    assert "unexpected error" not in place.server.log
