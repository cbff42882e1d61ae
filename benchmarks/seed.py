"""Fills the installation that the environment names, and writes what the load generator will send to it.

    python benchmarks/seed.py DIRECTORY UNSEEN

UNSEEN is how many signed tokens are made. One load file for each case: first line the Authorization header, then one
form body a line (`refresh-N`: one refresh token a line). The tokens are made by the server's own code, the access
tokens at its token endpoint, in this process.
"""

import base64
import io
import json
import secrets
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

from authserver import clock, factory, opaque  # noqa: E402
from authserver.models import grants, refresh_tokens, users  # noqa: E402
from authserver.models.grants import Grant  # noqa: E402
from authserver.models.unit_of_work import unit_of_work  # noqa: E402
from authserver.models.users import User  # noqa: E402
from authserver.oauth import api_keys, clients  # noqa: E402

SCOPE = "read:realms"
CLIENT_CREDENTIALS = f"grant_type=client_credentials&scope={SCOPE}"
CREDENTIALS = 1000
#: First refresh tokens of one measurement, and how many measurements there may be.
CHAINS, CHAIN_FILES = 40, 40
ALGORITHMS = ("ES256", "RS256", "EdDSA")
LIFE = 30 * 86400

Wsgi = Callable[..., Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Registered:
    """A client and the header it proves itself with."""

    client_id: str
    authorization: str


def main() -> None:
    directory, unseen = Path(sys.argv[1]), int(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    app = factory.create_app()
    house = app.extensions["authserver.house"]
    with unit_of_work(house.database) as unit:
        user = users.create(
            email="ada@people.example", username="ada", name="Ada", password_hash=None, email_verified=True
        )
        asking = register({"client_name": "API", "audience": "https://api.example"})
        machines = {alg: register(machine(alg)) for alg in ALGORITHMS}
        storing = register({**machine("ES256"), "access_token_format": "opaque"})
        application = register({"client_name": "App", "redirect_uris": ["https://client.example/callback"]})
        keys = [make_key(user, number) for number in range(CREDENTIALS)]
        chains = [make_chain(user, application.client_id) for _ in range(CHAINS * CHAIN_FILES)]
        unit.commit()
    signed = [issue(app.wsgi_app, machines["ES256"]) for _ in range(unseen)]
    stored = [issue(app.wsgi_app, storing) for _ in range(CREDENTIALS)]
    strangers = [secrets.token_urlsafe(32) for _ in range(CREDENTIALS)]
    known = signed[:CREDENTIALS]
    presented = {"keys": keys, "opaque": stored, "jwt": known, "jwt_unseen": signed, "garbage": strangers}
    for name, tokens in presented.items():
        write(directory / name, asking.authorization, [f"token={token}" for token in tokens])
    for alg, client in machines.items():
        write(directory / f"cc_{alg.lower()}", client.authorization, [CLIENT_CREDENTIALS])
    write(directory / "cc_opaque", storing.authorization, [CLIENT_CREDENTIALS])
    for number in range(CHAIN_FILES):
        part = chains[number * CHAINS : (number + 1) * CHAINS]
        write(directory / f"refresh-{number}", application.authorization, part)
    house.database.dispose()


def machine(alg: str) -> dict[str, Any]:
    """Metadata of a client that speaks for itself."""
    named = {"client_name": f"Machine {alg}", "access_token_signed_response_alg": alg}
    return {**named, "type": "machine", "scope": SCOPE}


def register(metadata: dict[str, Any]) -> Registered:
    made = clients.register(metadata, owner_id=None, privileged=True, actor="benchmarks")
    client_id = made.client.client_id
    return Registered(client_id, basic(client_id, made.secret or ""))


def make_key(user: User, number: int) -> str:
    wish = api_keys.Wish(f"key {number}", (SCOPE,), "live")
    return api_keys.create(user, wish, actor="benchmarks").key


def make_chain(user: User, client_id: str) -> str:
    """A consented grant without `openid`, and its first refresh token: what a redeemed code would have left."""
    now = clock.now()
    grant = Grant(
        id=opaque.identifier("g"),
        kind="authorization_code",
        client_id=client_id,
        user_id=user.id,
        sid=None,
        scope=f"{SCOPE} offline_access",
        audience=(),
        auth_time=now,
        amr=("pwd",),
        acr=None,
        created_at=now,
        last_used_at=now,
        refresh_expires_at=now + LIFE,
        revoked_at=None,
        revoked_because=None,
    )
    grants.open_(grant)
    token = refresh_tokens.new()
    refresh_tokens.issue(token, grant_id=grant.id, expires_at=now + LIFE)
    return token


def issue(app: Wsgi, client: Registered) -> str:
    status, body = post(app, "/token", CLIENT_CREDENTIALS.encode(), client.authorization)
    if status != "200 OK":
        raise SystemExit(f"seeding failed: {status} {body!r}")
    token: str = json.loads(body)["access_token"]
    return token


def post(app: Wsgi, path: str, body: bytes, authorization: str) -> tuple[str, bytes]:
    """One form to a WSGI application, without a server. Status and body."""
    told: list[str] = []
    environ = environ_of(path, body, authorization)
    content = b"".join(app(environ, lambda status, _headers: told.append(status)))
    return told[0], content


def environ_of(path: str, body: bytes, authorization: str) -> dict[str, Any]:
    """The WSGI environ of that form."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": authorization,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
    }


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def write(path: Path, authorization: str, lines: list[str]) -> None:
    path.write_text("\n".join([authorization, *lines]) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
