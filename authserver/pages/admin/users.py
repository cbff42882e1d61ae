"""`/admin/users`: all accounts, and one of them: what it is, what it holds, and what can be done to it."""

from dataclasses import dataclass

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from authserver.browser import listing
from authserver.browser.server import settings
from authserver.models import api_keys, clients, grants, sessions, users
from authserver.models.api_keys import ApiKey
from authserver.models.listing import Place
from authserver.models.users import User
from authserver.oauth.api_keys import state
from authserver.pages.admin.change import command
from authserver.pages.admin.forms import SearchForm

blueprint = Blueprint("users", __name__)
MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of the account and what has become of it."""

    key: ApiKey
    state: str


@dataclass(frozen=True, slots=True)
class AppRow:
    """An application that the account has connected, and since when."""

    client_id: str
    name: str
    since: int


@blueprint.get("/admin/users")
def show_all() -> ResponseReturnValue:
    form = SearchForm()
    part = listing.part(form.data)
    if not form.validate():
        return render_template("admin/users.html", form=form, users=None), 400
    text = (form.q.data or "").strip()
    found = listing.shown(users.search(text, part), lambda user: Place(user.created_at, user.id))
    line = command("users", "list", *(("--search", text) if text else ()))
    return render_template("admin/users.html", form=form, users=found, text=text, command=line)


@blueprint.get("/admin/users/<user_id>")
def show(user_id: str) -> ResponseReturnValue:
    person = named(user_id)
    keys = api_keys.every(user_id=person.id, limit=MOST_KEYS)
    return render_template(
        "admin/user.html",
        person=person,
        sessions=len(sessions.of_user(person.id, idle_ttl=settings().session_idle_ttl)),
        keys=[KeyRow(key, state(key)) for key in keys],
        apps=_apps(person),
        owned=clients.every(owner_id=person.id),
        is_last=is_last_administrator(person),
        command=command("users", "show", person.username),
    )


def named(user_id: str) -> User:
    """The account with this id. Otherwise 404."""
    person = users.find(user_id)
    if person is None:
        abort(404)
    return person


def is_last_administrator(person: User) -> bool:
    """Whether nobody else could administer this server."""
    return person.is_admin and person.enabled and users.administrators() == 1


def _apps(person: User) -> list[AppRow]:
    since: dict[str, int] = {}
    for grant in grants.of_user(person.id):
        since[grant.client_id] = min(grant.created_at, since.get(grant.client_id, grant.created_at))
    names = clients.named(since)
    return [AppRow(client_id, names.get(client_id, client_id), at) for client_id, at in since.items()]
