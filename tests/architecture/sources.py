"""The sources of this repository, for tests that read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "authserver"
#: Not ours, or not kept: environments, caches, what a running server makes.
ELSEWHERE = frozenset({"node_modules", "var", "dist", "build", "__pycache__"})


def python_files(*folders: str) -> list[Path]:
    """Every Python source under these folders of the repository."""
    return sorted(path for name in folders for path in files(ROOT / name) if path.suffix == ".py")


def files(folder: Path) -> Iterator[Path]:
    """Every file that belongs to the repository."""
    if folder.is_file():
        yield folder
        return
    for path in folder.iterdir() if folder.is_dir() else ():
        hidden = path.name.startswith(".") and path.name != ".ci"
        if not hidden and path.name not in ELSEWHERE and not path.name.endswith(".egg-info"):
            yield from files(path)


def tree(path: Path) -> ast.Module:
    """The syntax tree of a source."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(ROOT).as_posix()
