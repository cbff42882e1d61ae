"""The product as people run it: the authorization server, the realms API beside it, a user and her keys."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.conftest import absent
from tests.processes import CHECKOUT, READY_WITHIN, RunningServer, free_port, running

EXAMPLES = CHECKOUT / "examples"
SCOPES = "read:realms download:realms write:realms delete:realms read:stats read:profile write:profile"
PASSWORD = "a walk in the winter sun"
CREATE_API = ("clients", "create", "--resource-server", "--name", "Realms API", "--meter")
CREATE_USER = ("users", "create", "--email", "ada@example.test", "--username", "ada", "--password-stdin")
CREATE_ROBOT = ("clients", "create", "--name", "Robot", "--grant-type", "client_credentials", "--scope", "read:realms")


@dataclass(frozen=True, slots=True)
class Product:
    """Both servers. `key` may do everything, `narrow` only reads realms, `service` is a client's access token."""

    server: RunningServer
    api: str
    key: str = field(repr=False)
    narrow: str = field(repr=False)
    service: str = field(repr=False)

    def call(self, method: str, path: str, key: str | None = None, **options: Any) -> requests.Response:
        """Call the realms API; without `key`, with the one that may do everything; "" sends none."""
        chosen = self.key if key is None else key
        headers = {"Authorization": f"Bearer {chosen}"} if chosen else {}
        return requests.request(method, self.api + path, headers=headers, timeout=30, **options)

    def run(self, *command: str, key: str, cwd: Path = EXAMPLES) -> "subprocess.CompletedProcess[str]":
        """Run a client as people do: the key in the environment, nothing in the arguments."""
        environ = {**os.environ, "REALMKIT_API_KEY": key, "REALMKIT_BASE_URL": self.api}
        return subprocess.run(command, env=environ, cwd=cwd, capture_output=True, text=True, timeout=120)

    def new_key(self, *flags: str) -> dict[str, Any]:
        """A key of the user, by the command line."""
        return created(self.server, "api-keys", "create", "--user", "ada", "--name", "CI", *flags)


@contextmanager
def started(directory: Path, keys_dir: Path) -> Iterator[Product]:
    """Everything that README.md of the realms API tells to do."""
    port = free_port()
    api = f"http://localhost:{port}"
    with running(directory, keys_dir=keys_dir) as server:
        guard = created(server, *CREATE_API, "--audience", api)
        created(server, *CREATE_USER, stdin=PASSWORD)
        robot = created(server, *CREATE_ROBOT)
        by_user = ("api-keys", "create", "--user", "ada", "--environment", "live")
        key = created(server, *by_user, "--name", "All", "--scope", SCOPES)["key"]
        narrow = created(server, *by_user, "--name", "Narrow", "--scope", "read:realms")["key"]
        settings = {
            "REALMS_API_ISSUER": server.url,
            "REALMS_API_AUDIENCE": api,
            "REALMS_API_CLIENT_ID": guard["client_id"],
            "REALMS_API_CLIENT_SECRET": guard["client_secret"],
            "REALMS_API_DATABASE": str(directory / "realms.db"),
        }
        with realms_api(directory, port, settings):
            yield Product(server, api, key, narrow, token_of(server, robot))


def created(server: RunningServer, *arguments: str, stdin: str | None = None) -> dict[str, Any]:
    """What a command has made."""
    document: dict[str, Any] = json.loads(server.cli(*arguments, "-o", "json", stdin=stdin).stdout)
    return document


def token_of(server: RunningServer, client: Mapping[str, str]) -> str:
    """An access token that a client has got for itself."""
    pair = (client["client_id"], client["client_secret"])
    form = {"grant_type": "client_credentials"}
    answer = requests.post(f"{server.url}/token", data=form, auth=pair, timeout=30)
    token: str = answer.json()["access_token"]
    return token


@contextmanager
def realms_api(directory: Path, port: int, settings: Mapping[str, str]) -> Iterator[None]:
    """The realms API in a process of its own."""
    granian = str(Path(sys.executable).with_name("granian"))
    call = [granian, "--interface", "wsgi", "--factory", "--port", str(port), "examples.realms_api.app:create_app"]
    log_path = directory / "realms_api.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(call, env={**os.environ, **settings}, cwd=CHECKOUT, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not answers(f"http://localhost:{port}/"):
            assert process.poll() is None, log_path.read_text()
            assert time.monotonic() < deadline, log_path.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)


def answers(url: str) -> bool:
    """Whether somebody answers there."""
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def program(name: str) -> str:
    """The path of a program; the test is skipped where there is none."""
    path = shutil.which(name)
    if path is None:
        absent(f"needs {name}")
    return path
