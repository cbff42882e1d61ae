"""The form of requests to the token endpoint (RFC 6749 section 3.2; cases CR10-CR12)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.factories import CALLBACK, make_client
from tests.relying_party import FORM, Local, RelyingParty, basic, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.answers import refuses
from tests.rfc.conftest import MakeParty
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


@pytest.mark.parametrize(
    "name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "unknown"]
)
@pytest.mark.parametrize("other", [None, "other"])
def test_CR10_repeated_parameter_is_invalid_request(
    party: MakeParty, row_counts: RowCounts, name: str, other: str | None
) -> None:
    rp = party(method="client_secret_post")
    code = rp.authorize().code
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": rp.verifier,
        "client_id": rp.client.client_id,
        "client_secret": rp.secret,
    }
    value = parameters.get(name, "x")
    before = row_counts()
    repeated = {**parameters, name: [value, other or value]}
    refuses(rp.post("/token", repeated, headers={}), "invalid_request")
    assert row_counts() == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_CR11_other_methods_are_405(machine: Local, method: str) -> None:
    reply = machine.send(method, "/token?grant_type=client_credentials", body=None, headers={})
    assert reply.status_code == 405
    assert reply.headers["Allow"] == "POST"
    assert reply.headers["Cache-Control"] == "no-store"


def test_CR11_parameters_in_the_query_are_refused(house: "House", machine: Local) -> None:
    client, secret = make_client(house, type="machine", token_endpoint_auth_method="client_secret_post")
    query = encoded({"client_id": client.client_id, "client_secret": secret, "grant_type": "client_credentials"})
    everything = machine.send("POST", f"/token?{query}", body="", headers={"Content-Type": FORM})
    refuses(everything, "invalid_request")
    part = machine.send("POST", "/token?grant_type=client_credentials", body=query, headers={"Content-Type": FORM})
    refuses(part, "invalid_request")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"grant_type": "client_credentials"}'),
        (
            "multipart/form-data; boundary=x",
            '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\ny\r\n--x--',
        ),
        ("text/plain", "grant_type=client_credentials"),
        ("", "grant_type=client_credentials"),
        (f"{FORM}; charset=utf-16", "grant_type=client_credentials"),
        (f"{FORM}; charset=iso-8859-1", "grant_type=client_credentials"),
        (FORM, "grant_type=client_credentials".encode("utf-16")),
        (FORM, "grant_type=client_credentials".encode("utf-16-le")),
        (FORM, b"grant_type=client_credentials&scope=%ff"),
        (FORM, b"grant_type=client_credentials&scope=%00"),
        (FORM, b"grant_type=client_credentials&scope=%ed%a0%80"),
        (FORM, b"grant_type=client_credentials&%ff=x"),
        (FORM, b"grant_type=client_credentials&" + b"&".join(b"p%d=x" % number for number in range(300))),
        (FORM, b""),
    ],
)
def test_CR11_other_bodies_are_invalid_request(
    house: "House", machine: Local, row_counts: RowCounts, content_type: str, body: Any
) -> None:
    client, secret = make_client(house, type="machine")
    before = row_counts()
    headers = {"Content-Type": content_type, "Authorization": basic(client.client_id, secret)}
    refuses(machine.send("POST", "/token", body=body, headers=headers), "invalid_request")
    assert row_counts() == before


def test_CR11_form_with_a_utf8_charset_is_good(house: "House", machine: Local) -> None:
    client, secret = make_client(house, type="machine")
    headers = {"Content-Type": f'{FORM}; charset="UTF-8"', "Authorization": basic(client.client_id, secret)}
    granted(machine.send("POST", "/token", body="grant_type=client_credentials", headers=headers))


def test_IJ3_body_over_the_limit_is_413(machine: Local) -> None:
    body = "grant_type=client_credentials&x=" + "y" * 70_000
    reply = machine.send("POST", "/token", body=body, headers={"Content-Type": FORM})
    refuses(reply, "invalid_request", 413)


@pytest.mark.parametrize("name", ["code", "client_id", "client_secret", "redirect_uri", "code_verifier", "grant_type"])
@pytest.mark.parametrize("bad", ["%00", "%ff", "%c0%80", "%ed%a0%80"])
def test_IJ4_nul_and_bad_utf8_in_any_parameter_are_invalid_request(machine: Local, name: str, bad: str) -> None:
    body = encoded({"grant_type": "authorization_code", "client_id": "x", "client_secret": "y", "code": "z"})
    reply = machine.send("POST", "/token", body=f"{body}&{name}=a{bad}", headers={"Content-Type": FORM})
    refuses(reply, "invalid_request")


@pytest.mark.parametrize("missing", [None, ""])
def test_CR12_missing_grant_type_is_invalid_request(party: MakeParty, missing: str | None) -> None:
    refuses(party().token(grant_type=missing), "invalid_request")


@pytest.mark.parametrize(
    "grant_type",
    ["password", "implicit", "urn:ietf:params:oauth:grant-type:saml2-bearer", "AUTHORIZATION_CODE", '"<é'],
)
def test_CR12_unknown_grant_type_is_unsupported(party: MakeParty, grant_type: str) -> None:
    refuses(party().token(grant_type=grant_type, username="a", password="b"), "unsupported_grant_type")


def test_CR12_grant_type_that_is_not_registered_is_unauthorized_client(house: "House", party: MakeParty) -> None:
    refuses(party().token(grant_type="client_credentials"), "unauthorized_client")
    client, secret = make_client(house, type="machine")
    worker = RelyingParty(party().transport, client, secret)
    refuses(worker.token(grant_type="authorization_code", code="ac_x"), "unauthorized_client")
    refuses(worker.token(grant_type="refresh_token", refresh_token="rt_x"), "unauthorized_client")


@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
@pytest.mark.parametrize(("grant_type", "name"), [("authorization_code", "code"), ("refresh_token", "refresh_token")])
def test_CR12_missing_credential_is_invalid_request(party: MakeParty, method: str, grant_type: str, name: str) -> None:
    refuses(party(method=method).token(grant_type=grant_type), "invalid_request")
    refuses(party(method=method).token(grant_type=grant_type, **{name: "nothing of ours"}), "invalid_grant")


def test_client_id_of_a_basic_client_may_stand_in_the_body_too(party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize().redeem(client_id=rp.client.client_id))


def _worker(house: "House", machine: Local, **metadata: Any) -> RelyingParty:
    return RelyingParty(machine, *make_client(house, **{"type": "machine", **metadata}))
