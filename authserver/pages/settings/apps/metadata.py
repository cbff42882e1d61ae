"""Forms of applications as RFC 7591 metadata, and which field breaks which rule."""

from collections.abc import Iterator
from typing import Any

from authserver.accounts.registration import Problem
from authserver.models.clients import Client
from authserver.oauth import client_metadata as rules
from authserver.oauth.client_members.reading import MOST_ITEMS
from authserver.oauth.errors import OAuth2Error, printable
from authserver.pages.settings.apps.forms import RESOURCE_SERVER, AppForm, SettingsForm
from authserver.pages.settings.forms import as_text, lines

#: Member of the document -> field of the form.
FIELDS = {
    "client_name": "name",
    "redirect_uris": "redirect_uris",
    "audience": "audience",
    "client_uri": "client_uri",
    "policy_uri": "policy_uri",
    "tos_uri": "tos_uri",
    "contacts": "contacts",
    "backchannel_logout_uri": "backchannel_logout_uri",
    "frontchannel_logout_uri": "frontchannel_logout_uri",
}
WORDS = {
    "client_name": "The name",
    "scope": "The scope",
    "audience": "The audience",
    "client_uri": "The homepage",
    "policy_uri": "The address of the privacy policy",
    "tos_uri": "The address of the terms",
    "backchannel_logout_uri": "The address",
    "frontchannel_logout_uri": "The address",
}
PAGES = ("client_uri", "policy_uri", "tos_uri")
LOGOUT = ("backchannel_logout_uri", "frontchannel_logout_uri")


def of_new(form: AppForm) -> dict[str, Any]:
    """The document of a new client: only what this form asks, and what fits the chosen type."""
    kind = form.type.data
    document: dict[str, Any] = {"client_name": form.name.data, "type": kind}
    if needs_redirect_uri(kind):
        document["redirect_uris"] = lines(form.redirect_uris.data)
    if kind == RESOURCE_SERVER and "audience" in form:
        document["audience"] = (form["audience"].data or "").strip()
    return document


def of_settings(form: SettingsForm) -> dict[str, Any]:
    """The members that the form may change; what is empty is left out of the client."""
    shown = [name for name in (*PAGES, *LOGOUT) if name in form]
    document: dict[str, Any] = {name: (form[name].data or "").strip() for name in shown}
    document |= {"client_name": form.name.data, "contacts": lines(form.contacts.data)}
    if "environment" in form:
        document["environment"] = form["environment"].data
    return document


def settings_of(client: Client) -> dict[str, Any]:
    """What the form shows before it is changed."""
    pages = {name: client.details.get(name, "") for name in (*PAGES, *LOGOUT)}
    contacts = as_text(client.details.get("contacts", ()))
    return {**pages, "name": client.name, "contacts": contacts, "environment": client.environment}


def needs_redirect_uri(kind: str) -> bool:
    """Whether applications of this type send people here."""
    return "authorization_code" in rules.DEFAULTS[kind][1]


def problems(
    document: dict[str, Any], *, kind: str, privileged: bool, redirect_uris: tuple[str, ...] = ()
) -> list[Problem]:
    """Everything that is wrong, each beside its field: every member is tried alone, in a document otherwise good.

    `redirect_uris`: those that the client has already.
    """
    found = [
        Problem(field, text)
        for member, field in FIELDS.items()
        if member in document
        for text in _faults(member, document[member], kind=kind, privileged=privileged, beside=redirect_uris)
    ]
    if not document.get("redirect_uris", True):
        found.append(Problem("redirect_uris", "Enter at least one redirect URI."))
    return found


def fault(member: str, value: Any, *, kind: str, privileged: bool, beside: tuple[str, ...] = ()) -> str | None:
    """The rule that one value of a member breaks, in a document otherwise good; for a list, a list of it."""
    # A resource server is tried as a machine, unless it is about its audience: they differ in nothing else.
    tried = "machine" if kind == RESOURCE_SERVER and member != "audience" else kind
    probe = {"client_name": "x", "type": tried, "grant_types": [], "redirect_uris": list(beside), member: value}
    try:
        rules.read(probe, privileged=privileged)
    except OAuth2Error as error:
        says = str(error.description)
        return WORDS.get(member, member) + says.removeprefix(member) if says.startswith(member) else says
    return None


def fault_of_one(member: str, text: str, *, kind: str) -> str | None:
    """The same for one entry of a list, said beside it: without repeating the entry."""
    says = fault(member, [text], kind=kind, privileged=False)
    if says is None:
        return None
    rule = says.removeprefix(f"{printable(text, 100)}: ")
    return rule if rule.startswith("http") else rule[:1].upper() + rule[1:]


def _faults(member: str, value: Any, *, kind: str, privileged: bool, beside: tuple[str, ...]) -> Iterator[str]:
    one_by_one = isinstance(value, list) and len(value) <= MOST_ITEMS
    for part in [[item] for item in value] if one_by_one else [value]:
        if (says := fault(member, part, kind=kind, privileged=privileged, beside=beside)) is not None:
            yield says
