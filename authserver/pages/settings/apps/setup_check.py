"""Whether an application does things well, as far as its registration and its latest requests tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authserver.models import traces
from authserver.models.clients import Client
from authserver.models.traces import Trace
from authserver.oauth import authorization_parameters, pkce, redirect_uri
from authserver.oauth.grants import refresh_token
from authserver.pages.settings import words
from authserver.pages.settings.apps.frame import address_of, asks_for_scopes, signs_people_in

OK, BAD, UNSEEN = "ok", "bad", "off"
MOST = 200  # requests that are looked at


@dataclass(frozen=True, slots=True)
class Item:
    """One thing: its light and, where there is more to read, a link."""

    name: str
    kind: str
    says: str
    href: str
    link: str = "Why it matters"


def of(client: Client) -> tuple[Item, ...]:
    """Everything that matters for this type, by its requests of the last days."""
    latest = traces.of_client(client.client_id, limit=MOST)
    return tuple(_items(client, latest))


def _items(client: Client, latest: list[Trace]) -> Iterator[Item]:
    if signs_people_in(client):
        asked = [trace for trace in latest if trace.endpoint == "authorize"]
        yield _pkce(asked)
        yield _state(asked)
        if "refresh_token" in client.grant_types:
            yield _rotation([trace for trace in latest if trace.endpoint == "token"])
        yield _https(client)
        if client.type == "spa":
            yield _origins(client)
    if not client.public and asks_for_scopes(client):
        yield _no_secret_in_a_url(latest)
    yield _last_error(client, latest)


def _pkce(asked: list[Trace]) -> Item:
    name, why = "PKCE is used", "/docs/errors/invalid_request#pkce_missing"
    for trace in asked:
        if (check := _check(trace, pkce.CHECK)) is not None:
            good = check.get("passed") and check.get("says") == "S256"
            if good:
                return Item(name, OK, "The last sign-in was protected by it.", why)
            return Item(name, BAD, "The last request came without it, so a stolen code could be used.", *_to(trace))
    return Item(name, UNSEEN, "Nobody has been sent here to sign in yet.", why)


def _state(asked: list[Trace]) -> Item:
    name, why = "A state is sent", "/docs"
    for trace in asked:
        if (check := _check(trace, authorization_parameters.STATE)) is not None:
            if check.get("says") == authorization_parameters.SENT:
                return Item(name, OK, "The last sign-in had one. Compare it when the person comes back.", why)
            return Item(name, BAD, "The last sign-in had none, so it could be somebody else’s.", *_to(trace))
    return Item(name, UNSEEN, "Nobody has been sent here to sign in yet.", why)


def _rotation(redeemed: list[Trace]) -> Item:
    name, why = "Refresh tokens are rotated", "/docs/errors/invalid_grant#refresh_token_reused"
    refreshed = [trace for trace in redeemed if _check(trace, refresh_token.TOKEN) is not None]
    for trace in refreshed:
        if trace.cause == "refresh_token_reused":
            says = "An old one was used again, so its family was ended. Keep the new one of every answer."
            return Item(name, BAD, says, *_to(trace))
    if refreshed:
        return Item(name, OK, "Every one was used once.", why)
    return Item(name, UNSEEN, "None has been used yet.", why)


def _no_secret_in_a_url(latest: list[Trace]) -> Item:
    name, why = "No secret in a URL", "/docs/errors/invalid_request#parameters_in_query"
    for trace in latest:
        if trace.cause == "parameters_in_query" or _check(trace, authorization_parameters.SECRET_IN_URL) is not None:
            return Item(name, BAD, "Addresses end up in logs and histories. Make a new secret.", *_to(trace))
    if latest:
        return Item(name, OK, "None was seen.", why)
    return Item(name, UNSEEN, "No request has been seen yet.", why)


def _https(client: Client) -> Item:
    name, there = "Redirect URIs are encrypted", address_of(client, "redirects")
    local = [uri for uri in client.redirect_uris if redirect_uri.is_loopback(uri)]
    if not local or client.type == "native":
        return Item(name, OK, "Only https, or a program on the person’s own device.", there, "See them")
    if len(local) < len(client.redirect_uris):
        says = "One leads to the developer’s own computer. Remove it before others use the application."
        return Item(name, BAD, says, there, "See them")
    return Item(name, UNSEEN, "Only for development so far.", there, "Add one with https")


def _origins(client: Client) -> Item:
    name, there = "Browsers may ask for tokens", address_of(client, "redirects")
    wanted = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, client.redirect_uris) if parts.netloc}
    if missing := sorted(wanted - set(client.allowed_origins)):
        says = f"{missing[0]} is no registered origin: the browser will block the answer (CORS)."
        return Item(name, BAD, says, there, "Add the origin")
    return Item(name, OK, "Its origins are registered.", there, "See them")


def _last_error(client: Client, latest: list[Trace]) -> Item:
    name = "Latest requests"
    failed = next((trace for trace in latest if trace.error is not None), None)
    if failed is None:
        if not latest:
            return Item(name, UNSEEN, "None has been seen yet.", address_of(client, "code"), "Send the first")
        return Item(name, OK, "None was refused.", address_of(client, "requests"), "See them")
    since = f"The last error was {failed.error}, {words.since(failed.at)}."
    worked = next((trace for trace in latest if trace.error is None and trace.endpoint == failed.endpoint), None)
    again = worked is not None and worked.at > failed.at
    return Item(name, OK if again else BAD, f"{since} It worked since then." if again else since, *_to(failed))


def _check(trace: Trace, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = next(
        (check for check in trace.checks.get("checks", ()) if check.get("name") == name), None
    )
    return found


def _to(trace: Trace) -> tuple[str, str]:
    return f"/explain/{trace.id}", "See the request"
