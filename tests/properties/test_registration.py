"""Any metadata is registered or refused, never more; what was answered can be sent back and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authserver.oauth import registration_limits
from tests.oauth.test_client_metadata import NAMES, WEIRD
from tests.rfc.registrations import WEB, Registrar

MORE = (
    *("jwks", "jwks_uri", "software_statement", "software_id", "request_uris", "backchannel_logout_uri"),
    *("frontchannel_logout_uri", "sector_identifier_uri", "subject_type", "dpop_bound_access_tokens", "client_id"),
    *("token_endpoint_auth_signing_alg", "authorization_signed_response_alg", "tls_client_auth_subject_dn"),
)
URIS = st.sampled_from(
    ["https://a.example/x", "http://[", "https://[::1/", "javascript:x", "https://a\u00e9.example", "urn:x",
     "com.example.app:/x", "http://127.0.0.1/", "x" * 3000, "https://%00/", "https://a.example:99999/"]
)  # fmt: skip
KEYS = st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "k"]), st.sampled_from(["EC", "RSA", "x", 1]))
VALUES = (
    WEIRD | URIS | st.lists(URIS | st.none() | st.integers(), max_size=3)
    | st.fixed_dictionaries({"keys": st.lists(KEYS, max_size=2)})
)  # fmt: skip
OF_THE_FIRST_ANSWER = {"client_secret", "client_secret_expires_at"}


@pytest.fixture
def registrar(app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Registrar:
    for limit in ("PER_ADDRESS", "IN_ALL"):
        monkeypatch.setattr(registration_limits, limit, 1_000_000)
    return Registrar(app_with(registration="open").test_client())


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=st.dictionaries(st.sampled_from([*NAMES, *MORE]), VALUES, max_size=4))
def test_IJ4_any_metadata_is_registered_or_refused(registrar: Registrar, change: dict[str, Any]) -> None:
    reply = registrar.send("POST", "/register", {**WEB, **change})

    if reply.status_code != 201:
        assert reply.status_code == 400, reply.text
        return
    client = reply.json
    assert client["trusted"] is False
    assert not {"audience", "environment", "meter"} & client.keys()
    assert registrar.manage("PUT", client, client).status_code == 200
    kept = {name: value for name, value in client.items() if name not in OF_THE_FIRST_ANSWER}
    assert registrar.manage("GET", client).json == kept
