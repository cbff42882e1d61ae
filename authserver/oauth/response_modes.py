"""How the answer of an authorization travels (OAuth 2.0 Form Post Response Mode; JARM section 2.3).

A mode that ends in `.jwt` carries one signed parameter instead of many plain ones. Nothing is ever answered in a
fragment: with a code there is no reason to, and scripts of other origins may read it.
"""

from authserver.oauth.errors import Cause, InvalidRequestError
from authserver.oauth.request import CHECK, Parameters

FORM_POST = "form_post"
SIGNED = ".jwt"
#: `jwt` is the default of the response type code, which is `query.jwt` (JARM section 2.3.4).
DEFAULTS = {"jwt": "query.jwt"}
RESPONSE_MODES = ("query", FORM_POST, "query.jwt", "form_post.jwt", "jwt")


def asked(parameters: Parameters) -> str:
    """The mode that the client wants. Raises invalid_request."""
    mode = parameters.first("response_mode") or "query"
    if mode not in RESPONSE_MODES:
        cause = Cause("response_mode", CHECK, expected=" or ".join(RESPONSE_MODES), received=mode)
        raise InvalidRequestError("response_mode must be query, form_post, jwt, query.jwt or form_post.jwt.", cause)
    return DEFAULTS.get(mode, mode)


def for_errors(parameters: Parameters) -> str:
    """The mode in which this client learns that something was wrong, perhaps the mode itself."""
    mode = parameters.first("response_mode") or "query"
    return DEFAULTS.get(mode, mode) if mode in RESPONSE_MODES else "query"


def is_form(mode: str) -> bool:
    """Whether the browser posts the answer."""
    return mode.startswith(FORM_POST)


def is_signed(mode: str) -> bool:
    """Whether the answer is one JWT."""
    return mode.endswith(SIGNED)
