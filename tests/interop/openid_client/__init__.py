"""openid-client for node, unmodified: `client.mjs` is a program that uses it, run from here one scenario at a time."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.conftest import absent, program_at

HERE = Path(__file__).parent
#: A directory with `node_modules` of what `package-lock.json` names, as `npm ci` makes it.
DIRECTORY = "AUTHSERVER_TEST_NODE_MODULES"
LOCK = HERE / "package-lock.json"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "authserver-tests" / "openid-client"
LONGEST = 90  # seconds of one scenario


def installed(scratch: Path) -> Path:
    """A directory in which `client.mjs` finds its packages: those that are given, else fetched once with npm."""
    if program_at("node") is None:
        absent("needs node")
    given = os.environ.get(DIRECTORY)
    packages = Path(given).resolve() if given else CACHE / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    if not given and not packages.exists():
        _fetch(packages)
    if not (packages / "node_modules" / "openid-client").exists():
        absent(f"needs openid-client: set {DIRECTORY}, or let npm fetch it")
    shutil.copy(HERE / "client.mjs", scratch)
    (scratch / "node_modules").symlink_to(packages / "node_modules")
    return scratch


def _fetch(packages: Path) -> None:
    """What the lock file names; two at once do not disturb each other."""
    npm = program_at("npm")
    if npm is None:
        return
    packages.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=packages.parent) as scratch:
        for path in (LOCK, HERE / "package.json"):
            shutil.copy(path, scratch)
        call = [npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
        if subprocess.run(call, cwd=scratch, capture_output=True, timeout=180).returncode == 0:
            shutil.copytree(scratch, packages, dirs_exist_ok=True)


def run(directory: Path, *, browse: Callable[[str], str], ca: Path | None = None, **scenario: Any) -> dict[str, Any]:
    """Run one scenario to its end. `browse` plays the person: from an address to where the browser comes back to."""
    environ = {**os.environ, "SCENARIO": json.dumps(scenario), "NODE_NO_WARNINGS": "1"}
    if ca is not None:
        environ["NODE_EXTRA_CA_CERTS"] = str(ca)
    call = [str(program_at("node")), "client.mjs"]
    pipe = subprocess.PIPE
    with subprocess.Popen(call, cwd=directory, env=environ, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        watch = threading.Timer(LONGEST, process.kill)
        watch.start()
        try:
            return _followed(process, browse)
        finally:
            watch.cancel()
            process.kill()


def _followed(process: "subprocess.Popen[str]", browse: Callable[[str], str]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stdout:
        said: Mapping[str, Any] = json.loads(line)
        if "open" not in said:
            assert "error" not in said, json.dumps(said["error"], indent=1)
            result: dict[str, Any] = said["result"]
            return result
        process.stdin.write(json.dumps(browse(said["open"])) + "\n")
        process.stdin.flush()
    raise AssertionError(process.stderr.read() or "the program ended without a word")
