"""Rich authorization requests (RFC 9396): details are validated, shown, granted, carried, and only ever narrowed."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import make_client, make_resource_server, unique
from tests.relying_party import Credentials, Local, RelyingParty, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, refuses
from tests.rfc.conftest import Party, party_at
from tests.rfc.details import claims, consent_page, details_in, id_token, payable, payment, payments, sent
from tests.rfc.front_channel import unchanged
from tests.rfc.request_objects import ask, make_object

if TYPE_CHECKING:
    from authserver.composition import House

PLAIN = {"scope": "openid offline_access"}


@pytest.fixture
def kind(house: "House") -> str:
    """A type that some resource server knows."""
    return payments(house)[0]


@pytest.fixture
def rp(app: Flask, kind: str) -> Party:
    """A client that is not ours and may ask for it; its user is signed in."""
    return payable(app, kind)


# -- section 2, 3, 5: the request --------------------------------------------------------------------------------------


def test_s3_s7_details_are_granted_and_come_back(app: Flask, house: "House", token_format: str) -> None:
    kind, server = payments(house)
    rp = payable(app, kind, access_token_format=token_format)
    detail = payment(kind)
    granted(rp.authorize(**PLAIN, authorization_details=sent(detail)).consent().redeem())
    assert rp.tokens["authorization_details"] == [detail]
    assert rp.tokens["scope"] == PLAIN["scope"]
    assert is_active(rp.introspect(as_=server))["authorization_details"] == [detail]
    if token_format == "jwt":
        assert details_in(rp.tokens["access_token"]) == [detail]
    granted(rp.refresh())
    assert rp.tokens["authorization_details"] == [detail]


def test_s3_without_details_no_answer_has_the_member(rp: Party) -> None:
    granted(rp.authorize(**PLAIN).consent().redeem())
    assert "authorization_details" not in rp.tokens
    assert "authorization_details" not in claims_of(rp.tokens["access_token"])


def test_s3_details_alone_are_a_request(rp: Party, kind: str) -> None:
    """No scope is asked for where none is named, also when the client is registered for some."""
    text = consent_page(rp.authorize(scope=None, authorization_details=sent(payment(kind))))
    assert "read:realms" not in text
    granted(rp.consent().redeem())
    assert "scope" not in rp.tokens
    assert details_in(rp.tokens["access_token"]) == [payment(kind)]
    rp.authorize(scope=None, authorization_details=sent(payment(kind, creditor="B"))).consent("deny")
    assert rp.answer["error"] == "access_denied"


COMMON = {
    "locations": ["https://example.com/payments"],
    "actions": ["status"],
    "datatypes": ["contacts", "photos"],
    "identifier": "account-14-32-32-3",
    "privileges": ["admin"],
}


def test_s2_2_common_members_go_with_any_type(app: Flask, house: "House") -> None:
    kind = unique("plain")
    make_resource_server(house, authorization_details_types=[kind])
    rp = payable(app, kind)
    detail = {"type": kind, **COMMON}
    granted(rp.authorize(**PLAIN, authorization_details=sent(detail)).consent().redeem())
    assert rp.tokens["authorization_details"] == [detail]


def test_s2_several_details_also_of_one_type(rp: Party, kind: str) -> None:
    several = [payment(kind), payment(kind, creditor="Merchant B")]
    granted(rp.authorize(**PLAIN, authorization_details=sent(*several)).consent().redeem())
    assert rp.tokens["authorization_details"] == several


MALFORMED = (
    "",
    "x",
    "{}",
    "[]",
    "null",
    '"x"',
    "[1]",
    "[[]]",
    "[{}]",
    '[{"type": 1}]',
    '[{"type": ""}]',
    '[{"type": "T", "type": "T"}]',
    '[{"type": "T", "amount": NaN}]',
    '[{"type": "T", "amount": 1e999}]',
    '[{"type": "T", "amount": 18446744073709551616}]',
    '[{"type": "T", "amount": {"value": [-9223372036854775809]}}]',
    '[{"type": "T", "creditor": "\\ud800"}]',
    '[{"type": "T", "creditor": "\\u0000"}]',
    '[{"type": "T", "actions": "initiate"}]',
    '[{"type": "T", "actions": [1]}]',
    '[{"type": "T", "locations": {"a": "b"}}]',
    '[{"type": "T", "identifier": ["a"]}]',
    '[{"type": "T", "creditor": ' + "[" * 9 + "]" * 9 + "}]",
    '[{"type": "T", "creditor": ' + "[" * 5000,
    '[{"type": "T", "creditor": "' + "x" * 501 + '"}]',
    json.dumps([{"type": "T", "amount": list(range(41))}]),
    json.dumps([{"type": "T", "amount": {str(number): number for number in range(41)}}]),
    json.dumps([{"type": "T"}] * 11),
    json.dumps([{"type": "T", "x": "y" * 16_384}]),
    '[{"type": "T", "amount": ' + "9" * 5000 + "}]",
)
UNFIT = (
    {"unknown": 1},
    {"actions": ["initiate", "refund"]},
    {"__proto__": {"x": 1}},
)


@pytest.mark.parametrize("text", MALFORMED[1:], ids=range(1, len(MALFORMED)))
def test_s5_malformed_is_refused_everywhere(
    app: Flask, house: "House", rp: Party, machine: Local, kind: str, text: str
) -> None:
    text = text.replace('"T"', f'"{kind}"')
    worker = RelyingParty(machine, *make_client(house, type="machine", authorization_details_types=[kind]))
    with unchanged(app):
        rp.authorize(**PLAIN, authorization_details=text)
        assert (rp.answer["error"], rp.answer["state"]) == ("invalid_authorization_details", rp.sent["state"])
        refuses(
            worker.token(grant_type="client_credentials", authorization_details=text), "invalid_authorization_details"
        )


@pytest.mark.parametrize("changes", UNFIT, ids=str)
def test_s5_what_the_type_does_not_have_is_refused(app: Flask, rp: Party, kind: str, changes: dict[str, Any]) -> None:
    with unchanged(app):
        rp.authorize(**PLAIN, authorization_details=sent(payment(kind), payment(kind, **changes)))
        assert rp.answer["error"] == "invalid_authorization_details"


def test_s5_unknown_type_and_type_of_a_disabled_server(app: Flask, house: "House", rp: Party) -> None:
    rp.authorize(**PLAIN, authorization_details=sent({"type": "unknown"}))
    assert rp.answer["error"] == "invalid_authorization_details"
    unborn = unique("unborn")  # the client is registered for it, and nobody knows it
    other = payable(app, unborn)
    other.authorize(**PLAIN, authorization_details=sent({"type": unborn}))
    assert other.answer["error"] == "invalid_authorization_details"


def test_s10_type_that_the_client_is_not_registered_for(app: Flask, kind: str) -> None:
    other = party_at(app)
    other.authorize(**PLAIN, authorization_details=sent(payment(kind)))
    assert other.answer["error"] == "invalid_authorization_details"


def test_s5_two_servers_may_know_one_type_differently(app: Flask, house: "House", rp: Party, kind: str) -> None:
    make_resource_server(house, authorization_details_types=[{"type": kind, "members": ["urgent"]}])
    granted(rp.authorize(**PLAIN, authorization_details=sent({"type": kind, "urgent": True})).consent().redeem())
    rp.authorize(**PLAIN, authorization_details=sent({"type": kind, "urgent": True, "creditor": "A"}))
    assert rp.answer["error"] == "invalid_authorization_details"


def test_AZ8_repeated_parameter_is_refused(rp: Party, kind: str) -> None:
    rp.authorize(**PLAIN, authorization_details=[sent(payment(kind))] * 2)
    assert rp.answer["error"] == "invalid_request"


# -- by the back channel, and signed -----------------------------------------------------------------------------------


def test_s3_pushed_with_claims_and_resource(app: Flask, house: "House") -> None:
    """RFC 9126 section 2.1: what the browser brings is the address of it only."""
    kind, (server, secret) = payments(house)
    rp = payable(app, kind)
    wish = {"scope": "openid", "resource": server.audience, "claims": claims(id_token={"email": None})}
    reply = rp.push(**wish, authorization_details=sent(payment(kind)))
    assert reply.status_code == 201, reply.text
    consent_page(rp.authorize(request_uri=reply.json["request_uri"]))
    granted(rp.consent().redeem())
    assert rp.tokens["authorization_details"] == [payment(kind)]
    assert id_token(rp)["email"] == rp.user.email
    assert is_active(rp.introspect(as_=(server, secret)))["aud"] == [server.audience]


@pytest.mark.parametrize("parameters", [{"authorization_details": "[{}]"}, {"authorization_details": '[{"type":"x"}]'}])
def test_s5_refused_when_it_is_pushed(app: Flask, rp: Party, parameters: dict[str, str]) -> None:
    with unchanged(app):
        refuses(rp.push(**PLAIN, **parameters), "invalid_authorization_details")


def test_s3_signed_in_a_request_object_as_json_itself(app: Flask, kind: str) -> None:
    """RFC 9101 section 4: not as a string that holds JSON."""
    rp = payable(app, kind, method="private_key_jwt")
    inside = {"authorization_details": [payment(kind)], "claims": {"id_token": {"email": None}}}
    ask(rp, make_object(rp, scope="openid", claims=inside))
    granted(rp.consent().redeem())
    assert rp.tokens["authorization_details"] == [payment(kind)]
    assert id_token(rp)["email"] == rp.user.email


# -- section 10: metadata ----------------------------------------------------------------------------------------------


def test_s10_server_metadata_names_the_types(machine: Local, kind: str) -> None:
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"):
        metadata = machine.send("GET", path, body=None, headers={}).json
        assert kind in metadata["authorization_details_types_supported"]
        assert metadata["authorization_details_types_supported"] == sorted(
            set(metadata["authorization_details_types_supported"])
        )


def test_s10_the_guide_holds(app: Flask, house: "House", machine: Local) -> None:
    """What docs/authorization-details.md registers and sends."""
    guide = (Path(__file__).parents[2] / "docs" / "authorization-details.md").read_text(encoding="utf-8")
    declared, asked = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", guide, re.DOTALL))
    server = make_client(house, **{**declared, "audience": f"https://{unique('bank')}.example"})
    rp = payable(app, "payment_initiation")
    granted(rp.authorize(scope=None, authorization_details=sent(*asked)).consent().redeem())
    assert is_active(rp.introspect(as_=server))["authorization_details"] == asked


BAD_TYPES: tuple[Any, ...] = ("x", 7, ["a b"], [""], [7], ["x" * 101], [f"t{number}" for number in range(51)])
BAD_DECLARATIONS: tuple[Any, ...] = (
    *BAD_TYPES,
    [{}],
    [{"type": 7}],
    [{"type": "a", "schema": {}}],
    [{"type": "a", "actions": "x"}],
    [{"type": "a", "members": [7]}],
    ["a", {"type": "a"}],
)


@pytest.mark.parametrize("types", BAD_TYPES, ids=str)
def test_s10_client_metadata_is_checked(house: "House", types: Any) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, authorization_details_types=types)


@pytest.mark.parametrize("types", BAD_DECLARATIONS, ids=str)
def test_s10_declarations_of_a_resource_server_are_checked(house: "House", types: Any) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_resource_server(house, authorization_details_types=types)


def test_s10_a_client_cannot_declare(house: "House") -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, authorization_details_types=[{"type": "a"}])


def test_s10_a_resource_server_may_name_what_it_takes(house: "House") -> None:
    kind, (server, _) = payments(house, locations=["https://api.example/pay"])
    assert server.details["authorization_details_types"][0]["type"] == kind


@pytest.mark.parametrize("types", [["x", "y"], None])
def test_s10_types_are_kept_as_they_were_registered(house: "House", types: list[str] | None) -> None:
    client: Credentials = make_client(house, authorization_details_types=types)
    assert client[0].details.get("authorization_details_types") == types
