"""Mutual TLS for client authentication (RFC 8705 section 2), by the field of a trusted proxy (RFC 9440)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from flask import Flask
from flask.testing import FlaskClient

from authserver.models import clients
from authserver.oauth import client_certificate
from authserver.settings import SettingsError, load
from tests.factories import make_client, within
from tests.processes import RunningServer
from tests.relying_party import FORM, RelyingParty, Remote, Reply, encoded
from tests.rfc.answers import grants, is_active, refuses
from tests.rfc.certificates import Shown, make_authority, make_certificate, make_odd, show
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

ENDPOINTS = ("/token", "/introspect", "/revoke")
OWN, OTHER = make_certificate(dns=["app.example"]), make_certificate("CN=other,O=Example,C=DE", dns=["other.example"])
NAMES: dict[str, tuple[str, Shown]] = {
    "subject_dn": ("CN=app,O=Example,C=DE", OWN),
    "san_dns": ("App.Example", OWN),
    "san_uri": ("https://app.example/id", make_certificate(uris=["https://app.example/id"])),
    "san_ip": ("2001:0db8::0001", make_certificate(ips=["192.0.2.1", "2001:db8::1"])),
    "san_email": ("ops@app.example", make_certificate(emails=["ops@app.example"])),
}


def pki(house: "House", http: FlaskClient, member: str = "subject_dn", value: str | None = None) -> RelyingParty:
    named = {f"tls_client_auth_{member}": value or NAMES[member][0]}
    client, secret = make_client(house, type="machine", token_endpoint_auth_method="tls_client_auth", **named)
    assert not secret
    return RelyingParty(http, client)


def self_signed(house: "House", http: FlaskClient, certificate: Shown, **metadata: Any) -> RelyingParty:
    method = "self_signed_tls_client_auth"
    document = {"type": "machine", "jwks": certificate.registered, "token_endpoint_auth_method": method, **metadata}
    return RelyingParty(http, make_client(house, **document)[0])


def ask(rp: RelyingParty, path: str = "/token") -> Reply:
    """A request that is good in all but the authentication."""
    fields = {"client_id": rp.client.client_id, "grant_type": "client_credentials", "token": "at_unknown"}
    return rp.post(path, fields, headers={})


# -- section 2.1: PKI --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", NAMES)
def test_s2_1_2_a_client_is_known_by_one_name(house: "House", http: FlaskClient, member: str) -> None:
    rp = pki(house, http, member)
    show(http, NAMES[member][1])
    grants(ask(rp))
    show(http, OTHER)
    refuses(ask(rp), "invalid_client", 401)


@pytest.mark.parametrize(
    "subject",
    ["CN=App,O=Example,C=DE", "C=DE,O=Example,CN=app", "CN=app,O=Example", "CN=app", "CN=app\\,O=Example,C=DE"],
)
def test_s2_1_2_the_subject_is_the_whole_of_it(house: "House", http: FlaskClient, subject: str) -> None:
    rp = pki(house, http, value=subject)
    show(http, OWN)
    refuses(ask(rp), "invalid_client", 401)


def test_s2_1_2_a_subject_is_compared_as_a_name_and_not_as_a_text(house: "House", http: FlaskClient) -> None:
    shown = make_certificate("CN=M\u00fcller \\+ Co\\, KG,1.2.840.113549.1.9.1=a@app.example,C=DE")
    rp = pki(house, http, value="CN=M\\c3\\bcller \\2b Co\\2c KG,emailAddress=a@app.example,C=DE")
    show(http, shown)
    grants(ask(rp))


@pytest.mark.parametrize("path", ENDPOINTS)
def test_s2_1_at_every_endpoint(house: "House", http: FlaskClient, path: str) -> None:
    rp = pki(house, http)
    show(http, OWN)
    assert ask(rp, path).status_code == 200
    show(http, None)
    refuses(ask(rp, path), "invalid_client", 401)


ROOT = make_authority()
BETWEEN, FOREIGN = make_authority("CN=Between", by=ROOT), make_authority()  # which has the name of the root
SERVERS, CLIENTS = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@pytest.mark.parametrize(
    ("certificate", "status"),
    [
        (make_certificate(by=ROOT), 200),
        (make_certificate(by=ROOT, purpose=CLIENTS), 200),
        (make_certificate(by=BETWEEN), 200),
        (make_certificate(by=ROOT, purpose=SERVERS), 401),
        (make_certificate(by=ROOT, days=-1), 401),
        (make_certificate(by=FOREIGN), 401),
        (make_certificate(), 401),
    ],
)
def test_s2_1_the_authority_is_looked_at_where_the_operator_has_named_it(
    app_with: Callable[..., Flask], tmp_path: Path, certificate: Shown, status: int
) -> None:
    """A proxy that lets self-signed certificates through for others has vouched for none."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem + BETWEEN.pem)
    app = app_with(client_ca=tmp_path / "ca.pem")
    house, http = app.extensions["authserver.house"], app.test_client()
    show(http, certificate)
    assert ask(pki(house, http)).status_code == status
    assert ask(self_signed(house, http, certificate)).status_code == 200  # which needs no authority


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_without_authorities_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="AUTHSERVER_CLIENT_CA"):
        load({"client_ca": file}, {})


# -- section 2.2: self-signed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ENDPOINTS)
def test_s2_2_the_registered_certificate_and_no_other(house: "House", http: FlaskClient, path: str) -> None:
    rp = self_signed(house, http, OWN)
    show(http, OWN)
    assert ask(rp, path).status_code == 200
    for certificate in (OTHER, make_certificate(dns=["app.example"])):  # the second has the same names
        show(http, certificate)
        refuses(ask(rp, path), "invalid_client", 401)


def test_s2_2_certificates_are_rolled_over(house: "House", http: FlaskClient) -> None:
    both: Any = {"keys": [*OTHER.registered["keys"], *OWN.registered["keys"]]}  # type: ignore[misc]
    rp = self_signed(house, http, OWN, jwks=both)
    for certificate in (OWN, OTHER):
        show(http, certificate)
        grants(ask(rp))


def test_s2_2_a_resource_server_asks_with_its_certificate(house: "House", http: FlaskClient, app: Flask) -> None:
    holder = self_signed(house, http, OWN)
    show(http, OWN)
    grants(ask(holder))
    server = self_signed(house, app.test_client(), OTHER, type="resource_server", audience="https://tls.example/api")
    show(server.transport._http, OTHER)  # type: ignore[attr-defined]
    is_active(server.introspect(ask(holder).json["access_token"]))


# -- both --------------------------------------------------------------------------------------------------------------


def test_s2_a_certificate_is_no_proof_for_other_clients(house: "House", http: FlaskClient) -> None:
    """Neither for one with a secret, nor does it make a public client a confidential one."""
    confidential, _ = make_client(house, type="machine")
    public, _ = make_client(house, type="spa")
    show(http, OWN)
    refuses(ask(RelyingParty(http, confidential)), "invalid_client", 401)
    refuses(ask(RelyingParty(http, public)), "unauthorized_client")
    refuses(ask(RelyingParty(http, public), "/introspect"), "invalid_client", 401)
    assert ask(RelyingParty(http, public), "/revoke").status_code == 200


def test_CR8_a_disabled_client_proves_nothing(house: "House", http: FlaskClient) -> None:
    rp = pki(house, http)
    with within(house):
        clients.change(rp.client.client_id, disabled_at=1)
    show(http, OWN)
    for path in ENDPOINTS:
        refuses(ask(rp, path), "invalid_client", 401)


UNREADABLE = [
    "x", "::", ":AAAA:", ":!!!!:", OWN.field[1:], OWN.field[:-1], f"{OWN.field},{OWN.field}", ":" + "A" * 20_000 + ":",
    f":{OWN.field[1:40]}:", OWN.field.replace("M", "-", 1),
]  # fmt: skip


@pytest.mark.parametrize("field", UNREADABLE, ids=range(len(UNREADABLE)))
def test_RFC9440_s2_1_a_field_that_is_no_certificate(
    house: "House", http: FlaskClient, row_counts: Callable[[], State], field: str
) -> None:
    rp = pki(house, http)
    before = row_counts()
    show(http, field)
    for path in ENDPOINTS:
        refuses(ask(rp, path), "invalid_client", 401)
    assert row_counts() == before


def test_RFC9440_s2_4_what_a_caller_writes_is_not_believed(house: "House", machine: Any) -> None:
    rp = pki(house, machine)
    fields = {"client_id": rp.client.client_id, "grant_type": "client_credentials"}
    for name in ("Client-Cert", "Client_Cert", "X-Client-Cert", "authserver.client_certificate"):
        refuses(rp.post("/token", fields, headers={name: OWN.field}), "invalid_client", 401)


def test_the_thumbprint_is_that_of_the_der(house: "House") -> None:
    """RFC 8705 section 3.1, and its example in appendix A is base64url of SHA-256 too."""
    read = client_certificate.read(OWN.der)
    assert read is not None
    assert len(read.x5t_s256) == 43
    assert (read.dns, read.subject.rfc4514_string()) == (("app.example",), "CN=app,O=Example,C=DE")
    assert client_certificate.read(OWN.der[:-1]) is None


def test_metadata_offers_it_only_behind_a_proxy(http: FlaskClient, app_with: Callable[..., Flask]) -> None:
    methods = {"tls_client_auth", "self_signed_tls_client_auth"}
    members = [f"{name}_endpoint_auth_methods_supported" for name in ("token", "introspection", "revocation")]
    alone: Any = http.get("/.well-known/openid-configuration").json
    behind: Any = app_with(trusted_proxies=1).test_client().get("/.well-known/openid-configuration").json
    for member in members:
        assert not methods & set(alone[member])
        assert methods <= set(behind[member])


def test_the_owner_sees_what_was_wrong(house: "House", http: FlaskClient) -> None:
    rp = pki(house, http)
    show(http, OTHER)
    refused = ask(rp)
    show(http, None)
    missing = ask(rp)
    assert refused.text == missing.text
    with within(house):
        found = [house.server.traces.find(reply.headers["X-Request-Id"]) for reply in (refused, missing)]
    assert [trace.cause for trace in found if trace] == ["certificate_refused", "certificate_missing"]


NO_VERSION = OWN.der.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020109"), 1)
ODD = [make_odd(bytes.fromhex(names)) for names in ("3004a3020500", "3004a5020500", "ffff", "30048202ffff")]


@pytest.mark.parametrize("field", [*ODD, Shown(NO_VERSION, {}).field])
def test_s2_certificates_that_cannot_be_read(house: "House", http: FlaskClient, field: str) -> None:
    rp = self_signed(house, http, OWN)
    show(http, field)
    refuses(ask(rp), "invalid_client", 401)


# -- over a real connection --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "headers", "status"),
    [
        ("1", {"X-Forwarded-For": "203.0.113.7", "Client-Cert": OWN.field}, 200),
        ("1", {"X-Forwarded-For": "203.0.113.7", "Client-Cert": OTHER.field}, 401),
        ("1", {"X-Forwarded-For": "203.0.113.7", "Client_Cert": OWN.field}, 401),
        ("1", {"Client-Cert": OWN.field}, 401),  # it has not come through the proxy
        ("0", {"X-Forwarded-For": "203.0.113.7", "Client-Cert": OWN.field}, 401),
    ],
)
def test_s2_only_the_trusted_proxy_is_believed(
    running_server: Callable[..., RunningServer],
    app_with: Callable[..., Flask],
    proxies: str,
    headers: dict[str, str],
    status: int,
) -> None:
    server = running_server(env={"AUTHSERVER_TRUSTED_PROXIES": proxies})
    app = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    rp = pki(app.extensions["authserver.house"], Remote(server.url))  # type: ignore[arg-type]
    body = encoded({"client_id": rp.client.client_id, "grant_type": "client_credentials"})
    reply = rp.transport.send("POST", "/token", body=body, headers={"Content-Type": FORM, **headers})
    assert reply.status_code == status, reply.text
