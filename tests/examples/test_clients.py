"""Every client and every SDK, run as people run them, against the running product; and the tests of the SDKs."""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.examples.product import EXAMPLES, Product, program

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CLIENTS = {"cURL": ("sh", "curl.sh"), "JavaScript": ("node", "fetch.mjs"), "Python": (), "Go": ()}
SDKS = ("python", "javascript", "go")


@pytest.fixture(scope="session")
def client(built: Callable[[str, Path], str]) -> Callable[[str], tuple[str, ...]]:
    """A client as a command."""

    @functools.cache
    def command(language: str) -> tuple[str, ...]:
        if language == "Python":
            return (sys.executable, "clients/python_requests.py")
        if language == "Go":
            return (built("net_http.go", EXAMPLES / "clients"),)
        program("curl")
        interpreter, name = CLIENTS[language]
        return (program(interpreter), f"clients/{name}")

    return command


@pytest.fixture(scope="session")
def tour(built: Callable[[str, Path], str]) -> Callable[[str], tuple[str, ...]]:
    """The example of an SDK as a command."""

    @functools.cache
    def command(language: str) -> tuple[str, ...]:
        if language == "go":
            return (built("./cmd/realms", EXAMPLES / "sdk" / "go"),)
        if language == "javascript":
            return (program("node"), "sdk/javascript/example.mjs")
        return (sys.executable, "sdk/python/example.py")

    return command


@pytest.mark.parametrize("language", CLIENTS)
def test_client_lists_realms(product: Product, client: Callable[[str], tuple[str, ...]], language: str) -> None:
    made = product.call("POST", "/v1/realms", json={"name": language}).json()
    done = product.run(*client(language), key=product.narrow)
    assert done.returncode == 0, done.stderr
    assert made["id"] in [realm["id"] for realm in json.loads(done.stdout)["items"]]


@pytest.mark.parametrize("language", CLIENTS)
def test_client_tells_what_is_wrong_with_the_key(
    product: Product, client: Callable[[str], tuple[str, ...]], language: str
) -> None:
    refused = product.run(*client(language), key=f"{product.key[:-1]}-")
    assert refused.returncode != 0
    assert "401" in refused.stderr + refused.stdout
    assert product.key[:-1] not in refused.stderr + refused.stdout
    missing = product.run(*client(language), key="")
    assert missing.returncode != 0
    assert "REALMKIT_API_KEY" in missing.stderr


@pytest.fixture(scope="session")
def blind_key(product: Product) -> str:
    """A key that may not read realms."""
    key: str = product.new_key("--environment", "live", "--scope", "read:stats")["key"]
    return key


@pytest.mark.parametrize("language", CLIENTS)
def test_client_tells_which_scope_is_missing(
    product: Product, client: Callable[[str], tuple[str, ...]], blind_key: str, language: str
) -> None:
    done = product.run(*client(language), key=blind_key)
    assert done.returncode != 0
    assert "403" in done.stderr
    assert "read:realms" in done.stderr + done.stdout


@pytest.mark.parametrize("language", SDKS)
def test_sdk_lives_a_whole_life(product: Product, tour: Callable[[str], tuple[str, ...]], language: str) -> None:
    done = product.run(*tour(language), key=product.key)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "listed": True,
        "name": "Late winter",
        "size": 5,
        "content": "snow\n",
        "stats": True,
        "bio": "Likes snow.",
        "username": "ada",
        "left": False,
    }


@pytest.mark.parametrize("language", SDKS)
def test_sdk_errors_have_types(product: Product, tour: Callable[[str], tuple[str, ...]], language: str) -> None:
    denied = product.run(*tour(language), key=product.narrow)
    assert (denied.returncode, denied.stderr.strip()) == (1, "PermissionDeniedError: missing write:realms")
    refused = product.run(*tour(language), key=f"{product.key[:-1]}-")
    assert refused.returncode == 1
    assert refused.stderr.startswith("AuthenticationError: ")


# -- the tests of the SDKs themselves ----------------------------------------------------------------------------------


def passed(done: "subprocess.CompletedProcess[str]") -> None:
    assert done.returncode == 0, done.stdout + done.stderr


def test_python_sdk_passes_its_tests() -> None:
    call = [sys.executable, "-W", "error", "-m", "unittest"]
    folder = EXAMPLES / "sdk" / "python"
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(call, cwd=folder, env=environ, capture_output=True, text=True, timeout=120)
    passed(done)
    assert "Ran 16 tests" in done.stderr


def test_javascript_sdk_passes_its_tests() -> None:
    folder = EXAMPLES / "sdk" / "javascript"
    passed(subprocess.run([program("node"), "--test"], cwd=folder, capture_output=True, text=True, timeout=120))


def test_go_sdk_passes_its_tests(go: Run) -> None:
    passed(go("test", "./...", cwd=EXAMPLES / "sdk" / "go"))
