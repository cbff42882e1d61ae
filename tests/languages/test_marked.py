"""A language in which every text is in brackets: what stands outside, no catalogue knows."""

import ast
from collections.abc import Iterator

import pytest
from flask import Flask

from authserver import languages
from authserver.browser.language import TRANSLATED
from authserver.oauth import authorization, pushed_request, request_object
from authserver.outbox import courier
from authserver.pages.authorize import unsafe
from tests.architecture.sources import PACKAGE, ROOT, name, python_files, tree
from tests.languages.journeys import JOURNEYS
from tests.languages.pseudo import pseudo, unmarked, write
from tests.languages.visits import APP, Seen, another

#: Names that are the same in every language.
ALLOWED = frozenset({"RealmKit", APP, *languages.OFFERED.values()})
#: Parts of templates that are never a page by themselves.
PARTS = frozenset({"authorize/open.html", "consent/parts.html"})
#: Calls whose text people read -> which argument it is.
SPOKEN = {
    "flash": 0, "abort": 1, "Problem": 1, "InputRequired": 0, "ValidationError": 0, "StopValidation": 0,
    "Unacceptable": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def seen(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    """What every journey has shown, said in brackets."""
    folder = tmp_path_factory.mktemp("translations")
    write(folder / "de" / "LC_MESSAGES")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(courier, "wake", lambda database, settings: None)
        patch.setattr(languages, "CATALOGUES", folder)
        languages._catalogue.cache_clear()
        try:
            yield {journey: _walked(app, journey) for journey in JOURNEYS}
        finally:
            languages._catalogue.cache_clear()


def _walked(app: Flask, journey: str) -> Seen:
    seen, at = Seen(), another(app)
    with seen.looking():
        JOURNEYS[journey](app, at)
    return seen


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_text_of_a_page_is_marked(seen: dict[str, Seen], journey: str) -> None:
    assert seen[journey].pages
    assert journey == "refusals" or [place for place in seen[journey].pages if " 500 " in place] == []
    found = {place: unmarked(page, allowed=ALLOWED) for place, page in seen[journey].pages.items()}
    assert {place: texts for place, texts in found.items() if texts} == {}


def test_every_page_was_seen(seen: dict[str, Seen]) -> None:
    rendered = {template for one in seen.values() for template in one.templates}
    folders = [path for path in (ROOT / "templates").iterdir() if path.name in TRANSLATED]
    pages = {path.relative_to(ROOT / "templates").as_posix() for folder in folders for path in folder.glob("*.html")}
    assert {page for page in pages if "/_" not in page} - rendered == PARTS


def test_an_unmarked_text_would_be_found() -> None:
    page = f"<title>{pseudo('Sign in')} · RealmKit</title><p>{pseudo('To <b>%(app)s</b>')} <bdi>Ada</bdi>"
    assert unmarked(page, allowed=ALLOWED) == []
    assert unmarked(f"{page} and</p>", allowed=ALLOWED) == ["and"]
    assert unmarked(f'{page}</p><button aria-label="Close">', allowed=ALLOWED) == ["Close"]


def test_no_text_of_the_sources_is_said_as_it_is() -> None:
    rooms = [f"pages/{room}/" for room in TRANSLATED]
    spoken = ("accounts/", "browser/", *rooms)
    found = [
        f"{name(path)}:{call.lineno} {ast.unparse(call)[:80]}"
        for path in python_files("authserver")
        if path.relative_to(PACKAGE).as_posix().startswith(spoken)
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and _is_bare(call)
    ]
    assert found == []


def test_every_error_of_the_authorization_has_a_translation() -> None:
    """Its text stands in traces too, which are English: it is translated where it is shown."""
    texts = {
        ast.literal_eval(call.args[0])
        for path in python_files("authserver/oauth", "authserver/pages/authorize")
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "UnsafeRequest" and _is_sentence(call.args[0])
    }
    texts |= {authorization.UNKNOWN, pushed_request.NOT_GOOD, request_object.NOT_VALID}
    assert len(texts) >= 5
    assert texts <= {str(text) for text in unsafe.SAID}


def _is_bare(call: ast.Call) -> bool:
    place = SPOKEN.get(call.func.id) if isinstance(call.func, ast.Name) else None
    said = [*call.args[place : place + 1]] if place is not None else []
    said += [keyword.value for keyword in call.keywords if keyword.arg == "message"]
    return any(isinstance(text, ast.JoinedStr) or _is_sentence(text) for text in said)


def _is_sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
