"""`/admin/users/<id>/...`: what can be done to an account; each is named as on the command line (AD5, AD7)."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from authserver.accounts import administrators, credentials, recovery, sessions, tiers
from authserver.accounts.administrators import LastAdministrator
from authserver.accounts.tiers import UnknownTier
from authserver.browser import csrf, identity
from authserver.browser.server import settings
from authserver.models.users import User
from authserver.pages.admin.change import Change, Clash, ask, carry_out, command
from authserver.pages.admin.forms import ChangeForm, UserTierForm
from authserver.pages.admin.users import is_last_administrator, named

blueprint = Blueprint("user_changes", __name__)


@dataclass(frozen=True, slots=True)
class Deed:
    """`idle`: it would change nothing, for an account that is so already; `act` returns what the next page says."""

    title: str
    says: tuple[str, ...]
    button: str
    act: Callable[[User], str]
    idle: Callable[[User], bool]
    was: str = ""
    danger: bool = False
    leaves: bool = False  # takes an administrator away


def _disable(person: User) -> str:
    credentials.disable(person, **_by())
    return f"{person.username} is disabled. What was open is closed."


def _enable(person: User) -> str:
    credentials.enable(person, **_by())
    return f"{person.username} is enabled again."


def _appoint(person: User) -> str:
    administrators.appoint(person, **_by())
    return f"{person.username} is an administrator now."


def _dismiss(person: User) -> str:
    administrators.dismiss(person, **_by())
    return f"{person.username} is no administrator any more."


def _send_reset(person: User) -> str:
    recovery.send(settings(), person, **_by())
    return f"The link is on its way to {person.email}."


def _end_sessions(person: User) -> str:
    ended = sessions.end_all_of(person, **_by())
    return f"{person.username} is signed out everywhere: {ended} sessions ended."


DEEDS = {
    "disable": Deed(
        "Disable {name}",
        (
            "All sessions end, and all applications are disconnected, at once and for good.",
            "API keys do not work while the account is disabled, and work again when it is enabled.",
            "Nothing is deleted. The person is not told.",
        ),
        "Disable the account",
        _disable,
        idle=lambda person: not person.enabled,
        was="{name} is disabled already.",
        danger=True,
        leaves=True,
    ),
    "enable": Deed(
        "Enable {name}",
        (
            "The person can sign in again, and API keys that were not revoked work again.",
            "Sessions and connected applications stay ended.",
        ),
        "Enable the account",
        _enable,
        idle=lambda person: person.enabled,
        was="{name} is enabled already.",
    ),
    "make-admin": Deed(
        "Make {name} an administrator",
        (
            "The account can then do everything that these pages show: read who uses this server, change every "
            "application, end every session, and make or remove administrators, you among them.",
        ),
        "Make an administrator",
        _appoint,
        idle=lambda person: person.is_admin,
        was="{name} is an administrator already.",
        danger=True,
    ),
    "remove-admin": Deed(
        "Remove {name} as an administrator",
        (
            "These pages are closed to the account at once.",
            "Tokens and API keys of the account that carry reserved scopes end; all others stay.",
        ),
        "Remove as an administrator",
        _dismiss,
        idle=lambda person: not person.is_admin,
        was="{name} is no administrator.",
        danger=True,
        leaves=True,
    ),
    "send-reset": Deed(
        "Send {name} a link for a new password",
        (
            "A mail goes to {email}, with a link that works once, for one hour. Earlier links stop working.",
            "The present password stays good until a new one is chosen; then all sessions end.",
        ),
        "Send the link",
        _send_reset,
        idle=lambda person: not person.enabled,
        was="{name} is disabled: enable the account first.",
    ),
    "end-sessions": Deed(
        "Sign {name} out everywhere",
        (
            "Every browser in which the person is signed in is signed out at once, and session tokens end with it.",
            "Connected applications and API keys go on working.",
        ),
        "End all sessions",
        _end_sessions,
        idle=lambda _: False,
        danger=True,
    ),
}
_NAMES = ", ".join(f'"{name}"' for name in DEEDS)


@blueprint.get(f"/admin/users/<user_id>/<any({_NAMES}):deed>")
def ask_deed(user_id: str, deed: str) -> ResponseReturnValue:
    person = named(user_id)
    return ask(_change(person, deed), ChangeForm())


@blueprint.post(f"/admin/users/<user_id>/<any({_NAMES}):deed>")
@csrf.checked_by_form
def carry_out_deed(user_id: str, deed: str) -> ResponseReturnValue:
    person, wanted = named(user_id), DEEDS[deed]
    if wanted.idle(person):
        flash(wanted.was.format(name=person.username), "info")
        return redirect(_address(person), 303)
    # One who has just left the administrators cannot see the account any more.
    oneself = wanted.leaves and person.id == identity.account().id
    to = "/" if oneself else None
    return carry_out(_change(person, deed), ChangeForm(), lambda: wanted.act(person), to=to)


@blueprint.get("/admin/users/<user_id>/set-tier")
def ask_tier(user_id: str) -> ResponseReturnValue:
    person = named(user_id)
    return ask(_tier_change(person, person.tier), _tier_form(person))


@blueprint.post("/admin/users/<user_id>/set-tier")
@csrf.checked_by_form
def set_tier(user_id: str) -> ResponseReturnValue:
    person = named(user_id)
    form = _tier_form(person)

    def assign() -> str:
        try:
            tiers.assign(person, form.tier.data, **_by())
        except UnknownTier as error:
            raise Clash("tier", str(error)) from None
        return f"{person.username} has the tier {form.tier.data} now."

    return carry_out(_tier_change(person, form.tier.data or person.tier), form, assign)


def _change(person: User, name: str) -> Change:
    deed, words = DEEDS[name], {"name": person.username, "email": person.email}
    idle = deed.was.format(**words) if deed.idle(person) else None
    last = str(LastAdministrator()) if deed.leaves and is_last_administrator(person) else None
    return Change(
        title=deed.title.format(**words),
        says=tuple(text.format(**words) for text in deed.says),
        command=command("users", name, person.username),
        button=deed.button,
        back=_address(person),
        active="admin-users",
        danger=deed.danger,
        refusal=idle or last,
    )


def _tier_change(person: User, tier: str) -> Change:
    return Change(
        title=f"Change the tier of {person.username}",
        says=("It counts at once, also in the window that is open now.",),
        command=command("users", "set-tier", person.username, tier),
        button="Change the tier",
        back=_address(person),
        active="admin-users",
    )


def _tier_form(person: User) -> UserTierForm:
    form = UserTierForm(data={"tier": person.tier})
    form.tier.choices = [(name, name) for name in tiers.offered()]
    return form


def _address(person: User) -> str:
    return f"/admin/users/{person.id}"


def _by() -> dict[str, str]:
    return {"actor": identity.account().id, "address": request.remote_addr or ""}
