"""Keys in client metadata (RFC 7591 section 2, RFC 8705 section 2; cases DC4, JW8, SF1)."""

from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from authserver.fetch import Fetcher
from authserver.models import client_secrets
from authserver.models.unit_of_work import UnitOfWork
from authserver.oauth import client_metadata as rules
from authserver.oauth import clients
from authserver.oauth.errors import InvalidClientMetadataError
from authserver.settings import Settings
from tests.factories import ACTOR, CALLBACK, make_client, make_key_client, unique

if TYPE_CHECKING:
    from authserver.composition import House

EC = ECKey.generate_key("P-256")
PUBLIC = EC.as_dict(private=False)
WEB = {"client_name": "Web", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt"}
PKI = {**WEB, "token_endpoint_auth_method": "tls_client_auth"}
SELF_SIGNED = {**WEB, "token_endpoint_auth_method": "self_signed_tls_client_auth"}


def read(document: dict[str, Any]) -> dict[str, Any]:
    return rules.read(document, privileged=False).details


@pytest.mark.parametrize(
    ("document", "details"),
    [
        ({**WEB, "jwks": {"keys": [PUBLIC]}}, {"jwks": {"keys": [PUBLIC]}}),
        ({**WEB, "jwks_uri": "https://app.example/jwks"}, {"jwks_uri": "https://app.example/jwks"}),
        (
            {**WEB, "jwks": {"keys": [{**PUBLIC, "kid": "a", "use": "sig", "alg": "ES256", "unknown": {}}], "x": 1}},
            {"jwks": {"keys": [{**PUBLIC, "kid": "a", "use": "sig", "alg": "ES256"}]}},
        ),
        (
            {**WEB, "jwks": {"keys": [PUBLIC]}, "token_endpoint_auth_signing_alg": "ES256"},
            {"jwks": {"keys": [PUBLIC]}, "token_endpoint_auth_signing_alg": "ES256"},
        ),
        (
            {**WEB, "jwks_uri": "https://a.example/", "assertion_audience": "token_endpoint"},
            {"jwks_uri": "https://a.example/", "assertion_audience": "token_endpoint"},
        ),
        ({**PKI, "tls_client_auth_subject_dn": "CN=app,C=DE"}, {"tls_client_auth_subject_dn": "CN=app,C=DE"}),
        ({**PKI, "tls_client_auth_san_dns": "app.example"}, {"tls_client_auth_san_dns": "app.example"}),
        ({**PKI, "tls_client_auth_san_uri": "https://a.example/x"}, {"tls_client_auth_san_uri": "https://a.example/x"}),
        ({**PKI, "tls_client_auth_san_ip": "2001:db8::1"}, {"tls_client_auth_san_ip": "2001:db8::1"}),
        ({**PKI, "tls_client_auth_san_email": "a@app.example"}, {"tls_client_auth_san_email": "a@app.example"}),
        ({**SELF_SIGNED, "jwks_uri": "https://a.example/"}, {"jwks_uri": "https://a.example/"}),
    ],
)  # fmt: skip
def test_what_is_kept(document: dict[str, Any], details: dict[str, Any]) -> None:
    kept = read(document)
    assert {name: kept[name] for name in details} == details
    assert not [name for name in kept if name.startswith(("jwks", "tls_", "assertion_")) and name not in details]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"jwks": {"keys": [PUBLIC]}, "jwks_uri": "https://app.example/jwks"},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [PUBLIC] * 21}},
        {"jwks": [PUBLIC]},
        {"jwks": "keys"},
        {"jwks": {"keys": ["x"]}},
        {"jwks": {"keys": [EC.as_dict(private=True)]}},
        {"jwks": {"keys": [OctKey.generate_key(256).as_dict()]}},
        {"jwks": {"keys": [{**PUBLIC, "y": PUBLIC["x"]}]}},  # off the curve
        {"jwks": {"keys": [{**PUBLIC, "k": "AA"}]}},
        {"jwks": {"keys": [{**PUBLIC, "kid": 5}]}},
        {"jwks": {"keys": [{**PUBLIC, "kid": "a\0b"}]}},
        {"jwks": {"keys": [{**PUBLIC, "kid": "\ud800"}]}},
        {"jwks": {"keys": [{**PUBLIC, "x5c": "MIIB"}]}},
        {"jwks": {"keys": [{**PUBLIC, "x5c": ["M" * 40_000]}]}},
        {"jwks": {"keys": [{"kty": "RSA", "n": "AQAB" * 40, "e": "AQAB"}]}},  # a short one
        {"jwks_uri": "http://app.example/jwks"},
        {"jwks_uri": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 5},
        {"jwks": {"keys": [PUBLIC]}, "token_endpoint_auth_signing_alg": "HS256"},
        {"jwks": {"keys": [PUBLIC]}, "token_endpoint_auth_signing_alg": "none"},
        {"jwks": {"keys": [PUBLIC]}, "assertion_audience": "anything"},
        {"jwks": {"keys": [PUBLIC]}, "tls_client_auth_san_dns": "app.example"},
    ],
)
def test_DC4_keys_that_are_none(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadataError):
        read({**WEB, **changes})


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"tls_client_auth_subject_dn": "CN=a", "tls_client_auth_san_dns": "a.example"},
        {"tls_client_auth_subject_dn": "no name"},
        {"tls_client_auth_subject_dn": ""},
        {"tls_client_auth_san_ip": "app.example"},
        {"tls_client_auth_san_dns": "a b"},
        {"tls_client_auth_san_dns": ["a.example"]},
        {"tls_client_auth_san_email": "a" * 501},
    ],
)
def test_RFC8705_s2_1_2_exactly_one_name_of_the_certificate(names: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadataError):
        read({**PKI, **names})


def test_RFC8705_s2_2_2_a_self_signed_certificate_stands_in_x5c() -> None:
    with pytest.raises(InvalidClientMetadataError, match="x5c"):
        read({**SELF_SIGNED, "jwks": {"keys": [PUBLIC]}})
    with pytest.raises(InvalidClientMetadataError, match="jwks"):
        read(SELF_SIGNED)


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.1/", "https://0x7f.1/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/", "https://10.1.2.3/",
        "https://[::1]/", "https://localhost/", "https://2130706433/", "https://[64:ff9b::7f00:1]/", "http://127.0.0.1/",
    ],
)  # fmt: skip
def test_SF1_a_jwks_uri_that_is_not_public(unit: UnitOfWork, uri: str) -> None:
    document = {**WEB, "client_name": unique("Client"), "jwks_uri": uri}
    with pytest.raises(InvalidClientMetadataError):
        clients.register(document, owner_id=None, privileged=False, actor=ACTOR, fetcher=Fetcher(Settings()))


def test_keys_are_replaced_one_way_or_the_other(house: "House", unit: UnitOfWork) -> None:
    client, _ = make_key_client(house, type="machine")
    other = RSAKey.generate_key(2048).as_dict(private=False)
    changed = clients.change(client, {"jwks": {"keys": [other]}}, privileged=False, actor=ACTOR)
    assert changed.details["jwks"] == {"keys": [other]}
    at_uri = {"jwks": None, "jwks_uri": "https://app.example/jwks"}
    assert "jwks" not in clients.change(changed, at_uri, privileged=False, actor=ACTOR).details
    with pytest.raises(InvalidClientMetadataError, match="needs"):
        clients.change(changed, {"jwks": None}, privileged=False, actor=ACTOR)


@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [PUBLIC]}},
        {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.example"},
    ],
)
def test_no_secret_is_made_for_it(house: "House", unit: UnitOfWork, metadata: dict[str, Any]) -> None:
    client, secret = make_client(house, type="machine", **metadata)
    assert secret == ""
    assert "client_secret" not in clients.document(client)
    with pytest.raises(InvalidClientMetadataError, match="secret"):
        clients.add_secret(client, overlap=0, actor=ACTOR)
    assert client_secrets.alive(client.client_id) == []
