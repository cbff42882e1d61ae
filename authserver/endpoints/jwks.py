"""The JSON Web Key Set (RFC 7517)."""

from authserver.oauth.answer import Answer, json_answer
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """The public keys, the coming ones included."""
    headers = (("Cache-Control", f"public, max-age={server.settings.jwks_max_age}"),)
    return json_answer({"keys": server.keyring.published()}, headers=headers)


ENDPOINT = Endpoint("jwks_uri", "/.well-known/jwks.json", ("GET",), respond, cors="any")
