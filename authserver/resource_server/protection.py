"""The decorator that guards views of a Flask application, and what an application needs beside it."""

import functools
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, Response, current_app, g, jsonify, request

from authserver.resource_server import binding, credential, metadata
from authserver.resource_server.access import Access
from authserver.resource_server.binding import Call, Holders
from authserver.resource_server.cache import Cache
from authserver.resource_server.configuration import Configuration
from authserver.resource_server.feed import Feed
from authserver.resource_server.introspection import Authority, AuthorizationServer
from authserver.resource_server.problem import MEDIA_TYPE, Problem
from authserver.resource_server.refusals import (
    InsufficientScope,
    InvalidToken,
    MissingCredential,
    QuotaExceeded,
    Refusal,
)
from authserver.resource_server.step_up import Authentication

log = logging.getLogger("authserver.resource_server")

P = ParamSpec("P")
R = TypeVar("R")
EXTENSION = "authserver.resource_server"
#: Where `flask.g` keeps who asks.
ACCESS = "authserver_resource_server_access"
ANY_SIGN_IN = Authentication()
#: How an application tells the certificate that the caller of the present request has shown at TLS: its DER, or None.
Certificate = Callable[[], bytes | None]
#: RFC 6749 section 3.3.
SCOPE = re.compile(r"[!#-\[\]-~]+")


@dataclass(frozen=True, slots=True)
class _Guard:
    """What one application uses."""

    configuration: Configuration
    authority: Authority
    cache: Cache
    feed: Feed | None
    holders: Holders
    certificate: Certificate | None


class Protection:
    """Guards views; one of it may serve several applications, each with its own configuration.

    With an application and no configuration, the environment decides.
    """

    def __init__(
        self, app: Flask | None = None, configuration: Configuration | None = None, authority: Authority | None = None
    ) -> None:
        self._scopes: set[str] = set()
        if app is not None:
            self.init_app(app, configuration or Configuration.from_environ(), authority)

    def init_app(
        self,
        app: Flask,
        configuration: Configuration,
        authority: Authority | None = None,
        *,
        certificate: Certificate | None = None,
    ) -> None:
        """Answer refusals of this application, add rate headers to its answers, and publish its metadata.

        Without `certificate` nobody passes with a token that is bound to one.
        """
        if EXTENSION in app.extensions:
            raise RuntimeError("the application is protected already")
        chosen = authority or AuthorizationServer(configuration)
        app.extensions[EXTENSION] = _guarding(configuration, chosen, certificate)
        app.register_error_handler(Refusal, _answer)
        app.after_request(_tell_limits)
        app.add_url_rule(metadata.path(configuration.audience), "oauth_protected_resource", self._describe)

    @property
    def scopes(self) -> frozenset[str]:
        """Every scope that some view names."""
        return frozenset(self._scopes)

    @property
    def access(self) -> Access:
        """Who asks, within a guarded view."""
        found = g.get(ACCESS)
        if found is None:
            raise RuntimeError("no credential was demanded in this request")
        return cast(Access, found)

    def requires(
        self,
        *scopes: str,
        anonymous: bool = False,
        cost: int | None = None,
        authentication: Authentication = ANY_SIGN_IN,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Serve a view only to credentials with all of these scopes; without any, to every good credential.

        `anonymous` also serves callers without a credential, counted by their address. `cost` is what a request
        spends: by default 1 when the API is metered and nothing when it is not. `authentication` is what is demanded
        of the sign-in behind the credential (RFC 9470): nobody passes such a view without one.
        """
        self._scopes.update(_checked(scopes, cost))

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            @functools.wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
                self.demand(*scopes, anonymous=anonymous, cost=cost, authentication=authentication)
                return cast(R, current_app.ensure_sync(view)(*args, **kwargs))

            return guarded

        return decorate

    def demand(
        self,
        *scopes: str,
        anonymous: bool = False,
        cost: int | None = None,
        authentication: Authentication = ANY_SIGN_IN,
    ) -> Access:
        """The same as a call, for `before_request` and for rights that follow from the data. Raises Refusal.

        However often it is called in one request, the authorization server is asked once, and the first call spends.
        """
        access: Access | None = g.get(ACCESS)
        if access is None:
            access = _recognised(_guard(), anonymous=anonymous, cost=cost)
            setattr(g, ACCESS, access)
        if access.anonymous:
            if not anonymous or authentication != ANY_SIGN_IN:
                raise MissingCredential()
        elif not access.scopes.issuperset(scopes):
            raise InsufficientScope(scopes, access.scopes)
        else:
            authentication.check(access, now=int(time.time()))
        if access.rate_limit is not None and access.rate_limit.exceeded:
            raise QuotaExceeded(access.rate_limit)
        return access

    def _describe(self) -> Response:
        """The metadata document, for programs of any origin."""
        guard = _guard()
        bound: dict[str, Any] = {"proofs": binding.algorithms(), "certificates": guard.certificate is not None}
        response = jsonify(metadata.document(guard.configuration, scopes=self._scopes, **bound))
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response


def problem_response(problem: Problem, headers: list[tuple[str, str]] | None = None) -> Response:
    """A problem as an answer, for an application's own errors too."""
    response = Response(problem.body(), problem.status, headers, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _checked(scopes: tuple[str, ...], cost: int | None) -> tuple[str, ...]:
    if bad := [scope for scope in scopes if not isinstance(scope, str) or not SCOPE.fullmatch(scope)]:
        raise ValueError(f"not the name of one scope: {bad[0]!r}")
    if cost is not None and cost < 0:
        raise ValueError("a cost is 0 or more")
    return scopes


def _guarding(configuration: Configuration, authority: Authority, certificate: Certificate | None) -> _Guard:
    entries, longest = configuration.cache_entries, configuration.longest_cache
    cache = Cache(entries=entries, longest=longest, longest_followed=configuration.longest_followed)
    follows = configuration.follow_revocations and isinstance(authority, AuthorizationServer)
    feed = Feed(configuration, cache) if follows else None
    return _Guard(configuration, authority, cache, feed, Holders(), certificate)


def _guard() -> _Guard:
    try:
        return cast(_Guard, current_app.extensions[EXTENSION])
    except KeyError:
        raise RuntimeError("call Protection.init_app(app, configuration) first") from None


def _recognised(guard: _Guard, *, anonymous: bool, cost: int | None) -> Access:
    ip = credential.address_of(request.remote_addr)
    try:
        sent = credential.read(request.headers.get("Authorization"), proof="DPoP" in request.headers)
    except credential.NotUnderstood as error:  # never a call without a credential, whatever the view allows
        raise (InvalidToken() if error.bearer else MissingCredential()) from None
    if sent is None:
        if not anonymous or ip is None:
            raise MissingCredential()
        return guard.authority.count_anonymous(ip)
    access = _asked(guard, sent.token, ip=ip, cost=cost)
    if access is None:
        raise InvalidToken()
    if access.sender_constrained or sent.scheme != "bearer":
        guard.holders.check(access, sent, _call(guard))
    if guard.configuration.audience not in access.audience:
        log.warning("a credential for %s was presented", ", ".join(access.audience) or "nobody")
        raise InvalidToken()
    return access


def _call(guard: _Guard) -> Call:
    url = guard.configuration.own_origin + request.root_path.rstrip("/") + request.path
    certificate = guard.certificate() if guard.certificate is not None else None
    return Call(request.method, url, request.headers.get("DPoP"), certificate)


def _asked(guard: _Guard, token: str, *, ip: str | None, cost: int | None) -> Access | None:
    if cost is None and guard.configuration.metered:
        cost = 1
    if cost:
        return guard.authority.introspect(token, ip=ip, cost=cost)
    feed, cache = guard.feed, guard.cache
    followed = feed is not None and feed.alive
    access = cache.recall(token, ip=ip, followed=followed)
    if access is None:
        mark = cache.mark
        more = {"follows": True} if followed else {}
        access = guard.authority.introspect(token, ip=ip, cost=cost, **more)
        if access is not None:
            cache.remember(token, access, ip=ip, followed=followed, mark=mark)
            if feed is not None and access.cache_ttl:
                feed.begin()
    return access


def _answer(refusal: Refusal) -> Response:
    configuration = _guard().configuration
    place = metadata.url(configuration.audience)
    headers = refusal.headers(realm=configuration.realm, metadata=place, now=int(time.time()))
    return problem_response(refusal.problem(), headers)


def _tell_limits(response: Response) -> Response:
    access: Any = g.get(ACCESS)
    if access is not None:
        response.vary.add("Authorization")
        if access.rate_limit is not None:
            response.headers.update(access.rate_limit.headers(int(time.time())))
    return response
