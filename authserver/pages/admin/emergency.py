"""`/admin/end-all`: the emergency brake (FT14)."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from authserver.browser import csrf, identity
from authserver.oauth import emergency
from authserver.pages.admin.change import Change, ask, carry_out, command
from authserver.pages.admin.forms import ChangeForm

blueprint = Blueprint("emergency", __name__)


@blueprint.get("/admin/end-all")
def ask_end_all() -> ResponseReturnValue:
    return ask(_change(), ChangeForm())


@blueprint.post("/admin/end-all")
@csrf.checked_by_form
def end_all() -> ResponseReturnValue:
    def act() -> str:
        actor = identity.account().id
        ended = emergency.end_everything(actor=actor, address=request.remote_addr)
        identity.leave()
        return (
            f"Everything has ended: {ended.sessions} sessions, {ended.grants} grants, {ended.api_keys} API keys, "
            f"{ended.links} links. Sign in again."
        )

    return carry_out(_change(), ChangeForm(), act, to="/login")


def _change() -> Change:
    return Change(
        title="End every token and session issued until now",
        says=(
            "For an emergency: a copy of the database is in other hands, or a restored backup has brought back "
            "what had been revoked.",
            "Everybody is signed out, you too, and every application must ask again.",
            "Every access token, refresh token and API key of everybody is dead at the next request, on all workers. "
            "API keys must be made anew by their owners.",
            "Links in mail that were not used yet stop working.",
            "Accounts, passwords, applications and their secrets stay. What people have allowed is remembered.",
            "APIs that verify JWTs by themselves accept them until they expire; retire the signing keys too if that is "
            "too long.",
        ),
        command=command("tokens", "end-all", "--yes"),
        button="End everything now",
        back="/admin",
        active="admin",
        danger=True,
    )
