"""`/admin/apps`: all applications and resource servers, whose they are, and what can be done to them (AD7)."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from authserver.browser import csrf, identity, listing
from authserver.browser.segments import segment
from authserver.models import clients as stored
from authserver.models import grants, users
from authserver.models.clients import Client
from authserver.models.listing import Place
from authserver.oauth import clients
from authserver.pages.admin.change import Change, ChangedMeanwhile, ask, carry_out, command
from authserver.pages.admin.forms import ChangeForm, SearchForm

blueprint = Blueprint("apps", __name__)


@dataclass(frozen=True, slots=True)
class Deed:
    """`words`: those of the command line before the client_id, and after it."""

    title: str
    says: tuple[str, ...]
    button: str
    words: tuple[str, tuple[str, ...]]
    act: Callable[[Client], str]
    idle: Callable[[Client], bool]
    danger: bool = False


def _verify(client: Client) -> str:
    if not clients.set_verified(client, True, actor=_actor()):
        raise ChangedMeanwhile
    return f"{client.name} is verified."


def _unverify(client: Client) -> str:
    if not clients.set_verified(client, False, actor=_actor()):
        raise ChangedMeanwhile
    return f"{client.name} is not verified any more."


def _enable(client: Client) -> str:
    clients.set_enabled(client, True, actor=_actor())
    return f"{client.name} is enabled again."


def _disable(client: Client) -> str:
    clients.set_enabled(client, False, actor=_actor())
    return f"{client.name} is disabled. Its tokens do not work."


def _trust(client: Client) -> str:
    clients.change(client, {"trusted": True}, privileged=True, actor=_actor())
    return f"{client.name} is trusted: people are not asked."


def _distrust(client: Client) -> str:
    clients.change(client, {"trusted": False}, privileged=True, actor=_actor())
    return f"{client.name} is not trusted any more: people are asked."


DEEDS = {
    "verify": Deed(
        "Verify {name}",
        (
            "The consent page says that you have checked this application.",
            "Look first who made it, and where it sends people. It ends when name, logo or redirect URI change.",
        ),
        "Verify the application",
        ("update", ("--verified",)),
        _verify,
        idle=lambda client: client.verified_at is not None,
    ),
    "unverify": Deed(
        "Take back that {name} is verified",
        ("The consent page warns that nobody has checked this application.",),
        "Take it back",
        ("update", ("--unverified",)),
        _unverify,
        idle=lambda client: client.verified_at is None,
        danger=True,
    ),
    "disable": Deed(
        "Disable {name}",
        (
            "Nobody can sign in to it, it can ask for nothing, and its tokens stop working, all at once.",
            "An API that is disabled cannot ask about tokens any more.",
            "What people have allowed is kept: when it is enabled again, tokens that have not expired work again.",
        ),
        "Disable the application",
        ("disable", ()),
        _disable,
        idle=lambda client: not client.enabled,
        danger=True,
    ),
    "enable": Deed(
        "Enable {name}",
        ("People can sign in to it again, and its tokens that have not expired work again.",),
        "Enable the application",
        ("enable", ()),
        _enable,
        idle=lambda client: client.enabled,
    ),
    "trust": Deed(
        "Trust {name}",
        (
            "People who sign in to it are not asked what it may do: it gets every scope it asks for, if they have it.",
            "Only for applications of your own.",
        ),
        "Trust the application",
        ("update", ("--trusted",)),
        _trust,
        idle=lambda client: client.trusted,
        danger=True,
    ),
    "distrust": Deed(
        "Do not trust {name} any more",
        ("People are asked from now on, unless they have allowed it themselves before.",),
        "Do not trust it",
        ("update", ("--no-trusted",)),
        _distrust,
        idle=lambda client: not client.trusted,
    ),
}
_NAMES = ", ".join(f'"{name}"' for name in DEEDS)


@blueprint.get("/admin/apps")
def show_all() -> ResponseReturnValue:
    form = SearchForm()
    part = listing.part(form.data)
    if not form.validate():
        return render_template("admin/apps.html", form=form, apps=None), 400
    text = (form.q.data or "").strip()
    found = listing.shown(stored.search(text, part), lambda client: Place(client.created_at, client.client_id))
    owners = users.named({client.owner_id for client in found.items if client.owner_id is not None})
    line = command("clients", "list", *(("--search", text) if text else ()))
    return render_template("admin/apps.html", form=form, apps=found, owners=owners, text=text, command=line)


@blueprint.get("/admin/apps/<client_id>")
def show(client_id: str) -> ResponseReturnValue:
    client = named(client_id)
    return render_template(
        "admin/app.html",
        client=client,
        owner=users.find(client.owner_id) if client.owner_id is not None else None,
        people=grants.people(client.client_id),
        command=command("clients", "show", client.client_id),
    )


@blueprint.get(f"/admin/apps/<client_id>/<any({_NAMES}):deed>")
def ask_deed(client_id: str, deed: str) -> ResponseReturnValue:
    return ask(_change(named(client_id), deed), ChangeForm())


@blueprint.post(f"/admin/apps/<client_id>/<any({_NAMES}):deed>")
@csrf.checked_by_form
def carry_out_deed(client_id: str, deed: str) -> ResponseReturnValue:
    client, wanted = named(client_id), DEEDS[deed]
    if wanted.idle(client):
        flash("It was so before; nothing was changed.", "info")
        return redirect(_address(client), 303)
    return carry_out(_change(client, deed), ChangeForm(), lambda: wanted.act(client))


def named(client_id: str) -> Client:
    """The client with this id. Otherwise 404."""
    client = stored.find(client_id)
    if client is None:
        abort(404)
    return client


def _change(client: Client, name: str) -> Change:
    deed = DEEDS[name]
    verb, flags = deed.words
    return Change(
        title=deed.title.format(name=client.name),
        says=deed.says,
        command=command("clients", verb, client.client_id, *flags),
        button=deed.button,
        back=_address(client),
        active="admin-apps",
        danger=deed.danger,
        refusal="It is so already." if deed.idle(client) else None,
    )


def _address(client: Client) -> str:
    return f"/admin/apps/{segment(client.client_id)}"


def _actor() -> str:
    return identity.account().id
