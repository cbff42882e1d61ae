"""`/explain`: how a request was checked, and what about it was not right."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.accounts.authentication import Wrong
from authserver.accounts.throttling import Throttled
from authserver.browser import csrf, freshness, identity
from authserver.browser.identity import login_required
from authserver.browser.refusals import TooManyAttempts
from authserver.browser.server import fetcher
from authserver.oauth import clients
from authserver.oauth.errors import OAuth2Error
from authserver.pages.explain import reading
from authserver.pages.explain.forms import AddForm
from authserver.pages.explain.reading import Explained

blueprint = Blueprint("explain", __name__)
NO_ID = "A trace id has 16 characters of 0-9 and a-f. It stands in the header X-Request-Id and on error pages."


@blueprint.get("/explain")
@login_required
def ask() -> ResponseReturnValue:
    """A form for the id; `?trace=` is what it sends."""
    typed = request.args.get("trace")
    trace_id = (typed or "").strip().lower()
    if reading.is_id(trace_id):
        return redirect(f"/explain/{trace_id}", 303)
    error = NO_ID if typed is not None else None
    return render_template("explain/ask.html", trace=typed or "", error=error), 400 if error else 200


@blueprint.get("/explain/<trace_id>")
@login_required
def show(trace_id: str) -> ResponseReturnValue:
    found = reading.explained(trace_id, identity.account())
    return _page(found, _form())


@blueprint.post("/explain/<trace_id>/redirect-uri")
@csrf.checked_by_form
@login_required
def add(trace_id: str) -> ResponseReturnValue:
    """Register the redirect URI that was asked for, by the rules that hold for all."""
    person, form = identity.account(), _form()
    found = reading.owned(trace_id, person)
    if not form.validate() or not _proven(form):
        return _page(found, form), 400
    if (wanted := found.wanted) is not None and found.client is not None:
        document = {"redirect_uris": [*found.client.redirect_uris, wanted]}
        try:
            clients.change(
                found.client, document, privileged=person.is_admin, actor=person.id, fetcher=fetcher()
            )
        except OAuth2Error as error:
            flash(f"Nothing was added. {error.description}", "error")
            return redirect(_address(found), 303)
    flash("The redirect URI is registered. Start the sign-in again.", "success")
    return redirect(_address(found), 303)


def _form() -> AddForm:
    """With the password only where it is needed."""
    form = AddForm()
    if not freshness.needed():
        del form.password
    return form


def _proven(form: AddForm) -> bool:
    """Whether the person has just shown who they are, or did so a while ago."""
    if form.password is None:
        return True
    try:
        freshness.prove(form.password.data or "")
    except Wrong:
        form.password.errors = ["The password is wrong."]
        return False
    except Throttled as error:
        raise TooManyAttempts(error.wait) from None
    return True


def _page(found: Explained, form: AddForm) -> str:
    return render_template("explain/trace.html", found=found, trace=found.trace, form=form)


def _address(found: Explained) -> str:
    return f"/explain/{found.trace.id}"
