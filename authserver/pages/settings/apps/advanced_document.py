"""Further metadata of an application as a form, and the form as the document that changes it (RFC 7591 section 2)."""

import json
from collections.abc import Mapping
from typing import Any

from authserver import strict_json
from authserver.accounts.registration import Problem
from authserver.models.clients import Client
from authserver.oauth import client_metadata as rules
from authserver.oauth import clients
from authserver.oauth.client_members import keys as key_members
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings.apps import keys
from authserver.pages.settings.apps.forms import RESOURCE_SERVER, AdvancedForm
from authserver.pages.settings.apps.frame import asks_for_scopes, signs_people_in

METHOD = "token_endpoint_auth_method"
KEYS = ("jwks", "jwks_uri")
BINDING = ("dpop_bound_access_tokens",)
ASKING = ("require_pushed_authorization_requests", "require_signed_request_object", "request_object_signing_alg")
ANSWERS = ("authorization_signed_response_alg", "id_token_signed_response_alg", "userinfo_signed_response_alg")
PEOPLE = ("subject_type", "sector_identifier_uri", "default_acr_values", "default_max_age")
INTROSPECTION = ("introspection_signed_response_alg",)
FLAGS = (*BINDING, *ASKING[:2])
#: What holds when nothing is registered, where that is not nothing.
DEFAULTS: Mapping[str, object] = {
    **dict.fromkeys(FLAGS, False),
    "authorization_signed_response_alg": "RS256",
    "introspection_signed_response_alg": "RS256",
    "subject_type": "public",
}


def form_of(client: Client) -> AdvancedForm:
    """What was sent, or else what is registered; only with members that fit the application."""
    fitting = members(client)
    form = AdvancedForm(data=_shown(client))
    for name in [field.name for field in form if field.name not in (*fitting, "csrf_token")]:
        del form[name]
    return form


def members(client: Client) -> tuple[str, ...]:
    """Those that the form shows, in its order."""
    people, method = signs_people_in(client), client.token_endpoint_auth_method
    return (
        *((METHOD,) if method in rules.EXCHANGEABLE else ()),
        *(() if method in key_members.BY_KEY else KEYS),  # else they are on the page of its credentials
        *(BINDING if asks_for_scopes(client) else ()),
        *((*ASKING, *ANSWERS, *PEOPLE) if people else ()),
        *(INTROSPECTION if client.type == RESOURCE_SERVER else ()),
    )


def of(form: AdvancedForm, client: Client) -> tuple[dict[str, Any], list[Problem]]:
    """The members that were changed, and what is wrong with the text of a field."""
    document, wrong, before = {}, [], _shown(client)
    for name in members(client):
        try:
            value = _value(name, form[name].data)
        except ValueError as error:
            wrong.append(Problem(name, f"This is not JSON: {error}."))
            continue
        if value != _value(name, before[name]):
            document[name] = value
    return document, wrong


def problems(document: Mapping[str, Any], client: Client, error: OAuth2Error) -> list[Problem]:
    """Why a change was refused with this error, each reason beside its field.

    Members are put one by one into what is registered, as long as one more fits: what is left over is wrong.
    """
    good, left = rules.document(client), dict(document)
    while True:
        wrong = {name: _fault({**good, name: value}) for name, value in left.items()}
        fits = next((name for name, says in wrong.items() if says is None), None)
        if fits is None:
            break
        good[fits] = left.pop(fits)
    found = [Problem(name, says) for name, says in wrong.items() if says]
    return found or [Problem(_named(document, error.description), error.description)]


def _fault(document: Mapping[str, Any]) -> str | None:
    try:
        rules.read(document, privileged=True)  # who may change what is looked at by the change itself
    except OAuth2Error as error:
        return str(error.description)
    return None


def _named(document: Mapping[str, Any], says: str) -> str:
    """The changed member that an error is about: the longest name, as one may begin with another."""
    return next((name for name in sorted(document, key=len, reverse=True) if name in says), next(iter(document)))


def _shown(client: Client) -> dict[str, Any]:
    """Every member as its field shows it."""
    registered = {**DEFAULTS, **clients.document(client)}
    names = (METHOD, *KEYS, *BINDING, *ASKING, *ANSWERS, *PEOPLE, *INTROSPECTION)
    return {name: _text(registered.get(name, "")) for name in names}


def _text(value: object) -> object:
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, dict):
        return json.dumps(value, indent=1)
    return value if isinstance(value, str | bool) else str(value)


def _value(name: str, typed: Any) -> Any:
    """The member by what stands in its field; nothing means that it is taken away. Raises ValueError."""
    if name in FLAGS:
        return bool(typed)
    text = (typed or "").strip()
    if name == "jwks":
        return keys.pasted(text)
    if name == "default_acr_values":
        return text.split()
    if name == "default_max_age" and text.isascii() and text.isdecimal() and len(text) <= strict_json.LONGEST_NUMBER:
        return int(text)
    return text or None
