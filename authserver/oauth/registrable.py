"""What applications may say of themselves without anybody looking at it (RFC 7591 section 2, cases DC2, DC3, SF1).

Beside the rules that hold for every client: fewer grants, and defaults for what other servers do not know or ask for.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from authserver.models.clients import Client
from authserver.oauth import device, redirect_uri, scopes
from authserver.oauth.client_members.reading import asked_uri, strings
from authserver.oauth.client_metadata import DEFAULTS
from authserver.oauth.errors import InvalidClientMetadataError, InvalidRedirectUriError, printable

#: A person stands behind each of these. A grant without one would be an account of its own, with limits of its own.
ANYBODY = ("authorization_code", "refresh_token", device.GRANT_TYPE)
WITH_TOKEN = (*ANYBODY, "client_credentials")
#: Of the answer, not of the metadata (RFC 7591 section 3.2.1): who sends them back changes nothing by it.
ANSWERED = (
    *("client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at"),
    *("registration_access_token", "registration_client_uri", "name"),
)


def registrable(
    document: Mapping[str, Any], *, with_token: bool = False, client: Client | None = None
) -> dict[str, Any]:
    """The document as it is held against the rules. `client`: whose metadata it replaces.

    Raises invalid_client_metadata and invalid_redirect_uri.
    """
    asked = {name: value for name, value in document.items() if name not in ANSWERED and value is not None}
    allowed = {*(WITH_TOKEN if with_token else ANYBODY), *(client.grant_types if client else ())}
    _check_grants(asked, allowed, kind=client.type if client else asked.get("type"))
    if "logo_uri" in asked:  # never fetched here, but by the browsers of administrators
        asked_uri(asked["logo_uri"], "logo_uri")
    uris = _redirect_uris(asked)
    if client is None:
        asked.setdefault("token_endpoint_auth_method", "client_secret_basic")  # RFC 7591 section 2
        if "type" not in asked and "application_type" not in asked and uris and not any(map(_is_web, uris)):
            asked["application_type"] = "native"
    if "client_name" not in asked:
        asked["client_name"] = _name(asked, uris)
    method = client.token_endpoint_auth_method if client else asked["token_endpoint_auth_method"]
    if method == "none" and "allowed_origins" not in asked:
        asked["allowed_origins"] = _origins(uris)
    return asked


def document_registrable(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a document that is published for every server: what this one does not offer is left out of it.

    Raises invalid_client_metadata when nothing is left.
    """
    asked = {name: value for name, value in document.items() if value is not None and name != "type"}
    asked.setdefault("token_endpoint_auth_method", "none")
    asked.setdefault("client_name", urlsplit(str(document["client_id"])).hostname)
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        asked[name] = [uri for uri in strings(asked, name, ()) if _is_allowed(uri)]
    if any(redirect_uri.kind(uri) == "native" for uri in asked["redirect_uris"]):
        asked["application_type"] = "native"
    if "grant_types" in asked:
        asked["grant_types"] = [name for name in strings(asked, "grant_types", ()) if name in ANYBODY]
        if not asked["grant_types"]:
            raise InvalidClientMetadataError("None of its grant types is offered here.")
    asked.pop("response_types", None)
    asked.pop("request_uris", None)  # it sends its requests by value, or pushes them
    if "scope" in asked:
        asked["scope"] = _offered(asked["scope"])
    return registrable(asked)


def _is_allowed(uri: str) -> bool:
    try:
        redirect_uri.check(uri, native=True)
    except InvalidRedirectUriError:
        return False
    return True


def _offered(scope: object) -> str:
    """An empty list would mean all that are not reserved: more than was asked for."""
    offered = {known.name for known in scopes.known() if not known.reserved}
    kept = [name for name in str(scope).split() if name in offered]
    if not kept:
        raise InvalidClientMetadataError("None of its scopes is offered here.")
    return scopes.join(kept)


def _check_grants(asked: Mapping[str, Any], allowed: set[str], *, kind: object) -> None:
    """DC3: nobody gives themselves a grant that others must give, not by saying nothing of it either."""
    implied = DEFAULTS["machine"][1] if kind == "machine" else ()  # no other type has one of those by itself
    if beyond := [name for name in strings(asked, "grant_types", implied) if name not in allowed]:
        raise InvalidClientMetadataError(f"The grant type {printable(beyond[0], 60)} cannot be registered here.")


def _redirect_uris(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that are good by their form; the rules of clients say what is wrong with others."""
    found = strings(asked, "redirect_uris", ())
    return found if all(_is_readable(uri) for uri in found) else ()


def _is_readable(uri: str) -> bool:
    try:
        return bool(urlsplit(uri).scheme) and uri.isascii()
    except ValueError:
        return False


def _is_web(uri: str) -> bool:
    return redirect_uri.kind(uri) == "web"


def _name(asked: Mapping[str, Any], uris: tuple[str, ...]) -> str:
    """For people who are asked about an application that gives no name: the host that it leads to."""
    page = asked.get("client_uri")
    pages = (page,) if isinstance(page, str) and _is_readable(page) else ()
    hosts = (urlsplit(uri).hostname for uri in (*pages, *uris) if _is_web(uri))
    return next((host[:100] for host in hosts if host), "Unnamed application")


def _origins(uris: tuple[str, ...]) -> list[str]:
    """Where the scripts of a public client run (decision 41): where they are sent back to."""
    parts = [urlsplit(uri) for uri in uris]
    found = (f"{one.scheme}://{one.netloc}" for one in parts if one.scheme in {"http", "https"} and one.netloc)
    return list(dict.fromkeys(origin for origin in found if origin == origin.lower()))
