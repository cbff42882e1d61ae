"""Whatever else stands under `/v1`: nothing, said in the words of programs (AD8)."""

from authserver.oauth.answer import Answer
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.rest.problems import absent

PATH = "/v1"


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """404, for every method."""
    return absent().answer()
