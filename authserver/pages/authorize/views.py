"""`/authorize`: validate all, store, ask for the next step, answer the client (decisions 8 and 12)."""

from urllib.parse import quote, urlencode

from flask import Blueprint, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.browser import csrf, headers, identity, transaction, typed
from authserver.browser.refusals import Stale
from authserver.models import authorization_requests
from authserver.models.clients import Client
from authserver.oauth import (
    approval,
    authorization,
    authorization_response,
    interaction,
    pushed_request,
    response_modes,
    restart,
)
from authserver.oauth.approval import AlreadyAnswered
from authserver.oauth.authorization import RejectedRequest, UnsafeRequest
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.authorization_response import AuthorizationResponse
from authserver.oauth.errors import AccessDeniedError, Cause, InvalidRequestError, OAuth2Error, cause_of
from authserver.oauth.interaction import Progress, Step
from authserver.oauth.pushed_request import Reference
from authserver.oauth.request import CHECK, FORM, Parameters, parse
from authserver.oauth.restart import Standing
from authserver.oauth.server import AuthorizationServer
from authserver.pages.authorize import stale, unsafe
from authserver.pages.authorize.forms import RequestForm
from authserver.traces import of_client, of_user

blueprint = Blueprint("authorize", __name__)
LONGEST_URL = 6000
SAFE_IN_QUERY = "%&=+;:@!$'()*,/?-._~"
#: A request may be kept open for so many times its usual life (WCAG 2.2.1: at least ten times).
LONGEST_OPEN = 12
CANCELLED = Cause("sign_in_cancelled", "Session", "The person went back instead of signing in.")


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
        cause = Cause("body_not_a_form", CHECK, expected=FORM, received=request.mimetype)
        return unsafe.page(UnsafeRequest(f"Send the parameters as {FORM}.", cause))
    body = request.get_data(cache=True)
    if identity.is_known_browser():
        return _begin(body)
    if len(body) > LONGEST_URL:
        return _begin(body, here=False)
    try:
        _parsed(body)
    except UnsafeRequest as error:
        return unsafe.page(error)
    return "", 303, {"Location": f"/authorize?{quote(body, safe=SAFE_IN_QUERY)}"}


@blueprint.post("/authorize/again")
@csrf.checked_by_form
def begin_again() -> ResponseReturnValue:
    """Start the request of a stale page anew, for this browser, with the same checks as any new one."""
    headers.within_authorization()
    form, server = RequestForm(), _server()
    found = transaction.remains(form.req.data or "") if form.validate() else None
    if found is None:
        raise Stale
    typed.keep(form.username.data)
    if found.standing is Standing.OPEN:  # a second click, or another tab was faster
        return redirect(_own_url(form.req.data or ""), 303)
    if not found.restartable:
        raise Stale
    try:
        client, parameters = restart.again(found.request, server.verifier)
    except UnsafeRequest as error:
        return unsafe.page(error)
    except RejectedRequest as rejection:
        return _refuse(rejection)
    if not parameters.pushed:
        return redirect(_own_url(_stored(client, parameters)), 303)
    # A click that comes second finds it open.
    authorization_requests.reopen(found.request, parameters=parameters.as_document(), ttl=server.settings.request_ttl)
    return redirect(_own_url(form.req.data or ""), 303)


@blueprint.post("/authorize/extend")
@csrf.checked_by_form
def keep_open() -> ResponseReturnValue:
    """The person needs longer: half an hour from now. What was typed goes on."""
    headers.within_authorization()
    form = RequestForm()
    stored, ttl = transaction.progress(form.req.data or "").request, _server().settings.request_ttl
    typed.keep(form.username.data)
    if form.validate():
        authorization_requests.extend(stored, until=min(clock.now() + ttl, stored.created_at + LONGEST_OPEN * ttl))
    return redirect(_own_url(form.req.data or ""), 303)


@blueprint.post("/authorize/cancel")
@csrf.checked_by_form
def cancel() -> ResponseReturnValue:
    """The person does not want to sign in: for the application that is the same as a denial."""
    headers.within_authorization()
    form = RequestForm()
    if not form.validate():
        raise Stale
    progress = transaction.progress(form.req.data or "")
    try:
        authorization.check_registered(progress.parameters.redirect_uri, progress.client)
        rejection = approval.reject(progress, AccessDeniedError("The user did not sign in.", CANCELLED))
    except UnsafeRequest as error:
        return unsafe.page(error)
    except AlreadyAnswered:
        raise Stale from None
    return _refuse(rejection)


@blueprint.app_errorhandler(Stale)
def cannot_go_on(_error: Stale) -> ResponseReturnValue:
    """Wherever an authorization turns out to be stale."""
    return stale.page(), 400


def _begin(encoded: bytes, *, here: bool = True) -> ResponseReturnValue:
    """Unless it is `here`, the cookies of the browser have stayed behind, and are not replaced: a GET brings them."""
    server = _server()
    try:
        sent = _parsed(encoded)
        _check_document(sent.first("client_id"))
        if (pushed := pushed_request.reference(sent)) is not None:
            return _resume_pushed(pushed) if here else redirect(_pushed_url(pushed), 303)
        client, parameters = authorization.validate(sent, server.verifier, server.request_objects)
    except UnsafeRequest as error:
        return unsafe.page(error)
    except RejectedRequest as rejection:
        return _refuse(rejection)
    if not here:
        kept = pushed_request.keep(client, parameters)
        return redirect(_pushed_url(Reference(client.client_id, kept.removeprefix(pushed_request.PREFIX))), 303)
    request_id = _stored(client, parameters)
    return redirect(_own_url(request_id), 303) if request.method == "POST" else _resume(request_id)


def _check_document(client_id: str | None) -> None:
    """Our copy of what a client says of itself at its URL, before anything is written."""
    fault = _server().client_documents.fault(client_id, address=request.remote_addr or "")
    if fault is not None:
        raise UnsafeRequest(authorization.UNKNOWN, fault)


def _resume_pushed(pushed: Reference) -> ResponseReturnValue:
    """Claim it for this browser and go on, also when the page is loaded again here; elsewhere it is stale (PR4)."""
    pushed_request.claim(pushed, browser=identity.browser(), ttl=_server().settings.request_ttl)
    try:
        return _resume(pushed.request_id)
    except Stale:
        return stale.page(pushed.request_id), 400


def _stored(client: Client, parameters: AuthorizationParameters) -> str:
    """Keep it for this browser; the id that its pages carry."""
    return authorization_requests.store(
        client_id=client.client_id,
        parameters=parameters.as_document(),
        browser=identity.browser(),
        ttl=_server().settings.request_ttl,
    )


def _parsed(encoded: bytes) -> Parameters:
    try:
        return parse(encoded)
    except InvalidRequestError as error:  # NUL or bad UTF-8: before anything else (decision 9)
        raise UnsafeRequest(error.description, error.cause) from None


def _resume(request_id: str) -> ResponseReturnValue:
    server, progress = _server(), transaction.progress(request_id)
    of_client(progress.client.client_id)
    if progress.user is not None:
        of_user(progress.user.id)
    try:
        authorization.check_registered(progress.parameters.redirect_uri, progress.client)
        step = _next_step(progress)
        if step is not None:
            return redirect(_step_url(step, request_id), 303)
        response = approval.finish(progress, server.settings, server.sealer)
    except UnsafeRequest as error:
        return unsafe.page(error)
    except RejectedRequest as rejection:
        return _refuse(rejection)
    except AlreadyAnswered:
        raise Stale from None
    return _answer(response)


def _next_step(progress: Progress) -> Step | None:
    try:
        return interaction.next_step(progress)
    except OAuth2Error as error:
        raise approval.reject(progress, error) from None


def _refuse(rejection: RejectedRequest) -> ResponseReturnValue:
    """The error on its way to the client."""
    server = _server()
    if (person := identity.user()) is not None:
        of_user(person.id)
    try:
        answer = authorization_response.of_error(rejection.error, rejection.destination, server.settings, server.sealer)
    except OAuth2Error as error:  # it cannot be encrypted as the client wants it
        return unsafe.page(UnsafeRequest(error.description, cause_of(error), client=rejection.destination.client))
    return _answer(answer)


def _answer(response: AuthorizationResponse) -> ResponseReturnValue:
    if response_modes.is_form(response.response_mode):
        fields = list(response.parameters)
        return render_template("authorize/form_post.html", action=response.redirect_uri, fields=fields)
    # Not Flask's `redirect`, which would rewrite the URI: it must reach the client as it was registered.
    return "", 303, {"Location": response.location}


def _step_url(step: Step, request_id: str) -> str:
    separator = "&" if "?" in step.path else "?"
    return f"{step.path}{separator}{urlencode({'req': request_id})}"


def _pushed_url(pushed: Reference) -> str:
    sent = {"client_id": pushed.client_id or "", "request_uri": pushed_request.PREFIX + pushed.request_id}
    return "/authorize?" + urlencode(sent)


def _own_url(request_id: str) -> str:
    return "/authorize?" + urlencode({"req": request_id})


def _server() -> AuthorizationServer:
    server: AuthorizationServer = current_app.extensions["authserver"]
    return server
