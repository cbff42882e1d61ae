"""The error page of a request that must not be answered by a redirect: little for everybody, more for the owner."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser import identity
from authserver.languages import gettext, lazy
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import redirect_difference
from authserver.oauth.authorization import UnsafeRequest
from authserver.oauth.redirect_difference import Difference
from authserver.traces import of_user, refused

#: What is said to everybody, for the catalogues; in traces it stays English.
SAID = (
    lazy("The parameter client_id is repeated."),
    lazy("The parameter client_id is missing."),
    lazy("The application is not known here, or has been disabled."),
    lazy("The parameter redirect_uri is repeated."),
    lazy("The parameter redirect_uri is missing."),
    lazy("The redirect URI of the request is not registered for this application."),
    lazy("Send the parameters as application/x-www-form-urlencoded."),
    lazy("The parameter request_uri is repeated."),
    lazy("The request of the application is not known here, or not any more."),
    lazy("The request object of the application is not valid."),
    lazy("request and request_uri exclude each other."),
    lazy("This client may not send a request_uri of its own."),
    lazy("The request_uri is not registered."),
    lazy("Nothing can be read at the request_uri."),
    lazy("This client has registered no keys to sign requests with."),
    lazy("The answer cannot be encrypted: the client's jwks or jwks_uri gives no key that fits."),
)


def page(error: UnsafeRequest) -> ResponseReturnValue:
    """What is registered is shown to the owner of the application and to administrators, to nobody else."""
    person, client = identity.user(), error.client
    refused(error.error, error.says, error.cause)
    if person is not None:
        of_user(person.id)
    developer = _is_developer(person, client)
    trace_id = str(request.environ.get("authserver.trace_id", ""))
    # AZ9: whatever names no application here gets the same page; the switch of languages would repeat what was sent.
    without_switch = {"languages": ()} if client is None else {}
    shown = render_template(
        "errors/authorize.html",
        **without_switch,
        error=error.error,
        cause=gettext(error.says),
        trace_id=trace_id,
        explanation=f"/explain/{trace_id}",
        client_name=client.name if client else None,
        requested_uri=error.requested_uri,
        developer=developer,
        registered_uris=client.redirect_uris if client and developer else (),
        difference=_difference(error) if developer else None,
    )
    return shown, 400


def _is_developer(person: User | None, client: Client | None) -> bool:
    return person is not None and client is not None and (person.is_admin or client.owner_id == person.id)


def _difference(error: UnsafeRequest) -> Difference | None:
    if error.client is None or error.requested_uri is None:
        return None
    return redirect_difference.nearest(error.requested_uri, error.client.redirect_uris)
