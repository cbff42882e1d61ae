"""`/authorize`: validate all, store, ask for the next step, answer the client (decisions 8 and 12)."""

from urllib.parse import quote, urlencode

from flask import Blueprint, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser import csrf, headers, identity, transaction
from authserver.browser.refusals import Stale
from authserver.models import authorization_requests
from authserver.oauth import approval, authorization, interaction
from authserver.oauth.approval import AlreadyAnswered, AuthorizationResponse
from authserver.oauth.authorization import RejectedRequest, UnsafeRequest
from authserver.oauth.errors import InvalidRequestError, OAuth2Error
from authserver.oauth.interaction import Progress, Step
from authserver.oauth.request import FORM, Parameters, parse
from authserver.oauth.server import AuthorizationServer

blueprint = Blueprint("authorize", __name__)
LONGEST_URL = 6000
SAFE_IN_QUERY = "%&=+;:@!$'()*,/?-._~"


@blueprint.get("/authorize")
def begin() -> ResponseReturnValue:
    """A new request from a client, or `?req=`: the way back from a step."""
    headers.within_authorization()
    request_id = request.args.get("req")
    return _resume(request_id) if request_id is not None else _begin(request.query_string)


@blueprint.post("/authorize")
@csrf.from_other_sites
def begin_by_post() -> ResponseReturnValue:
    """The same parameters in a form (OpenID Connect Core section 3.1.2.1).

    Posted from another site it comes without our cookies; the way then goes on by a GET of our own, which has them.
    """
    headers.within_authorization()
    if request.mimetype != FORM:
        return _unsafe(UnsafeRequest(f"Send the parameters as {FORM}."))
    body = request.get_data(cache=True)
    if identity.is_known_browser() or len(body) > LONGEST_URL:
        return _begin(body)
    try:
        _parsed(body)
    except UnsafeRequest as error:
        return _unsafe(error)
    return "", 303, {"Location": f"/authorize?{quote(body, safe=SAFE_IN_QUERY)}"}


def _begin(encoded: bytes) -> ResponseReturnValue:
    server = _server()
    try:
        client, parameters = authorization.validate(_parsed(encoded), server.verifier)
    except UnsafeRequest as error:
        return _unsafe(error)
    except RejectedRequest as rejection:
        return _answer(approval.error_response(rejection, server.settings))
    request_id = authorization_requests.store(
        client_id=client.client_id,
        parameters=parameters.as_document(),
        browser=identity.browser(),
        ttl=server.settings.request_ttl,
    )
    return redirect(_own_url(request_id), 303) if request.method == "POST" else _resume(request_id)


def _parsed(encoded: bytes) -> Parameters:
    try:
        return parse(encoded)
    except InvalidRequestError as error:  # NUL or bad UTF-8: before anything else (decision 9)
        raise UnsafeRequest(error.description) from None


def _resume(request_id: str) -> ResponseReturnValue:
    server, progress = _server(), transaction.progress(request_id)
    try:
        step = _next_step(progress)
        if step is not None:
            return redirect(_step_url(step, request_id), 303)
        response = approval.finish(progress, server.settings)
    except RejectedRequest as rejection:
        response = approval.error_response(rejection, server.settings)
    except AlreadyAnswered:
        raise Stale from None
    return _answer(response)


def _next_step(progress: Progress) -> Step | None:
    try:
        return interaction.next_step(progress)
    except OAuth2Error as error:
        raise approval.reject(progress, error) from None


def _answer(response: AuthorizationResponse) -> ResponseReturnValue:
    if response.response_mode == "form_post":
        fields = list(response.parameters)
        return render_template("authorize/form_post.html", action=response.redirect_uri, fields=fields)
    # Not Flask's `redirect`, which would rewrite the URI: it must reach the client as it was registered.
    return "", 303, {"Location": response.location}


def _unsafe(error: UnsafeRequest) -> ResponseReturnValue:
    """An error that must not be redirected. Registered URIs are shown to the owner of the application only."""
    person, client = identity.user(), error.client
    developer = person is not None and client is not None and (person.is_admin or client.owner_id == person.id)
    page = render_template(
        "errors/authorize.html",
        error="invalid_request",
        cause=error.cause,
        trace_id=request.environ.get("authserver.trace_id", ""),
        client_name=client.name if client else None,
        requested_uri=error.requested_uri,
        developer=developer,
        registered_uris=client.redirect_uris if client and developer else (),
        again=_for_developer(error),
    )
    return page, 400


def _for_developer(error: UnsafeRequest) -> str | None:
    """Where the owner of the application sees more, once signed in. What else was sent is not repeated (IJ6)."""
    if error.client is None:
        return None
    sent = [(name, value) for name in ("client_id", "redirect_uri") for value in request.values.getlist(name)]
    return f"/authorize?{urlencode(sent)}"


def _step_url(step: Step, request_id: str) -> str:
    separator = "&" if "?" in step.path else "?"
    return f"{step.path}{separator}{urlencode({'req': request_id})}"


def _own_url(request_id: str) -> str:
    return "/authorize?" + urlencode({"req": request_id})


def _server() -> AuthorizationServer:
    server: AuthorizationServer = current_app.extensions["authserver"]
    return server
