"""Puts the rooms together: settings, secrets, database, keyring, protocol, pages, and the wire in front of them."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from authserver import browser, logs, opaque
from authserver.api import API
from authserver.endpoints import ENDPOINTS
from authserver.keyring import master
from authserver.keyring.keyring import Keyring
from authserver.limits.limiter import Limiter
from authserver.models.counters import Counters
from authserver.models.database import Database
from authserver.models.revision import is_current
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth.server import AuthorizationServer
from authserver.outbox import logouts
from authserver.pages import METADATA, PAGES
from authserver.settings import ASYMMETRIC_ALGORITHMS, Settings, load
from authserver.traces.recorder import Recorder as Traces
from authserver.usage.recorder import Recorder
from authserver.wire import Wire


@dataclass(frozen=True, slots=True)
class House:
    """What the command line works with beside the Flask application."""

    settings: Settings
    database: Database
    server: AuthorizationServer
    migrations: Path


def compose(settings: Settings | None, *, static: Path, templates: Path, migrations: Path) -> Flask:
    """The application, not yet prepared: the database may still be empty."""
    settings = settings or load()
    logs.configure(level=settings.log_level, style=settings.log_format)
    key = master.load(settings)
    opaque.install(key.derive("pepper", opaque.PEPPER_VERSION))
    app = Flask("authserver", static_folder=str(static), template_folder=str(templates))
    app.config["SECRET_KEY"] = key.derive("secret-key")
    database = Database(app, settings.database_url)
    keyring = Keyring(key, wait=settings.jwks_max_age)
    paths = {**METADATA, **{endpoint.name: endpoint.path for endpoint in ENDPOINTS if endpoint.name}}
    limiter, usage = Limiter(_counters(settings, database)), Recorder(database)
    server = AuthorizationServer(settings, keyring, limiter, usage, Traces(database), paths=paths)
    logouts.connect(database, server.fetcher, server.logout_letter)
    app.extensions["authserver"] = server
    app.extensions["authserver.house"] = House(settings, database, server, migrations)
    browser.install(app, settings)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    app.wsgi_app = Wire(app.wsgi_app, endpoints=[*ENDPOINTS, *API], server=server, database=database)  # type: ignore[method-assign]
    return app


def _counters(settings: Settings, database: Database) -> Counters:
    """Redis where it is set, else the database's own (decision 5)."""
    if settings.redis_url is None:
        return database.counters
    from authserver.limits.redis_store import RedisCounters  # an optional dependency (decision 39)

    return RedisCounters(settings.redis_url.get_secret_value())


def prepare(app: Flask, *, migrate: bool) -> bool:
    """Bring the schema up to date where that is wanted, and make the signing keys that are missing.

    False when the schema is behind and stays so: an operator must run `authserver db upgrade`.
    """
    house: House = app.extensions["authserver.house"]
    if not is_current(house.database, house.migrations):
        if not migrate:
            return False
        from authserver.models import migration  # Alembic is loaded only where it runs (decision 39)

        migration.upgrade(app, house.database, house.migrations)
    with unit_of_work(house.database) as unit:
        house.server.keyring.ensure(ASYMMETRIC_ALGORITHMS)
        unit.commit()
    return True
