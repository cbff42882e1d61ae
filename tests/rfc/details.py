"""Clients and servers of what is asked for beside scopes: the claims parameter, and types of authorization details."""

import json
from typing import TYPE_CHECKING, Any

from flask import Flask

from tests.factories import make_resource_server, unique
from tests.relying_party import Credentials, RelyingParty, claims_of
from tests.rfc.conftest import Party, party_at

if TYPE_CHECKING:
    from authserver.composition import House


def claims(**places: Any) -> str:
    """The claims parameter: `claims(id_token={"email": None})`."""
    return json.dumps(places)


def id_token(party: Party) -> dict[str, Any]:
    """The claims of the last ID token."""
    return claims_of(party.tokens["id_token"])


def stranger_at(app: Flask, **metadata: Any) -> Party:
    """A client that is not ours: its user is asked."""
    return party_at(app, **{"trusted": False, **metadata})


def payments(house: "House", **stated: Any) -> tuple[str, Credentials]:
    """A new type of payments, and the resource server that knows it."""
    name = unique("payment")
    declared = {"type": name, "actions": ["initiate", "status", "cancel"], "members": ["amount", "creditor"], **stated}
    return name, make_resource_server(house, authorization_details_types=[declared])


def payment(kind: str, **changes: Any) -> dict[str, Any]:
    """A detail of that type."""
    return {
        "type": kind,
        "actions": ["initiate", "status"],
        "amount": {"currency": "EUR", "value": "123.50"},
        "creditor": "Merchant A",
        **changes,
    }


def payable(app: Flask, kind: str, **metadata: Any) -> Party:
    """A client that may ask for such payments."""
    return stranger_at(app, **{"authorization_details_types": [kind], **metadata})


def sent(*details: Any) -> str:
    """The authorization_details parameter."""
    return json.dumps(details)


def consent_page(party: RelyingParty) -> str:
    """The question in front of the user."""
    assert party.at == "/consent", (party.answer, party.reply)
    assert party.reply is not None
    return party.reply.text


def details_in(token: str) -> Any:
    """What a JWT says of them."""
    return claims_of(token).get("authorization_details")
