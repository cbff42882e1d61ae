"""`authserver run --demo`: what it prints works when pasted (decision 49)."""

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from authserver.cli import demo
from authserver.models import clients, users
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from tests.cli.conftest import Cli
from tests.cli.test_run import Start, written
from tests.relying_party import RelyingParty, Remote

if TYPE_CHECKING:
    from authserver.composition import House

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


def commands(text: str) -> list[str]:
    """What would be pasted, line by line."""
    return [line for line in text.splitlines() if re.match(r"(curl |[A-Z]+=)", line)]


def pasted(lines: list[str]) -> dict[str, object]:
    done = subprocess.run(["bash", "-euc", "\n".join(lines)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def code_for(server_url: str, text: str) -> str:
    """Follow the printed address in a browser, as the printed user, up to the code in the address bar."""
    (address,) = re.findall(r"^  (http\S+/authorize\?\S+)$", text, re.MULTILINE)
    password = re.findall(r"password +(\S+)$", text, re.MULTILINE)[0]
    browser = Remote(server_url)
    rp = RelyingParty(browser, SimpleClient())  # type: ignore[arg-type]
    parts = urlsplit(address)
    rp._browse("GET", f"{parts.path}?{parts.query}")
    rp.sign_in(SimpleUser(), password)  # type: ignore[arg-type]
    rp.consent()
    browser.close()
    return rp.code


class SimpleUser:
    username = demo.USERNAME


class SimpleClient:
    redirect_uris: tuple[str, ...] = ()


def test_decision_49_every_printed_command_works(running_server: Start, tmp_path: Path) -> None:
    server = running_server(arguments=("--demo",))
    text = written(server, "code_verifier")
    lines = commands(text)
    assert [line.partition(" ")[0].partition("=")[0] for line in lines] == ["curl", "TOKEN", "curl", "CODE", "curl"]

    key, token = pasted(lines[:1]), pasted(lines[1:3])
    redeemed = pasted([f"CODE={code_for(server.url, text)}", lines[4]])

    assert (key["active"], key["token_use"], key["username"], key["scope"]) == (True, "api_key", "demo", demo.SCOPE)
    assert (token["active"], token["token_use"], token["client_id"]) == (True, "access_token", demo.SERVICE)
    assert {"access_token", "id_token"} <= redeemed.keys()
    landing = requests.get(f"{server.url}/?code=x&state=demo", timeout=10)
    assert landing.status_code == 200
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_decision_49_demo_again_resets_its_secrets(own_cli: Cli, own_house: "House") -> None:
    first, second = reset(own_house), reset(own_house)

    for name in ("password", "api_secret", "service_secret", "key", "verifier"):
        assert getattr(first, name) != getattr(second, name)
    states = {row["state"] for row in own_cli("api-keys", "list", "--user", "demo", "-o", "json").json}
    assert states == {"revoked", "live"}
    assert own_cli("tokens", "introspect", "-o", "json", stdin=first.key).json == {"active": False}
    assert own_cli("tokens", "introspect", "-o", "json", stdin=second.key).json["active"] is True
    with unit_of_work(own_house.database):
        assert {client.client_id for client in clients.every()} == {demo.APP, demo.SERVICE, demo.API}
        assert users.count() == 1


def test_demo_never_takes_over_an_account(own_cli: Cli, own_house: "House") -> None:
    assert own_cli("users", "create", "--email", "owner@people.test", "--username", "demo").code == 0

    with pytest.raises(demo.Conflict, match="not the demo's"):
        reset(own_house)

    with unit_of_work(own_house.database):
        owner = users.find_by_login("demo")
    assert isinstance(owner, User)
    assert owner.password_hash is None


def reset(house: "House") -> demo.Demo:
    with unit_of_work(house.database) as unit:
        made = demo.reset(house)
        unit.commit()
    return made
