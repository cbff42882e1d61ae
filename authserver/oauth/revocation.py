"""Revocation (RFC 7009): the same list as introspection, the other verb."""

from authserver.oauth.credentials import CREDENTIALS
from authserver.oauth.credentials.credential import CHECK
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.traces import passed


def revoke(request: Request, server: AuthorizationServer) -> None:
    """End a token of the client that asks. An unknown one is no error; token_type_hint is not needed.

    Raises invalid_client, invalid_request, invalid_grant (another client's token), unsupported_token_type.
    """
    parameters = request.form()
    client = server.client_of(request, parameters)
    token = parameters.required("token")
    for kind in CREDENTIALS:
        if kind.recognises(token):
            kind.revoke(token, client, server.verifier)
    passed(CHECK, "It is not good any more; one that never was is no error.")
