"""People at browsers, for tests of pages and accounts."""

import re
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver.accounts import passwords
from authserver.accounts.visitor import Visitor
from authserver.models import authorization_requests, grants, outbox, users
from authserver.models.database import Database
from authserver.models.grants import Grant
from authserver.models.outbox import Mail
from authserver.models.unit_of_work import read, unit_of_work
from authserver.models.users import User
from authserver.opaque import digest, identifier
from authserver.settings import Settings
from tests.addresses import somewhere
from tests.factories import make_client

T = TypeVar("T")
PASSWORD = "a quiet harbour at dawn"


def database_of(app: Flask) -> Database:
    return app.extensions["authserver.house"].database


def settings_of(app: Flask) -> Settings:
    return app.extensions["authserver"].settings


def commit(app: Flask, action: Callable[[], T]) -> T:
    with unit_of_work(database_of(app)) as unit:
        result = action()
        unit.commit()
        return result


def someone(prefix: str = "ada") -> str:
    """A user name that nobody has yet."""
    return f"{prefix}-{secrets.token_hex(5)}"


def visitor(browser: str = "") -> Visitor:
    """A stranger at a browser of their own."""
    return Visitor(address=somewhere(), user_agent="Tests/1", browser=browser or secrets.token_hex(32))


def person(app: Flask, username: str = "", *, password: str | None = PASSWORD, **more: Any) -> User:
    """An account, under a new name if none is given."""
    username = username or someone()
    kept = passwords.hashed(settings_of(app), password) if password is not None else None
    values = {"email": f"{username}@people.test", "name": "Ada", "email_verified": True, **more}
    return commit(app, lambda: users.create(username=username, password_hash=kept, **values))


_first_seen: dict[str, int] = {}


def mails(app: Flask, recipient: str) -> list[Mail]:
    """What waits for somebody, oldest first; of one second in the order in which it was seen here."""
    table = outbox.outbox
    statement = table.select().where(table.c.recipient == recipient, table.c.sent_at.is_(None))
    rows = commit(app, lambda: read().execute(statement.order_by(table.c.created_at)).all())
    found = [Mail(**row._mapping) for row in rows]
    for mail in found:
        _first_seen.setdefault(mail.id, len(_first_seen))
    return sorted(found, key=lambda mail: (mail.created_at, _first_seen[mail.id]))


def link_in(text: str) -> str:
    """The path of the one-time link in a mail."""
    found = re.search(r"https?://[^/\s]+(/(?:signup|reset|setup|disconnect|confirm-email)/\S+)", text)
    assert found, text
    return found.group(1)


class Browser:
    """A Flask test client that fills in forms: it reads the page first, and sends its CSRF token."""

    def __init__(self, app: Flask, *, address: str = "") -> None:
        self.client: FlaskClient = app.test_client()
        self.environ = {"REMOTE_ADDR": address or somewhere()}

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, environ_overrides=self.environ, **more)

    def post(self, path: str, data: Any = None, **more: Any) -> TestResponse:
        return self.client.post(path, data=data, environ_overrides=self.environ, **more)

    def send(self, path: str, *, of: str | None = None, **fields: str) -> TestResponse:
        """Load the page `of` (default: the path itself) and send its form."""
        return self.post(path, {"csrf_token": token_in(self.get(of or path).text), **fields})

    def sign_in(self, user: User | str, password: str = PASSWORD, **fields: str) -> TestResponse:
        username = user if isinstance(user, str) else user.username
        return self.send("/login", username=username, password=password, **fields)

    def cookie(self, name: str) -> str | None:
        kept = self.client.get_cookie(name)
        return kept.value if kept is not None else None


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found.group(1)


def without_tokens(page: str) -> str:
    """A page without its CSRF tokens, in which two readings of the same page differ."""
    return re.sub(r'(name="csrf_token"[^>]*value=)"[^"]+"', r"\1", page)


def begin_authorization(app: Flask, at: Browser) -> str:
    """A stored request of the client "Photo Album" in this browser; returns the id that its pages carry."""
    client, _ = make_client(app.extensions["authserver.house"], client_name="Photo Album")
    at.get("/login?req=none-yet")  # gives the browser its cookie
    browser, store = digest("browser", at.cookie("browser") or ""), authorization_requests.store
    return commit(app, lambda: store(client_id=client.client_id, parameters={}, browser=browser, ttl=1800))


def ask_for_reset(app: Flask, user: User) -> str:
    Browser(app).send("/forgot", email=user.email)
    return link_in(mails(app, user.email)[-1].body)


def open_grant(app: Flask, user: User) -> str:
    grant_id = identifier("g")
    grant = Grant(
        grant_id, "authorization_code", "album", user.id, None, "openid", (), None, (), None, 1, None, None, None, None
    )
    commit(app, lambda: grants.open_(grant))
    return grant_id


def is_revoked(app: Flask, grant_id: str) -> bool:
    found = commit(app, lambda: grants.find(grant_id))
    assert found is not None
    return found.revoked_at is not None


def reload(app: Flask, user: User) -> User:
    found = commit(app, lambda: users.find(user.id))
    assert found is not None
    return found
