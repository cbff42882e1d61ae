"""`/admin/signing-keys`: the keys that sign tokens; rotate, retire (RFC 7517, JW11, AD7)."""

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser import csrf, identity
from authserver.browser.server import settings
from authserver.keyring.keyring import Keyring
from authserver.keyring.lives import Life, lives
from authserver.languages import duration
from authserver.oauth import signing_keys
from authserver.oauth.signing_keys import UnknownKey
from authserver.pages.admin.change import Change, ask, carry_out, command
from authserver.pages.admin.forms import ChangeForm, RotationForm
from authserver.settings import ASYMMETRIC_ALGORITHMS

blueprint = Blueprint("signing_keys", __name__)
PAGE, ACTIVE = "/admin/signing-keys", "admin-signing-keys"
ALL = "all"
ORDER = ("current", "next", "previous", "retired")


@blueprint.get(PAGE)
def show() -> ResponseReturnValue:
    keys = sorted(_lives(), key=lambda life: (ORDER.index(life.state), life.row.alg, -life.row.generation))
    return render_template("admin/signing_keys.html", keys=keys, command=command("signing-keys", "list"))


@blueprint.get("/admin/signing-keys/rotate")
def ask_rotate() -> ResponseReturnValue:
    form = _rotation_form()
    return ask(_rotation(form), form)


@blueprint.post("/admin/signing-keys/rotate")
@csrf.checked_by_form
def rotate() -> ResponseReturnValue:
    form = _rotation_form()

    def act() -> str:
        made = signing_keys.rotate(_keyring(), _algorithms(form), now=form.when.data == "now", **_by())
        return f"New keys: {', '.join(made)}."

    return carry_out(_rotation(form), form, act)


@blueprint.get("/admin/signing-keys/<kid>/retire")
def ask_retire(kid: str) -> ResponseReturnValue:
    return ask(_retirement(kid), ChangeForm())


@blueprint.post("/admin/signing-keys/<kid>/retire")
@csrf.checked_by_form
def retire(kid: str) -> ResponseReturnValue:
    def act() -> str:
        try:
            done = signing_keys.retire(_keyring(), kid, **_by())
        except UnknownKey:
            abort(404)
        successor = f" Its successor is {done.successor}." if done.successor else ""
        return f"The key {kid} is retired.{successor}"

    return carry_out(_retirement(kid), ChangeForm(), act)


def _rotation(form: RotationForm) -> Change:
    wait = duration(settings().jwks_max_age)
    algorithm = () if form.alg.data in (None, ALL) else ("--alg", form.alg.data)
    now = ("--now",) if form.when.data == "now" else ()
    return Change(
        title="Rotate signing keys",
        says=(
            f"The new key is published at once, and signs after {wait}, when every API has had time to fetch it.",
            "The key before goes on verifying until nothing that it has signed lives. No token stops working.",
            "At once: tokens of the next minutes may be refused by APIs that have kept the old list of keys.",
        ),
        command=command("signing-keys", "rotate", *algorithm, *now),
        button="Rotate",
        back=PAGE,
        active=ACTIVE,
    )


def _retirement(kid: str) -> Change:
    life = next((life for life in _lives() if life.row.kid == kid), None)
    if life is None:
        abort(404)
    current = "A new key takes its place at once." if life.state == "current" else "It signs nothing at the moment."
    return Change(
        title=f"Retire the key {kid}",
        says=(
            "Every token that it has signed stops working here at once, and the key disappears from the list of keys.",
            "APIs that verify tokens by themselves go on accepting them until they fetch that list again.",
            current,
            "For a key that somebody else may have. To change keys as a routine, rotate them.",
        ),
        command=command("signing-keys", "retire", kid),
        button="Retire the key",
        back=PAGE,
        active=ACTIVE,
        danger=True,
        refusal="It was retired before." if life.state == "retired" else None,
    )


def _rotation_form() -> RotationForm:
    form = RotationForm()
    form.alg.choices = [(ALL, "All of them"), *((alg, alg) for alg in ASYMMETRIC_ALGORITHMS)]
    wait = duration(settings().jwks_max_age)
    form.when.choices = [("later", f"After {wait} (no token is refused)"), ("now", "At once")]
    return form


def _algorithms(form: RotationForm) -> tuple[str, ...]:
    return ASYMMETRIC_ALGORITHMS if form.alg.data == ALL else (form.alg.data,)


def _lives() -> list[Life]:
    return list(lives(_keyring().states()))


def _keyring() -> Keyring:
    keyring: Keyring = current_app.extensions["authserver"].keyring
    return keyring


def _by() -> dict[str, str]:
    return {"actor": identity.account().id, "address": request.remote_addr or ""}
