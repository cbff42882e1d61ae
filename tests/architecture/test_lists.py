"""The five lists are the architecture: what stands in one has a test, and no two members claim the same place."""

from collections.abc import Iterator
from functools import cache

import pytest
from flask import Flask

from authserver.api import API, RESOURCES
from authserver.endpoints import ENDPOINTS
from authserver.oauth.credentials import CREDENTIALS
from authserver.oauth.grants import GRANT_TYPES
from authserver.oauth.interaction import STEPS
from authserver.pages import PAGES
from tests.architecture.sources import PACKAGE, ROOT, python_files


@cache
def written() -> str:
    """The text of all tests but these."""
    tests = [path for path in python_files("tests") if path.name.startswith("test_")]
    return "\n".join(path.read_text(encoding="utf-8") for path in tests if path.parent.name != "architecture")


def is_tested(word: str) -> bool:
    return word in written()


def kind(member: object) -> str:
    """The noun of a list member: the name of its file."""
    return type(member).__module__.rpartition(".")[2]


@pytest.mark.parametrize("path", sorted({endpoint.path.partition("{")[0] for endpoint in [*ENDPOINTS, *API]}))
def test_every_endpoint_has_a_test(path: str) -> None:
    assert is_tested(path)


@pytest.mark.parametrize("grant_type", GRANT_TYPES)
def test_every_grant_has_a_test(grant_type: str) -> None:
    assert is_tested(grant_type)


@pytest.mark.parametrize("credential", [kind(credential) for credential in CREDENTIALS])
def test_every_credential_has_a_test(credential: str) -> None:
    assert is_tested(credential)


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_every_step_has_a_test(step: str) -> None:
    assert is_tested(step)


def test_every_page_has_a_test(app: Flask) -> None:
    routes = [rule for rule in app.url_map.iter_rules() if "." in rule.endpoint]
    for blueprint in PAGES:
        paths = [rule.rule.partition("<")[0] for rule in routes if rule.endpoint.startswith(f"{blueprint.name}.")]
        assert any(is_tested(word) for word in (blueprint.name, *paths) if len(word) > 1), blueprint.name


def test_every_page_is_reached(app: Flask) -> None:
    assert {blueprint.name for blueprint in PAGES} <= set(app.blueprints)


def test_every_file_of_a_room_is_a_member_of_its_list() -> None:
    assert {kind(credential) for credential in CREDENTIALS} == set(modules("oauth/credentials")) - {"credential"}
    assert len(GRANT_TYPES) == len(list(modules("oauth/grants")))
    responding = {endpoint.respond.__module__.rpartition(".")[2] for endpoint in ENDPOINTS}
    assert responding == set(modules("endpoints"))


def test_every_file_of_the_management_api_is_a_member_of_its_list() -> None:
    responding = {resource.operations[0].respond.__module__.split(".")[2] for resource in RESOURCES}
    assert responding | {"absent", "openapi"} == {*modules("api"), *packages("api")}


def test_every_package_of_pages_is_a_member_of_its_list() -> None:
    packages = {path.parent.name for path in (PACKAGE / "pages").glob("*/views.py")}
    assert packages == {blueprint.import_name.split(".")[2] for blueprint in PAGES}


def test_every_page_has_templates_of_its_name_or_none() -> None:
    packages = {path.parent.name for path in (PACKAGE / "pages").glob("*/views.py")}
    assert {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()} <= packages


def test_no_two_endpoints_share_a_path_and_no_page_hides_one(app: Flask) -> None:
    paths = [endpoint.path for endpoint in [*ENDPOINTS, *API]]
    assert len(paths) == len(set(paths))
    assert not set(paths) & {rule.rule for rule in app.url_map.iter_rules()}


def packages(room: str) -> Iterator[str]:
    """The packages of a room."""
    return (path.parent.name for path in (PACKAGE / room).glob("*/__init__.py"))


def modules(room: str) -> Iterator[str]:
    """The files of a room, without its list."""
    return (path.stem for path in (PACKAGE / room).glob("*.py") if path.stem != "__init__")
