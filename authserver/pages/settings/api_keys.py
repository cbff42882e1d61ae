"""`/settings/api-keys`: one's keys. A key is shown in the answer that made it, and nowhere else (AK3)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.accounts.registration import Problem
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.models import api_keys as stored_keys
from authserver.models.api_keys import ApiKey
from authserver.models.users import User
from authserver.oauth import api_keys, scopes
from authserver.oauth.api_keys import ApiKeyError, Wish
from authserver.pages.settings import once, preview, words
from authserver.pages.settings.forms import ApiKeyForm, lines
from authserver.pages.settings.key_page import needs_name

blueprint = Blueprint("api_keys", __name__)
FORM = "api_key_form"
DAY = 86400
FORGOTTEN = 90 * DAY  # a key that was not used for so long is probably nobody's any more
LIVES = {"30d": 30 * DAY, "60d": 60 * DAY, "90d": 90 * DAY, "365d": 365 * DAY, "never": None}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as its owner may see it again."""

    id: str
    name: str
    hint: str
    environment: str
    scopes: str
    created_at: int
    last_used_at: int | None
    expires_at: int | None
    revoked_at: int | None
    revoked_by: str | None
    reason: str | None
    note: str
    superseded: bool
    forgotten: bool
    guarded: bool


@blueprint.get("/settings/api-keys")
@login_required
def show_all() -> ResponseReturnValue:
    user, tab = identity.account(), "revoked" if request.args.get("tab") == "revoked" else "live"
    return render_template(
        "settings/api_keys.html",
        keys=_rows(stored_keys.every(user_id=user.id), revoked=tab == "revoked"),
        tab=tab,
        now=clock.now(),
        issuer=settings().issuer,
    )


@blueprint.get("/settings/api-keys/new")
@login_required
def ask() -> ResponseReturnValue:
    return _new_page(ApiKeyForm(data=_prefilled()))


@blueprint.post("/settings/api-keys/new")
@csrf.checked_by_form
@login_required
def create() -> ResponseReturnValue:
    user, form = identity.account(), ApiKeyForm()
    valid = form.validate()
    if preview.ASKED in request.form and not form.stale:
        return _new_page(ApiKeyForm(formdata=None, data=form.data))
    if not valid:
        return _new_page(form), 400
    try:
        wish = api_keys.checked(user, _wish(form))
    except ApiKeyError as error:
        chosen = "expires_on" if error.field == "expires" and form.expires_on.data else error.field
        form.show([Problem(chosen, error.message)])
        return _new_page(form), 400
    if not once.first(FORM, form.nonce.data, user_id=user.id):
        return render_template("settings/api_key_shown.html")
    return _created(user, wish)


def _created(user: User, wish: Wish) -> ResponseReturnValue:
    created = api_keys.create(user, wish, actor=user.id)
    return render_template(
        "settings/api_key_created.html",
        key=created.key,
        name=created.row.name,
        environment=created.row.environment,
        scopes=created.row.scope,
        expires_at=created.row.expires_at,
        issuer=settings().issuer,
        page=f"/settings/api-keys/{created.row.id}",
    )


def _wish(form: ApiKeyForm) -> Wish:
    return Wish(
        name=form.name.data,
        scopes=tuple(dict.fromkeys(form.scopes.data)),
        environment=form.environment.data,
        expires_in=_life(form),
        note=form.note.data or "",
        ip_allow=tuple(lines(form.ip_allow.data)),
    )


def _life(form: ApiKeyForm) -> int | None:
    """Seconds until the end of the chosen day by UTC, else those of the choice. Raises ApiKeyError."""
    if not form.expires_on.data:
        return LIVES[form.expires.data]
    try:
        day = datetime.strptime(form.expires_on.data, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ApiKeyError("expires", "Write the day as year-month-day, such as 2030-12-31.") from None
    left = int(day.timestamp()) + DAY - clock.now()
    if left <= 0:
        raise ApiKeyError("expires", "Choose a day that is not over yet.")
    return left


def _prefilled() -> dict[str, object]:
    """What the address proposes (contract: `?name=&scopes=&expires=&environment=`); what does not fit is left out."""
    proposed: dict[str, object] = {"name": request.args.get("name", "")[: api_keys.LONGEST_NAME]}
    proposed["scopes"] = " ".join(request.args.getlist("scopes")).split()
    if request.args.get("expires") in LIVES:
        proposed["expires"] = request.args["expires"]
    environment = request.args.get("environment", request.args.get("env"))
    if environment in {"live", "test"}:
        proposed["environment"] = environment
    return proposed


def _new_page(form: ApiKeyForm) -> str:
    form.nonce.data = form.nonce.data or once.nonce()
    offered = scopes.for_keys(identity.account())
    return render_template(
        "settings/api_key_new.html",
        form=form,
        groups=scopes.by_kind(offered),
        preview=preview.of(offered, chosen=form.scopes.data or (), environment=form.environment.data),
    )


def _rows(keys: list[ApiKey], *, revoked: bool) -> list[KeyRow]:
    found = [key for key in keys if (key.revoked_at is not None) == revoked]
    superseded = {key.replaces for key in keys}
    names = {actor: words.actor(actor) for actor in {key.revoked_by for key in found if key.revoked_by}}
    return [
        KeyRow(
            id=key.id,
            name=key.name,
            hint=key.hint,
            environment=key.environment,
            scopes=key.scope,
            created_at=key.created_at,
            last_used_at=key.last_used_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            revoked_by=names.get(key.revoked_by or ""),
            reason=words.reason(key),
            note=key.note,
            superseded=key.id in superseded,
            forgotten=_is_forgotten(key),
            guarded=needs_name(key),
        )
        for key in found
    ]


def _is_forgotten(key: ApiKey) -> bool:
    return api_keys.state(key) == "live" and (key.last_used_at or key.created_at) <= clock.now() - FORGOTTEN
