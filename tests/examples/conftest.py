"""One product and one build of the Go programs for all examples of a worker process."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.examples.product import Product, program, started

#: Nothing is fetched: the examples need the standard library only.
GO = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "-buildvcs=false"}


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[Product]:
    with started(tmp_path_factory.mktemp("product"), keys_dir) as product:
        yield product


@pytest.fixture(scope="session")
def go() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """`go("test", "./...", cwd=...)`."""

    def call(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [program("go"), *arguments], env=os.environ | GO, cwd=cwd, capture_output=True, text=True, timeout=280
        )

    return call


@pytest.fixture(scope="session")
def built(
    go: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Path], str]:
    """`built("net_http.go", folder)`: the path of the program."""

    def build(target: str, folder: Path) -> str:
        path = str(tmp_path_factory.mktemp("go") / "program")
        done = go("build", "-o", path, target, cwd=folder)
        assert done.returncode == 0, done.stderr
        return path

    return build
