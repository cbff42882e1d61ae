"""The gateway: proxies ask here, request by request, whether a call to an API may pass (`docs/gateways.md`).

Any method and any path below are taken, because proxies send those of the call. They may send its query as well
(Envoy does), so with such a path only parameters that narrow are read from the query; all of them can stand in the
path itself instead, where no caller reaches them: `/gateway/auth;scope=read:realms;environment=live`.
"""

import logging
from collections.abc import Iterator

from authserver.limits.headers import headers as rate_headers
from authserver.limits.headers import retry_after
from authserver.models.database import Unavailable
from authserver.oauth import dead_token
from authserver.oauth.admission import Demand, Verdict, demanded, judge, presented
from authserver.oauth.answer import NO_STORE, Answer, problem_answer
from authserver.oauth.binding import HEADER
from authserver.oauth.errors import InsufficientScopeError, OAuth2Error, cause_of
from authserver.oauth.metering import Meter
from authserver.oauth.original_request import original_of
from authserver.oauth.request import Parameters, Request, parse
from authserver.oauth.server import AuthorizationServer
from authserver.oauth.step_up import InsufficientAuthenticationError
from authserver.traces import of_client, refused
from authserver.traces.checks import Checks
from authserver.wire import ANY_METHOD, Endpoint

log = logging.getLogger("authserver.gateway")
PATH = "/gateway/auth"
IN_PATH = PATH + ";{parameters}"
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
UNKNOWN = "The credential cannot be checked at the moment. Try again."
Headers = tuple[tuple[str, str], ...]


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """200 and no body, or a problem; in every answer all of `X-Auth-Request-*`, so that a caller can forge none."""
    demand = Demand()
    try:
        demand = demanded(_parameters(request), by_operator=request.path == PATH or bool(request.variables))
        credential, meter = presented(request.headers), Meter(server.limiter, server.usage)
        original = original_of(request, below=_below(request)) if HEADER in request.headers else None
        verdict = judge(credential, request, original, demand, verifier=server.verifier, meter=meter)
        if credential is not None:
            _note(request, server, verdict, credential.token)
    except OAuth2Error as error:
        verdict = Verdict(error.status_code, error)
    except Unavailable as error:
        log.warning("database unavailable", exc_info=error)
        verdict = Verdict(503)
    return _answer(verdict, demand)


def _note(request: Request, server: AuthorizationServer, verdict: Verdict, token: str) -> None:
    """A refused access token has a trace, for the application that it was issued to; a key belongs to none."""
    error, good = verdict.error, verdict.good
    if error is None:
        return
    with Checks(request.trace_id, "gateway") as noted:
        if good is None:
            refused(error.error, error.description, cause_of(error) or dead_token.why(token, server.verifier))
        elif good.claims["token_use"] == "access_token":
            of_client(good.claims["client_id"])
            refused(error.error, error.description, cause_of(error))
    if noted.is_a_refusal_to_somebody:
        server.traces.note(noted)


def _parameters(request: Request) -> Parameters:
    """Raises invalid_request for NUL and bad UTF-8."""
    if "parameters" not in request.variables:
        return request.query()
    # The server has decoded the path already: a slash inside a value is written %252F there.
    inside = request.variables["parameters"].encode("latin-1", "replace")
    return parse(inside.replace(b"&", b"%26").replace(b";", b"&"))


def _below(request: Request) -> str:
    """The path of the call, where the proxy appends it to ours."""
    own = PATH if not request.variables else f"{PATH};{request.variables['parameters']}"
    return request.path.removeprefix(own)


def _answer(verdict: Verdict, demand: Demand) -> Answer:
    headers = (*identity_headers(verdict), *_limits(verdict))
    if verdict.status == 200:
        return Answer(200, (*NO_STORE, *headers), b"")
    if verdict.status == 429:
        return _over_limit(verdict, demand.limit_status, headers)
    error = verdict.error
    if error is None:
        return problem_answer(verdict.status, UNKNOWN, headers=headers)
    challenge = tuple(pair for pair in error.get_headers() if pair[0] == "WWW-Authenticate")
    named = {"error": error.error} if challenge and 'error="' in challenge[0][1] else {}
    if isinstance(error, InsufficientScopeError):
        named["scope"] = error.scope
    if isinstance(error, InsufficientAuthenticationError):
        named |= error.demanded.parameters()
    return problem_answer(verdict.status, error.description, headers=(*headers, *challenge), **named)


def _over_limit(verdict: Verdict, status: int, headers: Headers) -> Answer:
    """429, or the 403 that stands in for it where a proxy can pass no other refusal (nginx)."""
    assert verdict.allowance is not None  # it is what says so
    return problem_answer(
        status,
        f"All {verdict.allowance.limit} requests of this window are used. Retry-After tells when the next one begins.",
        title="Request quota exceeded",
        type_=QUOTA_EXCEEDED,
        headers=(*headers, retry_after(verdict.allowance)),
        **{"violated-policies": [verdict.tier]},
    )


def identity_headers(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Who calls, as oauth2-proxy names it; empty where unknown."""
    claims = verdict.good.claims if verdict.good else {}
    values = {
        "User": claims.get("sub"),
        "Preferred-Username": claims.get("username"),
        "Email": verdict.good.email if verdict.good else None,
        "Client-Id": claims.get("client_id"),
        "Scopes": claims.get("scope"),
        "Key-Id": claims.get("key_id"),
        "Environment": claims.get("environment"),
        "Tier": verdict.tier,
        "Status": verdict.status,
    }
    for name, value in values.items():
        yield f"X-Auth-Request-{name}", _text(value)


def _limits(verdict: Verdict) -> Headers:
    return tuple(rate_headers(verdict.tier, verdict.allowance)) if verdict.allowance else ()


def _text(value: object) -> str:
    """A value as a header may hold it: UTF-8, each byte as one character, without control characters."""
    shown = "" if value is None else str(value)
    return "".join(character for character in shown if character.isprintable()).encode().decode("latin-1")


ENDPOINTS = [
    Endpoint("", path, ANY_METHOD, respond, body_limit=None, below=True, problems=True) for path in (PATH, IN_PATH)
]
