"""What an authorization request asks for, parameter by parameter (RFC 6749 section 4.1.1, OpenID Connect Core)."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from authserver.models.clients import Client
from authserver.oauth import acr, authorization_details, pkce, resources, response_modes, scopes
from authserver.oauth.authorization_details import Detail
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.errors import (
    Cause,
    InvalidRequestError,
    UnauthorizedClientError,
    UnsupportedResponseTypeError,
    printable,
)
from authserver.oauth.oidc import requested_claims
from authserver.oauth.oidc.id_token import subject_of_hint
from authserver.oauth.oidc.requested_claims import Wanted
from authserver.oauth.request import CHECK, Parameters
from authserver.traces import passed

PROMPTS = ("none", "login", "consent", "select_account")
LONGEST = 4096  # of state and nonce
STATE, SENT = "State", "Sent."
SECRET_IN_URL = "Secret in the address"


@dataclass(frozen=True, slots=True)
class AuthorizationParameters:
    """What was asked for, validated. `redirect_uri_sent` decides whether redemption must repeat it."""

    redirect_uri: str
    redirect_uri_sent: bool
    scope: tuple[str, ...]
    state: str | None
    nonce: str | None
    code_challenge: str | None
    response_mode: str
    prompt: tuple[str, ...]
    max_age: int | None
    login_hint: str | None
    hinted_sub: str | None
    ui_locales: str | None
    resource: tuple[str, ...]
    dpop_jkt: str | None = None  # thumbprint of the key that the code is bound to (RFC 9449 section 10)
    pushed: bool = False  # whether it came by the back channel (RFC 9126)
    acr_values: tuple[str, ...] = ()
    claims: dict[str, Wanted] = field(default_factory=dict)  # by place (OpenID Connect Core section 5.5)
    authorization_details: tuple[Detail, ...] = ()  # RFC 9396

    def as_document(self) -> dict[str, Any]:
        """For the stored request."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "AuthorizationParameters":
        """What `as_document` kept."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
        }
        return cls(**values)


def read(parameters: Parameters, client: Client, target: str, verifier: Verifier) -> AuthorizationParameters:
    """Everything but the client and its redirect URI, which are known good. Raises an OAuth2Error for the client."""
    _response_type(parameters, client)
    challenge = _code_challenge(parameters, client)
    details = authorization_details.read(parameters.first("authorization_details"), client)
    scope = _scope(parameters, client, default=not details)
    # The parameter belongs to OpenID Connect: without that scope it is unknown, so ignored.
    claims = requested_claims.read(parameters.first("claims") if "openid" in scope else None, client)
    return AuthorizationParameters(
        redirect_uri=target,
        redirect_uri_sent="redirect_uri" in parameters,
        code_challenge=challenge,
        scope=scope,
        state=_state(parameters),
        nonce=_short(parameters, "nonce"),
        response_mode=response_modes.asked(parameters),
        prompt=_prompt(parameters),
        max_age=_max_age(parameters, client),
        login_hint=(parameters.first("login_hint") or "")[:254] or None,
        hinted_sub=_hinted_sub(parameters, client, verifier),
        ui_locales=(parameters.first("ui_locales") or "")[:100] or None,
        resource=resources.check_known(parameters.every("resource")),
        dpop_jkt=_dpop_jkt(parameters),
        acr_values=_acr_values(parameters, claims, client),
        claims=claims,
        authorization_details=details,
    )


def _response_type(parameters: Parameters, client: Client) -> None:
    asked = parameters.required("response_type")
    if asked != "code":
        cause = Cause("response_type", "Response type", expected="code", received=asked)
        raise UnsupportedResponseTypeError("The only response type is code.", cause)
    if "authorization_code" not in client.grant_types:
        cause = Cause("code_flow_not_registered", "Response type", received=", ".join(client.grant_types))
        raise UnauthorizedClientError("The client is not registered for the code flow.", cause)
    passed("Response type", "code")


def _scope(parameters: Parameters, client: Client, *, default: bool) -> tuple[str, ...]:
    """What is asked for by scope: nothing where details say it all and no scope was sent (RFC 9396 section 3)."""
    text = parameters.first("scope")
    return scopes.asked(text, client) if default or text is not None else ()


def _acr_values(parameters: Parameters, claims: dict[str, Wanted], client: Client) -> tuple[str, ...]:
    """The wanted levels: those of the claims parameter, else of acr_values, else those that the client registered."""
    wanted = requested_claims.values_of(claims, "acr") or acr.split(parameters.first("acr_values"))
    wanted = wanted or tuple(client.details.get("default_acr_values", ()))
    if wanted:
        passed(acr.CHECK, f"Asked for {printable(' '.join(wanted), 200)}; here is {' '.join(acr.LEVELS)}.")
    return wanted


def _state(parameters: Parameters) -> str | None:
    """What protects the client against answers to requests of others (RFC 6749 section 10.12)."""
    state = _short(parameters, "state")
    passed(STATE, SENT if state else "Not sent: the client cannot tell this answer from one to somebody else.")
    if "client_secret" in parameters:  # ignored, as all that is unknown here, but its owner should know
        passed(SECRET_IN_URL, "client_secret has no place here: addresses end up in logs (RFC 6749 section 2.3.1).")
    return state


def _code_challenge(parameters: Parameters, client: Client) -> str | None:
    challenge, method = parameters.first("code_challenge"), parameters.first("code_challenge_method")
    if challenge is None:
        if client.require_pkce or client.public or method is not None:
            says = "code_challenge is missing: this client must use PKCE (RFC 7636) with S256."
            raise InvalidRequestError(says, Cause("pkce_missing", pkce.CHECK))
        passed(pkce.CHECK, "Not used; this client may leave it out.")
        return None
    if method not in pkce.METHODS:
        # With the method plain the challenge is the secret itself: it is not repeated anywhere.
        cause = Cause("pkce_method", pkce.CHECK, expected="S256", received=method or "none, which means plain")
        raise InvalidRequestError("code_challenge_method must be S256.", cause)
    if not pkce.is_challenge(challenge):
        cause = Cause("pkce_challenge", pkce.CHECK, expected="43 characters", received=f"{len(challenge)} characters")
        raise InvalidRequestError("code_challenge must be the base64url of a SHA-256: 43 characters.", cause)
    passed(pkce.CHECK, "S256")
    return challenge


def _prompt(parameters: Parameters) -> tuple[str, ...]:
    prompts = tuple(dict.fromkeys((parameters.first("prompt") or "").split()))
    if unknown := [name for name in prompts if name not in PROMPTS]:
        cause = Cause("prompt_unknown", "Prompt", expected=" ".join(PROMPTS), received=unknown[0])
        raise InvalidRequestError(f"The prompt {printable(unknown[0], 40)} is not supported.", cause)
    if "none" in prompts and len(prompts) > 1:
        cause = Cause("prompt_none", "Prompt", expected="none", received=" ".join(prompts))
        raise InvalidRequestError("prompt=none goes with no other prompt.", cause)
    if prompts:
        passed("Prompt", " ".join(prompts))
    return prompts


def _max_age(parameters: Parameters, client: Client) -> int | None:
    text = parameters.first("max_age")
    if text is None:
        age = client.details.get("default_max_age")
        return age if isinstance(age, int) else None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidRequestError("max_age must be a number of seconds.", Cause("max_age", CHECK, received=text))
    return int(text)


def _hinted_sub(parameters: Parameters, client: Client, verifier: Verifier) -> str | None:
    hint = parameters.first("id_token_hint")
    if hint is None:
        return None
    sub = subject_of_hint(hint, issuer=verifier.issuer, client_id=client.client_id, keyring=verifier.keyring)
    if sub is None:
        cause = Cause("id_token_hint", CHECK)
        raise InvalidRequestError("id_token_hint is not an ID token of this server for this client.", cause)
    return sub


def _dpop_jkt(parameters: Parameters) -> str | None:
    jkt = parameters.first("dpop_jkt")
    if jkt is not None and not re.fullmatch(r"[A-Za-z0-9_-]{43}", jkt):
        cause = Cause("dpop_jkt", CHECK, expected="43 characters", received=f"{len(jkt)} characters")
        raise InvalidRequestError("dpop_jkt must be the base64url of a SHA-256: 43 characters.", cause)
    return jkt


def _short(parameters: Parameters, name: str) -> str | None:
    value = parameters.first(name)
    if value is not None and len(value) > LONGEST:
        cause = Cause("too_long", CHECK, expected=f"at most {LONGEST}", received=str(len(value)))
        raise InvalidRequestError(f"{name} is longer than {LONGEST} characters.", cause)
    return value
