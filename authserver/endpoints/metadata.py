"""Server metadata (RFC 8414, OpenID Connect Discovery section 3), derived from what is switched on."""

from typing import Any

from authserver import languages
from authserver.oauth import (
    acr,
    authorization_details,
    binding,
    client_auth,
    client_jwt,
    pkce,
    request_object,
    scopes,
    sealing,
)
from authserver.oauth.answer import Answer, json_answer
from authserver.oauth.authorization_parameters import PROMPTS
from authserver.oauth.grants import GRANT_TYPES
from authserver.oauth.oidc import subject
from authserver.oauth.oidc.claims import CLAIMS_SUPPORTED
from authserver.oauth.request import Request
from authserver.oauth.response_modes import RESPONSE_MODES
from authserver.oauth.server import AuthorizationServer
from authserver.settings import ASYMMETRIC_ALGORITHMS
from authserver.wire import Endpoint

PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
_REQUESTS = {
    "request_parameter_supported": True,
    "request_uri_parameter_supported": True,
    "require_request_uri_registration": True,
    "request_object_signing_alg_values_supported": list(request_object.SIGNATURES),
    "require_signed_request_object": False,
    "require_pushed_authorization_requests": False,
}
CACHE = (("Cache-Control", "public, max-age=300"),)


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """The same document at both addresses."""
    return json_answer(document(server), headers=CACHE)


def document(server: AuthorizationServer) -> dict[str, Any]:
    """Every member is true of this very server."""
    methods = client_auth.methods(mutual_tls=server.settings.trusted_proxies > 0)
    confidential = [method for method in methods if method != "none"]
    algorithms = list(client_jwt.ALGORITHMS)  # of assertions
    return {
        "issuer": server.settings.issuer,
        **{name: server.settings.issuer + path for name, path in server.paths.items() if _is_open(name, server)},
        "scopes_supported": [scope.name for scope in scopes.known() if not scope.reserved],
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": list(pkce.METHODS),
        "subject_types_supported": list(subject.TYPES),
        **_answers(),
        "claims_supported": list(CLAIMS_SUPPORTED),
        "claims_parameter_supported": True,
        **_REQUESTS,
        "prompt_values_supported": list(PROMPTS),
        "acr_values_supported": list(acr.LEVELS),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "ui_locales_supported": list(languages.OFFERED),
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": server.client_documents.welcome,
        **_bindings(server),
        **_details_supported(),
        "service_documentation": f"{server.settings.issuer}/docs",
    }


def _bindings(server: AuthorizationServer) -> dict[str, Any]:
    """What tokens can be bound to; a certificate arrives by a trusted proxy only."""
    return {
        "dpop_signing_alg_values_supported": list(binding.ALGORITHMS),
        "tls_client_certificate_bound_access_tokens": server.settings.trusted_proxies > 0,
    }


def _is_open(name: str, server: AuthorizationServer) -> bool:
    """Whether anybody may use it: nobody registers where that is closed."""
    return name != "registration_endpoint" or server.settings.registration != "closed"


def _answers() -> dict[str, list[str]]:
    """How answers can be signed and encrypted; RS256 first, as every client must know it."""
    kinds = ("id_token", "userinfo", "introspection", "authorization")
    return {name: values for answer in kinds for name, values in _algorithms(answer).items()}


def _algorithms(answer: str) -> dict[str, list[str]]:
    return {
        f"{answer}_signing_alg_values_supported": sorted(ASYMMETRIC_ALGORITHMS, key=lambda alg: alg != "RS256"),
        f"{answer}_encryption_alg_values_supported": list(sealing.ALGORITHMS),
        f"{answer}_encryption_enc_values_supported": list(sealing.ENCRYPTIONS),
    }


def _details_supported() -> dict[str, Any]:
    """RFC 9396 section 10; without a type it is left out, as RFC 8414 section 3.2 wants it of empty lists."""
    types = authorization_details.types()
    return {"authorization_details_types_supported": types} if types else {}


ENDPOINTS = [Endpoint("", path, ("GET",), respond, cors="any") for path in PATHS]
