"""Forms of applications as RFC 7591 metadata, and which field breaks which rule."""

from collections.abc import Iterator
from typing import Any

from authserver.accounts.registration import Problem
from authserver.models.clients import Client
from authserver.oauth import client_metadata as rules
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings.forms import RESOURCE_SERVER, AppChangeForm, AppForm, as_text, lines

#: Member of the document -> field of the form.
FIELDS = {
    "client_name": "name",
    "redirect_uris": "redirect_uris",
    "post_logout_redirect_uris": "post_logout_redirect_uris",
    "allowed_origins": "allowed_origins",
    "scope": "scope",
    "audience": "audience",
}


def of_new(form: AppForm) -> dict[str, Any]:
    """The document of a new client: only what this form asks, and what fits the chosen type."""
    kind = form.type.data
    document: dict[str, Any] = {"client_name": form.name.data, "type": kind, "scope": _scope(form.scope.data)}
    if signs_people_in(kind):
        document["redirect_uris"] = lines(form.redirect_uris.data)
    if kind == RESOURCE_SERVER and "audience" in form:
        document |= {"audience": (form["audience"].data or "").strip(), "environment": form["environment"].data}
    return document


def of_change(form: AppChangeForm, client: Client) -> dict[str, Any]:
    """The members that the form may change."""
    document: dict[str, Any] = {"client_name": form.name.data, "scope": _scope(form.scope.data)}
    if "authorization_code" in client.grant_types:
        for name in ("redirect_uris", "post_logout_redirect_uris", "allowed_origins"):
            document[name] = lines(form[name].data)
    return document


def values_of(client: Client) -> dict[str, str]:
    """What the form shows before it is changed."""
    return {
        "name": client.name,
        "redirect_uris": as_text(client.redirect_uris),
        "post_logout_redirect_uris": as_text(client.post_logout_redirect_uris),
        "allowed_origins": as_text(client.allowed_origins),
        "scope": client.scope,
    }


def signs_people_in(kind: str) -> bool:
    """Whether applications of this type send people here."""
    return "authorization_code" in rules.DEFAULTS[kind][1]


def problems(document: dict[str, Any], *, kind: str, privileged: bool) -> list[Problem]:
    """Everything that is wrong, each beside its field: every member is tried alone, in a document otherwise good."""
    found = [
        Problem(field, text)
        for member, field in FIELDS.items()
        if member in document
        for text in _faults(member, document[member], kind=kind, privileged=privileged)
    ]
    if not document.get("redirect_uris", True):
        found.append(Problem("redirect_uris", "Enter at least one redirect URI."))
    return found


def _faults(member: str, value: Any, *, kind: str, privileged: bool) -> Iterator[str]:
    one_by_one = isinstance(value, list) and len(value) <= rules.MOST_ITEMS
    parts = [[item] for item in value] if one_by_one else [value]
    for part in parts:
        # A resource server is tried as a machine, unless it is about its audience: they differ in nothing else.
        tried = "machine" if kind == RESOURCE_SERVER and member != "audience" else kind
        probe = {"client_name": "x", "type": tried, "grant_types": [], member: part}
        try:
            rules.read(probe, privileged=privileged)
        except OAuth2Error as error:
            yield error.description.replace("client_name", "The name")


def _scope(text: str | None) -> str:
    return " ".join((text or "").split())
