"""`/docs` says what this server has, with its own issuer."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import ISSUER


def test_docs_name_every_endpoint_of_the_metadata_document_and_every_scope(http: FlaskClient) -> None:
    page = http.get("/docs", headers={"Host": "evil.example"}).text
    document = http.get("/.well-known/openid-configuration").json
    assert document is not None
    for name, value in document.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert value.removeprefix(ISSUER) in page
    assert all(f"<code dir=\"ltr\">{scope}</code>" in page for scope in document["scopes_supported"])
    assert f"{ISSUER}/introspect" in page
    assert "evil.example" not in page


def test_help_leads_to_a_page(http: FlaskClient) -> None:
    assert 'href="/docs"' in http.get("/login").text
    assert http.get("/docs").status_code == 200


def test_the_guide_has_this_servers_issuer_scopes_and_tiers(http: FlaskClient) -> None:
    page = http.get("/docs/authentication").text
    assert f"{ISSUER}/token" in page
    for scope in ("read:realms", "download:realms", "write:realms", "delete:realms", "read:stats", "write:profile"):
        assert f'<code dir="ltr">{scope}</code>' in page
    assert "1000 requests in 3600 seconds" in page
    assert all(language in page for language in ("cURL", "JavaScript", "Python", "Go"))
    assert all(f"<code>{status}</code>" in page for status in (401, 403, 429))


def test_the_guide_is_silent_about_session_tokens_where_they_are_off(app_with: Callable[..., Flask]) -> None:
    http = app_with(session_tokens="off").test_client()
    assert "localStorage" not in http.get("/docs/authentication").text
