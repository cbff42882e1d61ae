"""`/admin/scopes`: what can be asked for, and how much: scopes and tiers, with what uses each (AD7)."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from authserver.accounts import tiers
from authserver.accounts.tiers import BadTier
from authserver.browser import csrf, identity
from authserver.models import tiers as stored_tiers
from authserver.models import users
from authserver.oauth import scope_registry, scopes
from authserver.oauth.scope_registry import BadScope, UnknownScope, Use
from authserver.pages.admin.change import Change, Clash, ask, carry_out, command
from authserver.pages.admin.forms import ChangeForm, ScopeForm, TierForm

blueprint = Blueprint("scopes", __name__)
PAGE, ACTIVE = "/admin/scopes", "admin-scopes"
UNUSED = Use(0, 0, 0)


@blueprint.get(PAGE)
def show() -> ResponseReturnValue:
    uses, counts = scope_registry.uses(), users.in_tiers()
    return render_template(
        "admin/scopes.html",
        scopes=[(scope, uses.get(scope.name, UNUSED)) for scope in scopes.known()],
        own=scopes.NOT_FOR_KEYS,
        tiers=[(tier, counts.get(tier.name, 0)) for tier in stored_tiers.every()],
        anonymous=stored_tiers.ANONYMOUS,
    )


@blueprint.get("/admin/scopes/add")
def ask_add() -> ResponseReturnValue:
    return ask(_addition(ScopeForm()), ScopeForm())


@blueprint.post("/admin/scopes/add")
@csrf.checked_by_form
def add() -> ResponseReturnValue:
    form = ScopeForm()

    def act() -> str:
        words, reserved = form.description.data or "", form.reserved.data
        try:
            made = scope_registry.add(form.name.data, description=words, reserved=reserved, **_by())
        except BadScope as error:
            raise Clash(error.field, str(error)) from None
        return f"The scope {made.name} can be asked for from now on."

    return carry_out(_addition(form), form, act)


@blueprint.get("/admin/scopes/remove")
def ask_remove() -> ResponseReturnValue:
    return ask(_removal(), ChangeForm())


@blueprint.post("/admin/scopes/remove")
@csrf.checked_by_form
def remove() -> ResponseReturnValue:
    change, name = _removal(), request.args["name"]

    def act() -> str:
        try:
            scope_registry.remove(name, **_by())
        except UnknownScope:
            return f"The scope {name} was removed before."
        return f"The scope {name} is removed."

    return carry_out(change, ChangeForm(), act)


@blueprint.get("/admin/scopes/tier")
def ask_tier() -> ResponseReturnValue:
    tier = stored_tiers.find(request.args.get("name", ""))
    form = TierForm(data={"name": tier.name, "limit": tier.limit, "window": tier.window} if tier else {"window": 3600})
    return ask(_definition(form), form)


@blueprint.post("/admin/scopes/tier")
@csrf.checked_by_form
def set_tier() -> ResponseReturnValue:
    form = TierForm()

    def act() -> str:
        try:
            tier = tiers.define(form.name.data, limit=form.limit.data, window=form.window.data, **_by())
        except BadTier as error:
            raise Clash(error.field, str(error)) from None
        return f"The tier {tier.name} allows {tier.limit} requests in {tier.window} seconds."

    return carry_out(_definition(form), form, act)


def _addition(form: ScopeForm) -> Change:
    words = ("--description", form.description.data or "See your maps")
    reserved = ("--reserved",) if form.reserved.data else ()
    return Change(
        title="Add a scope",
        says=("Applications and API keys can ask for it at once. Which APIs understand it is up to them.",),
        command=command("scopes", "add", *words, *reserved, "--", form.name.data or "read:maps"),
        button="Add the scope",
        back=PAGE,
        active=ACTIVE,
    )


def _removal() -> Change:
    """Of the scope in the address. 404 when there is none."""
    name = request.args.get("name", "")
    scope = next((scope for scope in scopes.known() if scope.name == name), None)
    if scope is None:
        abort(404)
    use = scope_registry.use(name)
    depends = (
        f"It is named by {_count(use.applications, 'application')}, "
        f"and held by {_count(use.keys, 'API key')} and {_count(use.grants, 'grant')}."
    )
    return Change(
        title=f"Remove the scope {name}",
        says=(
            depends if use else "Nothing uses it.",
            "Nobody can ask for it any more. Keys and tokens that have it keep it until they end.",
            "Applications that ask for it are refused with invalid_scope.",
        ),
        command=command("scopes", "remove", "--", name),
        button="Remove the scope",
        back=PAGE,
        active=ACTIVE,
        danger=True,
        refusal=f"The scope {name} is part of this server." if name in scopes.NOT_FOR_KEYS else None,
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _definition(form: TierForm) -> Change:
    numbers = ("--limit", str(form.limit.data or 10000), "--window", str(form.window.data or 3600))
    return Change(
        title="Set a tier",
        says=(
            "A tier of this name is changed, a new one is made.",
            "It counts at once for every account that has it, also in windows that are open now.",
        ),
        command=command("tiers", "set", *numbers, form.name.data or "business"),
        button="Set the tier",
        back=PAGE,
        active=ACTIVE,
    )


def _by() -> dict[str, str]:
    return {"actor": identity.account().id, "address": request.remote_addr or ""}
