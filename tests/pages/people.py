"""People at browsers, for tests of pages and accounts."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver import browser, opaque
from authserver.accounts import passwords
from authserver.accounts.visitor import Visitor
from authserver.models import installation, outbox, schema, users
from authserver.models.database import Database
from authserver.models.outbox import Mail
from authserver.models.unit_of_work import read, unit_of_work, write
from authserver.models.users import User
from authserver.settings import Settings
from authserver.wire import Wire

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PASSWORD = "a quiet harbour at dawn"
VISITOR = Visitor(address="198.51.100.7", user_agent="Tests/1", browser="b" * 64)


def compose(folder: Path, **changes: Any) -> Flask:
    from authserver.pages.account.views import blueprint as account
    from authserver.pages.errors.views import blueprint as errors
    from authserver.pages.home.views import blueprint as home
    from authserver.pages.login.views import blueprint as login

    settings = Settings(data_dir=folder, password_memory=8192, **changes)
    opaque.install(b"p" * 32)
    app = Flask("authserver", static_folder=str(ROOT / "authserver/static"), template_folder=str(ROOT / "templates"))
    app.config["SECRET_KEY"] = "s" * 32
    database = Database(app, settings.database_url)
    schema.metadata.create_all(database.engine)
    app.extensions["authserver"] = SimpleNamespace(settings=settings)
    app.extensions["authserver.house"] = SimpleNamespace(settings=settings, database=database)
    browser.install(app, settings)
    for blueprint in (home, login, account, errors):
        app.register_blueprint(blueprint)
    app.wsgi_app = Wire(app.wsgi_app, endpoints=[], server=app.extensions["authserver"], database=database)
    commit(app, lambda: write().execute(installation.installation.insert().values(id=1, not_before=0, created_at=0)))
    return app


def database_of(app: Flask) -> Database:
    return app.extensions["authserver.house"].database


def settings_of(app: Flask) -> Settings:
    return app.extensions["authserver"].settings


def commit(app: Flask, action: Callable[[], T]) -> T:
    with unit_of_work(database_of(app)) as unit:
        result = action()
        unit.commit()
        return result


def person(app: Flask, username: str = "ada", *, password: str | None = PASSWORD, **more: Any) -> User:
    kept = passwords.hashed(settings_of(app), password) if password is not None else None
    values = {"email": f"{username}@people.test", "name": username.title(), "email_verified": True, **more}
    return commit(app, lambda: users.create(username=username, password_hash=kept, **values))


def mails(app: Flask) -> list[Mail]:
    """Every mail ever queued whose text has not been forgotten, oldest first."""
    rows = commit(app, lambda: read().execute(outbox.outbox.select().order_by(outbox.outbox.c.created_at)).all())
    return [Mail(**row._mapping) for row in rows]


def link_in(text: str) -> str:
    """The path of the one-time link in a mail."""
    found = re.search(r"https?://[^/\s]+(/(?:signup|reset|setup)/\S+)", text)
    assert found, text
    return found.group(1)


class Browser:
    """A Flask test client that fills in forms: it reads the page first, and sends its CSRF token."""

    def __init__(self, app: Flask, *, address: str = "198.51.100.7") -> None:
        self.client: FlaskClient = app.test_client()
        self.environ = {"REMOTE_ADDR": address}

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, environ_overrides=self.environ, **more)

    def post(self, path: str, data: Any = None, **more: Any) -> TestResponse:
        return self.client.post(path, data=data, environ_overrides=self.environ, **more)

    def send(self, path: str, *, of: str | None = None, **fields: str) -> TestResponse:
        """Load the page `of` (default: the path itself) and send its form."""
        return self.post(path, {"csrf_token": token_in(self.get(of or path).text), **fields})

    def sign_in(self, username: str = "ada", password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.send("/login", username=username, password=password, **fields)

    def cookie(self, name: str) -> str | None:
        kept = self.client.get_cookie(name)
        return kept.value if kept is not None else None


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found.group(1)
