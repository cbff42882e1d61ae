"""`/playground`: the eight steps, each a page of its own; `/playground/inspector`: what a credential is."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.models import clients, traces
from authserver.models.clients import Client
from authserver.oauth import playground, scopes
from authserver.oauth.inspection import Check
from authserver.pages.playground import breaking, flow, inspector
from authserver.pages.playground.breaking import OLD_REFRESH, REPLAY, WRONG_REDIRECT, WRONG_VERIFIER, Break
from authserver.pages.playground.exchange import Exchange, send
from authserver.pages.playground.flow import Begun, Held
from authserver.pages.playground.steps import BY_ID, STEPS

blueprint = Blueprint("playground", __name__)
blueprint.register_blueprint(inspector.blueprint)
USUAL = ("openid", "profile", "offline_access", "read:realms")


@dataclass(frozen=True, slots=True)
class Onward:
    """A button to a further step, or one that breaks this one."""

    action: str
    label: str
    says: str
    fields: dict[str, str]


@blueprint.get("/playground")
@login_required
def start() -> ResponseReturnValue:
    wanted, apps = flow.begun(), _apps()
    offered = {*playground.wanted(), *(name for app in apps for name in scopes.open_to(app))}
    return render_template(
        "playground/start.html",
        steps=STEPS,
        standard=playground.CLIENT_ID,
        apps=apps,
        scopes=scopes.by_kind(scope for scope in scopes.known() if scope.name in offered),
        chosen=wanted.scope.split() if wanted else USUAL,
        callback=playground.callback(settings()),
    )


@blueprint.post("/playground/request")
@login_required
def build() -> ResponseReturnValue:
    standard = playground.ensure(settings())
    asked = request.form.get("client_id", playground.CLIENT_ID)
    client = next((one for one in (standard, *_apps()) if one.client_id == asked), None)
    names = request.form.getlist("scope")
    if client is None or not client.enabled or not names:
        flash("Choose an application, and at least one scope.", "error")
        return redirect("/playground", 303)
    if beyond := [name for name in names if name not in scopes.open_to(client)]:
        flash(f"{client.name} may not ask for the scope {beyond[0][:60]}.", "error")
        return redirect("/playground", 303)
    redirect_uri = playground.callback(settings())
    flow.begin(client_id=client.client_id, redirect_uri=redirect_uri, scope=scopes.join(names))
    return redirect("/playground/request", 303)


@blueprint.get("/playground/request")
@login_required
def show_request() -> ResponseReturnValue:
    begun = flow.begun()
    if begun is None:
        return _start_again()
    return render_template(
        "playground/request.html",
        steps=STEPS,
        step=BY_ID["authorize"],
        begun=begun,
        issuer=settings().issuer,
        breaks=breaking.links(begun),
    )


@blueprint.get("/playground/callback")
@login_required
def receive() -> ResponseReturnValue:
    begun = flow.begun()
    if begun is None:
        return _start_again()
    checks, error = _checked(begun), request.args.get("error")
    held = Held(begun.client_id, begun.redirect_uri, begun.verifier, request.args.get("code", ""))
    good = all(check.passed for check in checks) and bool(held.code)
    return render_template(
        "playground/callback.html",
        steps=STEPS,
        step=BY_ID["callback"],
        received=[(name, value) for name, value in request.args.items(multi=True)],
        checks=checks,
        error=error,
        trace_id=_trace_of(begun.client_id, error) if error else None,
        onward=[_onward("token", held)] if good else [],
        breaks=[_broken("token", held, fault) for fault in (WRONG_VERIFIER, WRONG_REDIRECT)] if good else [],
    )


@blueprint.post("/playground/token")
@login_required
def redeem() -> ResponseReturnValue:
    held, broken = Held.sent(), request.form.get("break", "")
    exchanges = breaking.redeem(held, broken)
    first = exchanges[0]
    if not first.good:  # a code that was not spent by the fault can still be redeemed
        spent = broken == REPLAY.id
        return _page("token", exchanges, [] if spent else [_onward("token", held)], [])
    held = held.given(first.document)
    return _page("token", exchanges, _after_tokens(held), [_broken("token", held, REPLAY)])


@blueprint.post("/playground/userinfo")
@login_required
def userinfo() -> ResponseReturnValue:
    held = Held.sent()
    return _page("userinfo", [send("Ask for the claims", "/userinfo", bearer=held.access_token)], _after_tokens(held))


@blueprint.post("/playground/introspect")
@login_required
def introspect() -> ResponseReturnValue:
    held = Held.sent()
    return _page("introspect", [breaking.introspect(held.access_token)], _after_tokens(held))


@blueprint.post("/playground/refresh")
@login_required
def refresh() -> ResponseReturnValue:
    held, broken = Held.sent(), request.form.get("break", "")
    exchanges, held = breaking.refresh(held, broken)
    if not all(exchange.good for exchange in exchanges):
        return _page("refresh", exchanges, [], [])
    return _page("refresh", exchanges, _after_tokens(held), [_broken("refresh", held, OLD_REFRESH)])


@blueprint.post("/playground/revoke")
@login_required
def revoke() -> ResponseReturnValue:
    return _page("revoke", breaking.revoke(Held.sent()), [])


def _page(
    step_id: str, exchanges: list[Exchange], onward: list[Onward], breaks: list[Onward] | None = None
) -> ResponseReturnValue:
    """The answers stand in this page only: tokens are neither stored nor put into an address."""
    others = [one for one in onward if not one.action.endswith(f"/{step_id}") or step_id in {"token", "refresh"}]
    return render_template(
        "playground/step.html",
        steps=STEPS,
        step=BY_ID[step_id],
        exchanges=exchanges,
        onward=others,
        breaks=breaks or [],
    )


def _apps() -> list[Client]:
    """Public applications of this person that may receive codes here: whoever wants that registers our callback."""
    callback = playground.callback(settings())
    own = clients.every(owner_id=identity.account().id)
    return [one for one in own if one.public and one.enabled and callback in one.redirect_uris]


def _checked(begun: Begun) -> list[Check]:
    """What the application looks at before it believes an answer."""
    answered, issuer = request.args.get("iss"), settings().issuer
    return [
        Check("state", request.args.get("state") == begun.state, "It is the state of the request that was begun here."),
        Check("iss", answered == issuer, f"The answer comes from {issuer} (RFC 9207), not from another server."),
        Check("code", bool(request.args.get("code")), "There is a code, so the person has allowed it."),
    ]


def _trace_of(client_id: str, error: str) -> str | None:
    """The newest request of this person that ended so; None while it is not written down yet."""
    person = identity.account().id
    found = traces.of_client(client_id, limit=50)
    return next((one.id for one in found if one.error == error and one.user_id in {person, None}), None)


def _after_tokens(held: Held) -> list[Onward]:
    steps = ["userinfo", "introspect"] if held.access_token else []
    if held.refresh_token:
        steps.append("refresh")
    return [_onward(step_id, held) for step_id in [*steps, "revoke"]] if held.access_token else []


def _onward(step_id: str, held: Held) -> Onward:
    step = BY_ID[step_id]
    return Onward(f"/playground/{step_id}", step.title, "", held.hidden())


def _broken(step_id: str, held: Held, fault: Break) -> Onward:
    return Onward(f"/playground/{step_id}", fault.label, fault.says, {**held.hidden(), "break": fault.id})


def _start_again() -> ResponseReturnValue:
    flash("The playground has forgotten that request: it was begun in another browser, or long ago.", "info")
    return redirect("/playground", 303)
