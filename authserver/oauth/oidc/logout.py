"""What an application asks for when it signs somebody out (OpenID Connect RP-Initiated Logout 1.0, section 2)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from authserver.keyring.keyring import Keyring
from authserver.models import clients
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth.oidc import subject
from authserver.oauth.oidc.id_token import read_hint
from authserver.oauth.request import Parameters

LONGEST = 4096  # of state


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """`sub` is whom a good hint names: without it nobody has proved anything, and the person is asked.

    `target` is where to go afterwards, with `state`; only ever a URI that the client has registered, letter by letter.
    """

    client: Client | None = None
    sub: str | None = None
    redirect_uri: str | None = None
    state: str | None = None

    def names(self, user: User) -> bool:
        """Whether a good hint names this person."""
        if self.sub is None or self.client is None:
            return self.sub == user.id
        return subject.is_named(user, self.sub, client=self.client)

    @property
    def target(self) -> str | None:
        if self.redirect_uri is None or self.state is None:
            return self.redirect_uri
        separator = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{separator}{urlencode({'state': self.state})}"


def read(parameters: Parameters, *, issuer: str, keyring: Keyring) -> LogoutRequest:
    """The request as far as it can be believed.

    One that contradicts itself is believed in nothing: section 4 forbids to redirect then, and asking harms nobody.
    `logout_hint` proves nothing, so it does not count; `ui_locales` is the page's.
    """
    if parameters.repeated():
        return LogoutRequest()
    hint, client_id = parameters.first("id_token_hint"), parameters.first("client_id")
    sub = None
    if hint is not None:
        claims = read_hint(hint, issuer=issuer, keyring=keyring)  # expired ones too, as section 2 wants it
        if claims is None or client_id not in (None, claims.get("aud")):
            return LogoutRequest()
        client_id, sub = str(claims.get("aud")), str(claims.get("sub"))
    client = clients.find(client_id) if client_id is not None else None
    if client is None or not client.enabled:
        return LogoutRequest(sub=sub)
    uri, state = parameters.first("post_logout_redirect_uri"), parameters.first("state")
    if uri not in client.post_logout_redirect_uris:
        return LogoutRequest(client, sub)
    return LogoutRequest(client, sub, uri, state if state is None or len(state) <= LONGEST else None)
