"""Subject identifiers: the same for every client, or another one for every sector (OpenID Connect Core section 8)."""

from urllib.parse import urlsplit

from authserver import opaque
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import device, redirect_uri

TYPES = ("public", "pairwise")
PAIRWISE = "pairwise"


def subject_of(user: User, client: Client) -> str:
    """`sub` as this client may know it: in ID tokens, at userinfo, and in the access tokens that it sends to APIs.

    A pairwise one is a keyed hash (section 8.1): stable, the same for all clients of the sector, and for nobody but us
    a way back to the person or to what another sector calls them.
    """
    return _as_seen("pairwise_subject", user.id, client)


def session_of(sid: str, client: Client) -> str:
    """`sid` as this client may know it: one that all know would join what the pairwise `sub` keeps apart."""
    return _as_seen("pairwise_session", sid, client)


def is_named(user: User, sub: str, *, client: Client) -> bool:
    """Whether this client means this person by `sub`. Nothing leads back from it, so it is computed once more."""
    return opaque.equal(sub, subject_of(user, client))


def is_pairwise(client: Client) -> bool:
    """Whether people have another `sub` for it than elsewhere."""
    return client.details.get("subject_type") == PAIRWISE


def sector_of(client: Client) -> str:
    """The host of its sector_identifier_uri, else of its redirect URIs.

    Without either it is a sector of its own: a program on the person's device shares `127.0.0.1` with all others. So is
    whoever gets tokens in another way too, by a device code or at an address on the device: to name a host proves
    nothing, only that its answers go there does.
    """
    uri = client.details.get("sector_identifier_uri")
    hosts = [_host(uri)] if uri else hosts_of(client.redirect_uris)
    elsewhere = not uri and any(redirect_uri.kind(one) != "web" for one in client.redirect_uris)
    proves = client.redirect_uris and not elsewhere and device.GRANT_TYPE not in client.grant_types
    return hosts[0] if proves and len(hosts) == 1 else f"client {client.client_id}"


def hosts_of(uris: tuple[str, ...]) -> list[str]:
    """The web hosts that these lead to, each once."""
    return list(dict.fromkeys(_host(uri) for uri in uris if redirect_uri.kind(uri) == "web"))


def _as_seen(kind: str, value: str, client: Client) -> str:
    return opaque.digest(kind, f"{sector_of(client)}\0{value}") if is_pairwise(client) else value


def _host(uri: str) -> str:
    return (urlsplit(uri).hostname or "").lower()
