"""The same program under gunicorn and Flask's own server (contract, Start): a fresh checkout needs no preparation."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.processes import CHECKOUT, environment, free_port

COMMANDS = {
    "gunicorn": ("gunicorn", "app:app", "--workers", "2", "--threads", "4", "--no-control-socket", "--bind"),
    "flask": ("flask", "--app", "app", "run", "--host", "127.0.0.1", "--port"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_serves_app_py(name: str, tmp_path: Path) -> None:
    port = free_port()
    place = f"127.0.0.1:{port}" if name == "gunicorn" else str(port)
    environ = environment(tmp_path, database=f"sqlite:///{tmp_path / 'authserver.db'}")
    call = [sys.executable, "-m", *COMMANDS[name], place]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(call, env=environ, cwd=CHECKOUT, stdout=log, stderr=log)
    try:
        assert answers(f"http://127.0.0.1:{port}/readyz"), (tmp_path / "log").read_text()
        metadata = requests.get(f"http://127.0.0.1:{port}/.well-known/openid-configuration", timeout=10).json()
        assert metadata["token_endpoint"].endswith("/token")
        assert requests.get(f"http://127.0.0.1:{port}/login", timeout=10).status_code == 200
    finally:
        process.terminate()
        process.wait(15)


def answers(url: str) -> bool:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=2).status_code == 200:
                return True
        except requests.RequestException:
            pass
        time.sleep(0.2)
    return False
