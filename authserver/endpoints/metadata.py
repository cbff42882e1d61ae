"""Server metadata (RFC 8414, OpenID Connect Discovery section 3), derived from what is switched on."""

from typing import Any

from authserver import languages
from authserver.oauth import client_auth, pkce, scopes
from authserver.oauth.answer import Answer, json_answer
from authserver.oauth.authorization_parameters import PROMPTS, RESPONSE_MODES
from authserver.oauth.grants import GRANT_TYPES
from authserver.oauth.oidc.claims import CLAIMS_SUPPORTED
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.settings import ASYMMETRIC_ALGORITHMS
from authserver.wire import Endpoint

PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
CACHE = (("Cache-Control", "public, max-age=300"),)


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """The same document at both addresses."""
    return json_answer(document(server), headers=CACHE)


def document(server: AuthorizationServer) -> dict[str, Any]:
    """Every member is true of this very server."""
    confidential = [method for method in client_auth.METHODS if method != "none"]
    return {
        "issuer": server.settings.issuer,
        **{name: server.settings.issuer + path for name, path in server.paths.items()},
        "scopes_supported": [scope.name for scope in scopes.known() if not scope.reserved],
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": list(client_auth.METHODS),
        "revocation_endpoint_auth_methods_supported": list(client_auth.METHODS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "code_challenge_methods_supported": list(pkce.METHODS),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", *(alg for alg in ASYMMETRIC_ALGORITHMS if alg != "RS256")],
        "claims_supported": list(CLAIMS_SUPPORTED),
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": list(PROMPTS),
        "acr_values_supported": ["1"],
        "ui_locales_supported": list(languages.OFFERED),
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{server.settings.issuer}/docs",
    }


ENDPOINTS = [Endpoint("", path, ("GET",), respond, cors="any") for path in PATHS]
