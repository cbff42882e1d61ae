"""What is written twice says the same: the settings of the README, the versions of the lock file."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo

from authserver.settings import PREFIX, Settings
from tests.architecture.sources import ROOT

ROW = re.compile(r"^\| `(AUTHSERVER_[A-Z_]+)` \| `([^`]*)` \| (.+) \|$", re.MULTILINE)
#: Defaults that the README puts in words, because they follow from something else.
IN_WORDS = {"issuer": "http://localhost:8000", "database_url": "SQLite in the data directory"}


def table() -> dict[str, tuple[str, str]]:
    """Variable -> default and meaning, as the README has them."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return {name: (default, meaning) for name, default, meaning in ROW.findall(readme)}


def default_of(name: str, field: FieldInfo) -> str:
    """The default as people write it."""
    if name in IN_WORDS:
        return IN_WORDS[name]
    if name.endswith("_dir"):
        return f"./{field.default}"
    return str(field.default) if field.default not in (None, "") else "none"


def test_readme_names_every_setting_and_no_other() -> None:
    assert list(table()) == [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_readme_says_what_the_code_says(name: str) -> None:
    field = Settings.model_fields[name]
    default, meaning = table()[f"{PREFIX}{name.upper()}"]
    assert default == default_of(name, field)
    assert meaning.startswith(field.description or "a setting without a meaning")
    assert all(f"`{choice}`" in meaning for choice in get_args(field.annotation) if isinstance(choice, str))


def test_lock_file_answers_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = next(package for package in locked() if package["name"] == project["name"])
    groups = {None: project["dependencies"], **project["optional-dependencies"]}
    asked = {(extra, *split(text)) for extra, texts in groups.items() for text in texts}
    assert {wish for wish in asked if wish[1] != project["name"]} <= set(wishes(own))


def test_lock_file_takes_packages_from_the_public_index_only() -> None:
    others = [package["source"] for package in locked() if package["source"] != {"editable": "."}]
    indexes = {source.get("registry", str(source)) for source in others}
    assert len(indexes) == 1  # one index, and not one that is reached by an address, a port or a password
    assert re.fullmatch(r"https://[a-z]+\.org/simple", indexes.pop())


def locked() -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return packages


def wishes(package: dict[str, Any]) -> Iterator[tuple[str | None, str, frozenset[str]]]:
    """What the lock file was made for: extra, name, bounds."""
    for wish in package["metadata"]["requires-dist"]:
        extra = re.search(r"extra == '([a-z]+)'", wish.get("marker", ""))
        yield extra[1] if extra else None, wish["name"], bounds(wish.get("specifier", ""))


def split(requirement: str) -> tuple[str, frozenset[str]]:
    name, _, specifier = re.fullmatch(r"([a-z0-9-]+)(\[[a-z]+\])?(.*)", requirement).groups()  # type: ignore[union-attr]
    return name, bounds(specifier)


def bounds(specifier: str) -> frozenset[str]:
    return frozenset(filter(None, specifier.split(",")))
