"""Rules of client metadata (RFC 7591 section 2): types, defaults, bounds; a document in, a `Client` out, and back."""

import re
from collections.abc import Mapping
from typing import Any

from authserver import opaque
from authserver.models.clients import Client
from authserver.oauth import client_assertion, client_name, redirect_uri, scopes
from authserver.oauth.client_auth import SECRETS
from authserver.oauth.client_members import details_of, keys
from authserver.oauth.client_members.reading import choice, flag, strings, web_uri
from authserver.oauth.errors import InvalidClientMetadataError, InvalidRedirectUriError, InvalidScopeError, printable
from authserver.oauth.grants import GRANT_TYPES
from authserver.settings import ASYMMETRIC_ALGORITHMS

PRIVILEGED = ("trusted", "audience", "environment", "meter", "token_exchange")
TYPES = ("web", "spa", "native", "machine", "resource_server")
#: Type -> authentication method and grant types, when the document does not say.
DEFAULTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "web": ("client_secret_basic", ("authorization_code", "refresh_token")),
    "spa": ("none", ("authorization_code", "refresh_token")),
    "native": ("none", ("authorization_code", "refresh_token")),
    "machine": ("client_secret_basic", ("client_credentials",)),
    "resource_server": ("client_secret_basic", ()),
}
#: Between these a client may change: others say what kind of program it is, or what stands in front of this server.
EXCHANGEABLE = (*SECRETS, client_assertion.METHOD)
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none", *keys.METHODS)
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.~][A-Za-z0-9_.~-]{2,99}")
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")


def read(document: Mapping[str, Any], *, privileged: bool) -> Client:
    """A client without id, owner and times. Raises invalid_redirect_uri and invalid_client_metadata.

    Metadata that this server does not know is left out of the client, as RFC 7591 section 2 wants it.
    """
    for name in () if privileged else PRIVILEGED:
        if document.get(name) not in (None, False):
            raise InvalidClientMetadataError(f"{name} can be set by administrators only.")
    kind = _type(document)
    method, default_grants = DEFAULTS[kind]
    grant_types = strings(document, "grant_types", default_grants)
    client = Client(
        client_id="",
        type=kind,
        name=client_name.check(document.get("client_name", document.get("name", ""))),
        owner_id=None,
        redirect_uris=_redirect_uris(document, "redirect_uris", native=kind == "native"),
        post_logout_redirect_uris=_redirect_uris(document, "post_logout_redirect_uris", native=kind == "native"),
        allowed_origins=tuple(_origin(text) for text in strings(document, "allowed_origins", ())),
        grant_types=grant_types,
        response_types=("code",) if "authorization_code" in grant_types else (),
        scope=_scope(document, privileged=privileged),
        token_endpoint_auth_method=choice(document, "token_endpoint_auth_method", AUTH_METHODS, method),
        require_pkce=flag(document, "require_pkce", True),
        access_token_format=choice(document, "access_token_format", ("jwt", "opaque"), "jwt"),
        access_token_signed_response_alg=_optional_alg(document),
        id_token_signed_response_alg=choice(document, "id_token_signed_response_alg", ASYMMETRIC_ALGORITHMS, "RS256"),
        trusted=flag(document, "trusted", False),
        allow_scope_deselect=flag(document, "allow_scope_deselect", False),
        audience=_audience(document, kind),
        environment=choice(document, "environment", ("live", "test", "any"), "live"),
        meter=flag(document, "meter", False),
        details=details_of(document),
        created_at=0,
        updated_at=0,
        disabled_at=None,
    )
    _check_whole(client, document)
    return client


def document(client: Client) -> dict[str, Any]:
    """The metadata of a client by its RFC 7591 names."""
    body: dict[str, Any] = {
        "client_name": client.name,
        "type": client.type,
        "application_type": "native" if client.type == "native" else "web",
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": list(client.response_types),
        "scope": client.scope,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "allowed_origins": list(client.allowed_origins),
        "require_pkce": client.require_pkce,
        "access_token_format": client.access_token_format,
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "trusted": client.trusted,
        "allow_scope_deselect": client.allow_scope_deselect,
        **client.details,
    }
    if client.access_token_signed_response_alg:
        body["access_token_signed_response_alg"] = client.access_token_signed_response_alg
    if client.type == "resource_server":
        body |= {"audience": client.audience, "environment": client.environment, "meter": client.meter}
    elif client.environment != "live":
        body["environment"] = client.environment
    return body


def check_scope_added(scope: str, *, before: str) -> None:
    """Raises invalid_client_metadata when a reserved scope is added by somebody who is no administrator."""
    added = set(scope.split()) - set(before.split())
    if reserved := [known.name for known in scopes.known() if known.reserved and known.name in added]:
        raise InvalidClientMetadataError(f"The scope {printable(reserved[0], 60)} is reserved to administrators.")


def check_kept(client: Client, draft: Client) -> None:
    """Raises invalid_client_metadata when a change touches what a client was made as."""
    if draft.type != client.type:
        raise InvalidClientMetadataError("The type of a client cannot be changed.")
    before, after = client.token_endpoint_auth_method, draft.token_endpoint_auth_method
    if before != after and not {before, after} <= {*EXCHANGEABLE}:
        says = f"token_endpoint_auth_method cannot be changed from {before} to {after}."
        raise InvalidClientMetadataError(says)


def client_id(wanted: str | None) -> str:
    """The id that was asked for, if it is well-formed, or a new one."""
    if wanted is None:
        return opaque.identifier("cl")
    if not _CLIENT_ID.fullmatch(wanted) or wanted.startswith("realmkit-"):
        raise InvalidClientMetadataError(
            "A client_id has 3 to 100 characters of A-Z a-z 0-9 _ . ~ - and is not reserved."
        )
    return wanted


def _type(document: Mapping[str, Any]) -> str:
    if "type" in document:
        return choice(document, "type", TYPES, "web")
    if document.get("audience"):
        return "resource_server"
    if document.get("application_type") == "native":
        return "native"
    if document.get("token_endpoint_auth_method") == "none":
        return "spa"
    return "machine" if document.get("grant_types") == ["client_credentials"] else "web"


def _check_whole(client: Client, document: Mapping[str, Any]) -> None:
    if unknown := [name for name in client.grant_types if name not in GRANT_TYPES]:
        raise InvalidClientMetadataError(f"The grant type {printable(unknown[0], 60)} is not supported.")
    if "response_types" in document and not set(strings(document, "response_types", ())) <= {"code"}:
        raise InvalidClientMetadataError("The only response type is code.")
    if "authorization_code" in client.grant_types and not client.redirect_uris:
        raise InvalidClientMetadataError("The code flow needs at least one redirect URI.")
    if client.public and "client_credentials" in client.grant_types:
        raise InvalidClientMetadataError("client_credentials needs a client that authenticates.")
    if client.public and not client.require_pkce:
        raise InvalidClientMetadataError("A public client needs PKCE.")
    if client.type == "resource_server" and (client.public or client.grant_types):
        raise InvalidClientMetadataError("A resource server authenticates and uses no grant.")


def _redirect_uris(document: Mapping[str, Any], name: str, *, native: bool) -> tuple[str, ...]:
    found = strings(document, name, ())
    try:
        return tuple(redirect_uri.check(uri, native=native) for uri in found)
    except InvalidRedirectUriError as error:
        if name == "redirect_uris":
            raise
        raise InvalidClientMetadataError(error.description) from None


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text) or len(text) > 300:
        raise InvalidClientMetadataError(f"{printable(text, 100)}: an origin is scheme://host[:port] in lower case.")
    return text


def _scope(document: Mapping[str, Any], *, privileged: bool) -> str:
    value = document.get("scope", "")
    if not isinstance(value, str):
        raise InvalidClientMetadataError("scope must be a space-separated string.")
    try:
        names = scopes.split(value.strip())
    except InvalidScopeError:
        raise InvalidClientMetadataError("scope is malformed.") from None
    known = {scope.name: scope.reserved for scope in scopes.known()} if names else {}
    if unknown := [name for name in names if name not in known]:
        raise InvalidClientMetadataError(f"The scope {printable(unknown[0], 60)} is unknown.")
    if not privileged and (reserved := [name for name in names if known[name]]):
        raise InvalidClientMetadataError(f"The scope {printable(reserved[0], 60)} is reserved to administrators.")
    return scopes.join(names)


def _optional_alg(document: Mapping[str, Any]) -> str | None:
    if document.get("access_token_signed_response_alg") is None:
        return None
    return choice(document, "access_token_signed_response_alg", ASYMMETRIC_ALGORITHMS, "")


def _audience(document: Mapping[str, Any], kind: str) -> str | None:
    value = document.get("audience")
    if kind != "resource_server":
        if value is not None:
            raise InvalidClientMetadataError("audience belongs to resource servers.")
        return None
    if not isinstance(value, str):
        raise InvalidClientMetadataError("A resource server needs an audience.")
    return web_uri(value, "audience")
