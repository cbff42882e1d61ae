"""Settings of a protected API: from code or from the environment, a bad value named, a secret never shown."""

from pathlib import Path
from typing import Any

import pytest

from authserver.resource_server import Configuration, ConfigurationError, metadata
from tests.resource_server.conftest import configuration

ENVIRON = {
    "RESOURCE_SERVER_ISSUER": "https://auth.example",
    "RESOURCE_SERVER_CLIENT_ID": "api",
    "RESOURCE_SERVER_CLIENT_SECRET": "s3cret",
    "RESOURCE_SERVER_AUDIENCE": "https://api.example",
}


def test_the_environment_holds_it_all() -> None:
    further = {"METERED": "off", "TIMEOUT": "2.5", "REALM": "RealmKit", "CACHE_ENTRIES": "5"}
    chosen = Configuration.from_environ(ENVIRON | {f"RESOURCE_SERVER_{name}": text for name, text in further.items()})
    assert (chosen.metered, chosen.timeout, chosen.realm, chosen.cache_entries) == (False, 2.5, "RealmKit", 5)
    assert chosen.root == "https://auth.example"
    assert Configuration.from_environ(ENVIRON).metered is True


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-file\n")
    secret = "RESOURCE_SERVER_CLIENT_SECRET"
    environ = {**ENVIRON, secret: "", f"{secret}_FILE": str(tmp_path / "secret")}
    assert Configuration.from_environ(environ).client_secret == "from-file"
    environ[f"{secret}_FILE"] = str(tmp_path / "none")
    with pytest.raises(ConfigurationError, match=f"{secret}_FILE"):
        Configuration.from_environ(environ)


@pytest.mark.parametrize("name", ENVIRON)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Configuration.from_environ({**ENVIRON, name: ""})


@pytest.mark.parametrize(("name", "text"), [("METERED", "maybe"), ("TIMEOUT", "x"), ("CACHE_ENTRIES", "1.5")])
def test_a_bad_value_is_named(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"RESOURCE_SERVER_{name}"):
        Configuration.from_environ({**ENVIRON, f"RESOURCE_SERVER_{name}": text})


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "auth.example"},
        {"issuer": "https://"},
        {"issuer": "https://user@auth.example"},
        {"audience": "urn:api"},
        {"audience": 'https://api.example/"'},
        {"audience": "https://api.example/#x"},
        {"issuer": "https://auth.example:99999999"},
        {"client_secret": ""},
        {"realm": 'a"b'},
        {"realm": "a\r\nSet-Cookie: x"},
        {"timeout": 0},
        {"issuer": "http://auth.example"},
        {"issuer": "http://192.0.2.1"},
        {"server": "http://auth.internal:8000"},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configuration(**{"issuer": "https://auth.example", "client_secret": "s3cret", **changes})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("server", ["http://localhost:8000", "http://127.0.0.2", "http://[::1]:8000", "https://x"])
def test_plain_http_is_for_this_machine(server: str) -> None:
    assert configuration("https://auth.example", server=server).root == server
    assert configuration("http://auth.internal", allow_http=True).root == "http://auth.internal"


@pytest.mark.parametrize(
    ("resource", "url"),
    [
        ("https://api.example", "https://api.example/.well-known/oauth-protected-resource"),
        ("https://api.example/", "https://api.example/.well-known/oauth-protected-resource"),
        ("https://api.example:8443/a/b", "https://api.example:8443/.well-known/oauth-protected-resource/a/b"),
    ],
)
def test_rfc9728_s3_1_the_well_known_path_is_inserted(resource: str, url: str) -> None:
    assert metadata.url(resource) == url
