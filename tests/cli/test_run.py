"""`authserver run`, as a real process on a free port."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.cli.conftest import Cli
from tests.databases import on_postgresql
from tests.processes import CHECKOUT, RunningServer, command, environment, free_port

Start = Callable[..., RunningServer]


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_contract_commands_work_while_it_runs_and_need_no_restart(running_server: Start) -> None:
    server = running_server(workers=2)
    made = server.cli("clients", "create", "--name", "CI", "--grant-type", "client_credentials", "-o", "json")
    client = json.loads(made.stdout)

    answer = requests.post(
        f"{server.url}/token",
        data={"grant_type": "client_credentials", "scope": "read:realms"},
        auth=(client["client_id"], client["client_secret"]),
        timeout=10,
    )
    seen = server.cli("tokens", "introspect", "-o", "json", stdin=answer.json()["access_token"])

    assert answer.status_code == 200
    assert '"active": true' in seen.stdout
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert "Traceback" not in server.log


def test_contract_setup_link_works_once_and_only_while_there_is_nobody(running_server: Start) -> None:
    server = running_server()
    (link,) = re.findall(r"^  (http://\S+/setup/\S+)$", written(server, "/setup/"), re.MULTILINE)

    assert requests.get(link, timeout=10).status_code == 200
    server.cli("users", "create", "--email", "ada@people.test", "--username", "ada")

    assert requests.get(link, timeout=10).status_code != 200


def test_decision_40_issuer_follows_the_port(tmp_path: Path) -> None:
    """Without AUTHSERVER_ISSUER, and with --config in place of the environment."""
    if on_postgresql():
        pytest.skip("the settings of this test name a SQLite file")
    port = free_port()
    (tmp_path / "settings.toml").write_text(
        f'data_dir = "{tmp_path}/var"\nkeys_dir = "{tmp_path}/keys"\nbrand = "Acme"\n'
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSERVER_")}
    arguments = ["run", "--config", str(tmp_path / "settings.toml"), "--listen", f"127.0.0.1:{port}", "--workers", "1"]
    call = [sys.executable, "-m", "authserver", *arguments]
    with subprocess.Popen(call, env=inherited, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            metadata = requests.get(f"http://127.0.0.1:{port}/.well-known/openid-configuration", timeout=10).json()
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0

    assert first == f"Acme answers at http://localhost:{port} (listening on 127.0.0.1:{port})\n"
    assert metadata["issuer"] == f"http://localhost:{port}"
    assert (tmp_path / "keys" / "master.key").stat().st_mode & 0o777 == 0o600


def test_decision_37_busy_port_is_refused_before_anything_is_prepared(
    busy_port: int, bare_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHSERVER_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("AUTHSERVER_KEYS_DIR", str(tmp_path / "keys"))

    done = bare_cli("run", "--demo", "--listen", f"127.0.0.1:{busy_port}")

    assert done.code == 1
    assert f"port {busy_port}" in done.err
    assert "in use" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgresql
def test_contract_postgresql_asks_for_the_upgrade(tmp_path: Path, postgresql: str) -> None:
    environ = environment(tmp_path, database=postgresql)

    done = command("run", "--listen", f"127.0.0.1:{free_port()}", environ=environ, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert "authserver db upgrade" in done.stderr
    assert command("db", "check", environ=environ, check=False).returncode == 6
    assert command("users", "list", environ=environ, check=False).returncode == 1
    command("db", "upgrade", environ=environ)
    assert command("db", "check", environ=environ).returncode == 0


def written(server: RunningServer, text: str) -> str:
    """The log, once it holds this: what is printed follows the first answer."""
    deadline = time.monotonic() + 15
    while text not in server.log:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)
    return server.log
