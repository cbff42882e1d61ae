"""`/docs` says what this server has, with its own issuer."""

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
