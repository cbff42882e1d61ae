"""axe-core, from the directory AUTHSERVER_TEST_AXE or fetched once with npm."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from tests.conftest import absent

#: Where `axe.min.js` of the npm package axe-core lies.
DIRECTORY = "AUTHSERVER_TEST_AXE"
VERSION = "4.14.1"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "authserver-tests" / f"axe-core-{VERSION}"


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    given = os.environ.get(DIRECTORY)
    path = (Path(given) if given else CACHE) / "axe.min.js"
    if not path.exists() and not given:
        _fetch(path)
    if not path.exists():
        absent(f"needs axe-core {VERSION}: set {DIRECTORY}, or install npm")
    return path.read_text(encoding="utf-8")


def _fetch(path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        return
    with tempfile.TemporaryDirectory() as scratch:
        call = [npm, "pack", "--silent", "--pack-destination", scratch, f"axe-core@{VERSION}"]
        if subprocess.run(call, cwd=scratch, capture_output=True, timeout=120).returncode != 0:
            return
        archive = next(Path(scratch).glob("*.tgz"))
        with tarfile.open(archive) as package:
            content = package.extractfile("package/axe.min.js")
            assert content is not None
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}")  # another worker process may fetch it at the same time
            part.write_bytes(content.read())
            part.replace(path)
