"""The answer to the client at its redirect URI (RFC 6749 section 4.1.2, RFC 9207), plain or as one JWT (JARM)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from authserver import clock
from authserver.models.clients import Client
from authserver.oauth import response_modes
from authserver.oauth.answer import error_uri
from authserver.oauth.errors import OAuth2Error
from authserver.oauth.sealing import Sealer
from authserver.settings import Settings

LIFETIME = 600  # seconds for which a signed answer may be believed (JARM section 2.1)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the answer goes, in the response mode that was asked for, and the state that goes back."""

    client: Client
    redirect_uri: str
    response_mode: str
    state: str | None


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """What goes to the client's redirect URI."""

    redirect_uri: str
    response_mode: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def location(self) -> str:
        """The redirect URI with the parameters in its query."""
        separator = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{separator}{urlencode(self.parameters)}"


def compose(to: Destination, settings: Settings, sealer: Sealer, **parameters: str) -> AuthorizationResponse:
    """The answer with these parameters. Raises invalid_request when it cannot be encrypted as the client wants it."""
    if to.state is not None:
        parameters["state"] = to.state
    # RFC 9207: every answer names its issuer, so that a client of several servers cannot be confused.
    parameters["iss"] = settings.issuer
    if not response_modes.is_signed(to.response_mode):
        return AuthorizationResponse(to.redirect_uri, to.response_mode, tuple(parameters.items()))
    claims = {**parameters, "aud": to.client.client_id, "exp": clock.now() + LIFETIME}
    alg = to.client.details.get("authorization_signed_response_alg", "RS256")
    response = sealer.seal(claims, to.client, answer="authorization", typ="JWT", alg=alg)
    return AuthorizationResponse(to.redirect_uri, to.response_mode, (("response", response),))


def of_error(error: OAuth2Error, to: Destination, settings: Settings, sealer: Sealer) -> AuthorizationResponse:
    """The error as the client gets it. Raises what `compose` raises."""
    details = {"error": error.error}
    if error.description:
        details["error_description"] = error.description
    details["error_uri"] = error_uri(error, issuer=settings.issuer)
    return compose(to, settings, sealer, **details)
