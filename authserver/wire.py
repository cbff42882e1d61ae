"""HTTP <-> protocol: reads the request once, finds its lane, turns errors into answers, and makes THE ONE COMMIT.

Machine endpoints are called straight from the WSGI environ; everything else goes to Flask. Both lanes run inside one
unit of work, which is committed here, also when the answer is an OAuth error, and rolled back only on the unexpected
(law 6).
"""

import logging
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from authserver.models.database import Database, Unavailable, retryable
from authserver.models.unit_of_work import UnitOfWork, unit_of_work
from authserver.oauth import cors as origins
from authserver.oauth.answer import Answer, error_answer, json_answer, page_of, problem_answer, problem_of
from authserver.oauth.errors import InvalidRequestError, OAuth2Error
from authserver.oauth.request import HeaderFields, Request
from authserver.oauth.server import AuthorizationServer
from authserver.oauth.waiting import Held, Waiters
from authserver.traces import checks
from authserver.traces.checks import Checks

log = logging.getLogger("authserver.wire")

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]

ANY_METHOD = ("*",)
ATTEMPTS = 3
LONGEST_NUMBER = 18  # digits: Python refuses to read thousands of them
RETRY_AFTER = ("Retry-After", "1")
UNAVAILABLE = "The server cannot answer now. Try again."
DEFECT = "Something went wrong here. Nothing was changed."
_REASONS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class TooLarge(Exception):
    """The body exceeds the limit of the endpoint."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A door for machines. `name` is its member of the metadata document, empty for none.

    A segment `{id}` of the path is any one segment, which the request then names; with `below` the door takes
    everything under its path too.
    """

    name: str
    path: str
    methods: tuple[str, ...]
    respond: Callable[[Request, AuthorizationServer], Answer]
    cors: origins.Rule = "none"
    body_limit: int | None = 65536  # None: the body is not read
    below: bool = False
    problems: bool = False  # errors by RFC 9457, not by RFC 6749
    traced: Literal["all", "refusals", "none"] = "none"


@dataclass(slots=True)
class Doors:
    """The endpoints by path: those without a variable part at once, the others in order."""

    plain: dict[str, Endpoint] = field(default_factory=dict)
    variable: list[tuple[re.Pattern[str], Endpoint]] = field(default_factory=list)

    def add(self, endpoint: Endpoint) -> None:
        if "{" not in endpoint.path and not endpoint.below:
            self.plain[endpoint.path] = endpoint
            return
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(endpoint.path))
        self.variable.append((re.compile(pattern + "(?:/.*)?" * endpoint.below, re.DOTALL), endpoint))

    def find(self, path: str) -> tuple[Endpoint | None, dict[str, str]]:
        """The endpoint, if there is one, and what stands in the variable parts."""
        if (endpoint := self.plain.get(path)) is not None:
            return endpoint, {}
        for pattern, endpoint in self.variable:
            if match := pattern.fullmatch(path):
                return endpoint, match.groupdict()
        return None, {}


class Wire:
    """The WSGI application in front of Flask."""

    def __init__(
        self, app: WsgiApp, *, endpoints: list[Endpoint], server: AuthorizationServer, database: Database
    ) -> None:
        self._app = app
        self._doors = Doors()
        for endpoint in endpoints:
            self._doors.add(endpoint)
        self._server = server
        self._database = database
        self._waiters = Waiters()
        self._issuer = server.settings.issuer
        self._host = urlsplit(self._issuer).netloc
        self._authorize = server.paths["authorization_endpoint"]

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        trace_id = environ["authserver.trace_id"] = secrets.token_hex(8)
        endpoint, variables = self._doors.find(environ.get("PATH_INFO", ""))
        if endpoint is None:
            return self._traced_pages(environ, start_response)
        answer = self._traced(endpoint, environ, variables)
        headers = [*answer.headers, ("Content-Length", str(len(answer.body))), ("X-Request-Id", trace_id)]
        headers.append(("X-Content-Type-Options", "nosniff"))
        start_response(_REASONS[answer.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    # -- machines ---------------------------------------------------------------------------------------------------

    def _traced(self, endpoint: Endpoint, environ: dict[str, Any], variables: Mapping[str, str]) -> Answer:
        if endpoint.traced == "none":
            return self._machine(endpoint, environ, variables)
        with Checks(environ["authserver.trace_id"], endpoint.path[1:]) as noted:
            answer = self._machine(endpoint, environ, variables)
        if noted.secret_id is not None:
            self._server.usage.note_secret(noted.secret_id, address=environ.get("REMOTE_ADDR") or None)
        if endpoint.traced == "all" or noted.is_a_refusal_to_somebody:
            self._server.traces.note(noted)
        return answer

    def _machine(self, endpoint: Endpoint, environ: dict[str, Any], variables: Mapping[str, str]) -> Answer:
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS" and endpoint.cors != "none":
            origin = environ.get("HTTP_ORIGIN", "")
            return self._within_unit(endpoint, lambda: Answer(204, origins.preflight(endpoint.cors, origin), b""))
        if not _takes(endpoint, method):
            allowed = ", ".join(endpoint.methods)
            return self._refusal(endpoint, 405, f"Use {allowed}.", ("Allow", allowed))
        try:
            request = read(environ, variables=variables, limit=endpoint.body_limit)
        except TooLarge:
            return self._refusal(endpoint, 413, f"The body is larger than {endpoint.body_limit} bytes.")
        except InvalidRequestError as error:
            return self._error(endpoint, error)
        answer = self._within_unit(endpoint, lambda: self._respond(endpoint, request))
        if isinstance(answer, Held):  # its unit of work is closed: nothing is kept open while it waits
            leaving = environ.get("authserver.leaving")
            if self._waiters.wait(answer, has_news=self._has_news, leaving=leaving):
                answer = self._within_unit(endpoint, answer.again)
        if endpoint.cors != "none" and "origin" in request.headers:
            readable = self._within_unit(
                endpoint, lambda: Answer(200, origins.allowed(endpoint.cors, request.headers["origin"]), b"")
            )
            return Answer(answer.status, (*answer.headers, *readable.headers), answer.body)
        return answer

    def _within_unit(self, endpoint: Endpoint, respond: Callable[[], Answer]) -> Answer:
        """Run, commit, answer. What the database asks to try again is tried again: endpoints are plain functions."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with unit_of_work(self._database) as unit:
                    answer = respond()
                    unit.commit()
                    return answer
            except Unavailable as error:
                if attempt < ATTEMPTS and retryable(error):
                    checks.again()
                    continue
                log.warning("database unavailable", exc_info=error)
                return self._refusal(endpoint, 503, UNAVAILABLE, RETRY_AFTER, error="temporarily_unavailable")
            except Exception:
                log.exception("unexpected error")
                return self._refusal(endpoint, 500, DEFECT, error="server_error")
        raise AssertionError("unreachable")

    def _has_news(self, held: Held) -> bool:
        try:
            with unit_of_work(self._database):
                return held.news()
        except Unavailable:
            return True  # which the endpoint will say

    def _respond(self, endpoint: Endpoint, request: Request) -> Answer:
        try:
            return endpoint.respond(request, self._server)
        except OAuth2Error as error:
            return self._error(endpoint, error)

    def _error(self, endpoint: Endpoint, error: OAuth2Error) -> Answer:
        return problem_of(error) if endpoint.problems else error_answer(error, issuer=self._issuer)

    def _refusal(
        self, endpoint: Endpoint, status: int, says: str, *headers: tuple[str, str], error: str = "invalid_request"
    ) -> Answer:
        checks.refused(error, says)
        if endpoint.problems:
            return problem_answer(status, says, headers=headers)
        return json_answer(
            {"error": error, "error_description": says, "error_uri": page_of(error, issuer=self._issuer)},
            status=status,
            headers=(("Cache-Control", "no-store"), *headers),
        )

    # -- people -----------------------------------------------------------------------------------------------------

    def _traced_pages(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Requests for authorization leave a trace, also those that are rolled back."""
        path = environ.get("PATH_INFO", "")
        if path != self._authorize and not path.startswith(f"{self._authorize}/"):
            return self._pages(environ, start_response)
        with Checks(environ["authserver.trace_id"], self._authorize.strip("/")) as noted:
            answer = self._pages(environ, start_response)
        if noted.list or noted.error is not None:
            self._server.traces.note(noted)
        return answer

    def _pages(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Flask's answer, held back until the commit has succeeded (decision 1).

        It never sees the host that was asked, which anybody can choose: our own is that of the settings (IJ1).
        """
        environ = {**environ, "HTTP_HOST": self._host}
        held: list[Any] = []

        def hold(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
            held[:] = [status, headers]
            return _ignore

        with unit_of_work(self._database) as unit:
            body = self._app(environ, hold)
            try:
                content = b"".join(body)
            finally:
                if hasattr(body, "close"):
                    body.close()
            status, headers = self._settle(unit, environ, held)
        if not held:
            content = UNAVAILABLE.encode()
        start_response(status, [*headers, ("X-Request-Id", environ["authserver.trace_id"])])
        return [content]

    def _settle(self, unit: UnitOfWork, environ: dict[str, Any], held: list[Any]) -> tuple[str, Headers]:
        """Commit, or roll back when Flask met the unexpected. A failed commit empties `held`: nothing of it is true."""
        if environ.get("authserver.rollback"):
            unit.rollback()
            checks.refused("server_error", DEFECT)
        else:
            try:
                unit.commit()
            except Unavailable as error:
                log.warning("commit failed", exc_info=error)
                held.clear()
                checks.refused("temporarily_unavailable", UNAVAILABLE)
                plain = ("Content-Type", "text/plain; charset=utf-8")
                return _REASONS[503], [plain, RETRY_AFTER, ("Cache-Control", "no-store")]
        return held[0], held[1]


def _takes(endpoint: Endpoint, method: str) -> bool:
    if endpoint.methods == ANY_METHOD or method in endpoint.methods:
        return True
    return method == "HEAD" and "GET" in endpoint.methods


def read(environ: dict[str, Any], *, variables: Mapping[str, str], limit: int | None) -> Request:
    """The request as the protocol sees it. Raises TooLarge, invalid_request."""
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", ""),
        headers=HeaderFields(environ),
        query_string=environ.get("QUERY_STRING", "").encode("latin-1", "replace"),
        body=b"" if limit is None else _body(environ, limit),
        address=environ.get("REMOTE_ADDR") or "",
        trace_id=environ["authserver.trace_id"],
        variables=variables,
        certificate=environ.get("authserver.client_certificate", ""),
        scheme=environ.get("wsgi.url_scheme", ""),
    )


def _body(environ: dict[str, Any], limit: int) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit()):
        raise InvalidRequestError("Content-Length is not a number.")
    if len(length) > LONGEST_NUMBER or (length and int(length) > limit):
        raise TooLarge
    if environ["REQUEST_METHOD"] in {"GET", "HEAD"} or (not length and "HTTP_TRANSFER_ENCODING" not in environ):
        return b""
    body: bytes = environ["wsgi.input"].read(int(length) if length else limit + 1)
    if len(body) > limit:
        raise TooLarge
    return body


def _ignore(_data: bytes) -> None:
    """PEP 3333's `write`, which no application here uses."""
