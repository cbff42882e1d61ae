"""The catalogues: nothing that the sources say is missing, and no translation drops a value or adds markup."""

import re
import string
from collections import Counter

import pytest
from babel.messages.catalog import Catalog, Message

from authserver.outbox import messages
from authserver.translations.__main__ import (
    FOREIGN,
    PLACES,
    TEMPLATE,
    catalogue,
    collected,
    compiled,
    folder,
    main,
    missing,
)
from tests.architecture.sources import PACKAGE, ROOT

VALUE = re.compile(r"%(?:\((\w+)\)s|%)")
TAG = re.compile(r"<[^>]*>|&\w+;")
#: What a language may leave out where it has a word of its own for one or two.
NUMBERS = frozenset({"n", "num", "number", "count"})
UPDATE = "python -m authserver.translations update"


def texts(catalog: Catalog) -> set[str | tuple[str, ...]]:
    return {text.id if isinstance(text.id, str) else tuple(text.id) for text in catalog if text.id}


def pairs(code: str) -> list[tuple[Message, str, str, bool]]:
    """Message, source, translation, and whether the translation is for a fixed small number."""
    found = []
    for text in catalogue(code):
        if not text.id or not text.string:
            continue
        if isinstance(text.id, str):
            found.append((text, text.id, str(text.string), False))
        else:
            last = len(text.string) - 1
            found += [(text, text.id[1], said, index < min(last, 3)) for index, said in enumerate(text.string) if said]
    return found


def values(text: str) -> Counter[str]:
    return Counter(found[1] or "%" for found in VALUE.finditer(text))


def test_every_text_of_the_sources_is_in_the_template() -> None:
    from babel.messages.pofile import read_po

    with TEMPLATE.open("rb") as file:
        kept = texts(read_po(file))
    assert texts(collected()) - kept == set(), f"run `{UPDATE}`"
    assert kept - texts(collected()) == set(), f"run `{UPDATE}`"


@pytest.mark.parametrize("code", FOREIGN)
def test_every_catalogue_has_every_text(code: str) -> None:
    assert texts(catalogue(code)) == texts(collected()), f"run `{UPDATE}`"


@pytest.mark.parametrize("code", FOREIGN)
def test_every_text_is_translated(code: str) -> None:
    assert [str(text.id) for text in missing(catalogue(code))] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_what_the_server_reads_is_what_translators_wrote(code: str) -> None:
    kept = (folder(code) / "messages.mo").read_bytes()
    assert kept == compiled(code), "run `python -m authserver.translations compile`"


@pytest.mark.parametrize("code", FOREIGN)
def test_babel_finds_nothing_wrong(code: str) -> None:
    assert [(text.id, errors) for text, errors in catalogue(code).check()] == []
    assert not any(text.fuzzy for text in catalogue(code))


@pytest.mark.parametrize("code", FOREIGN)
def test_translations_hold_the_values_of_their_source(code: str) -> None:
    wrong = []
    for _text, source, said, small in pairs(code):
        dropped, added = values(source) - values(said), values(said) - values(source)
        if added or set(dropped) - (NUMBERS if small else set()):
            wrong.append((source, said))
    assert wrong == []


@pytest.mark.parametrize("code", FOREIGN)
def test_translations_hold_the_markup_of_their_source(code: str) -> None:
    wrong = [
        (source, said)
        for _, source, said, _ in pairs(code)
        if Counter(TAG.findall(source)) != Counter(TAG.findall(said))
    ]
    assert wrong == []
    loose = [said for _, _, said, _ in pairs(code) if {"<", ">"} & set(TAG.sub("", said))]
    assert loose == []


@pytest.mark.parametrize("code", FOREIGN)
def test_translations_begin_and_end_as_their_source(code: str) -> None:
    def edges(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    assert [(source, said) for _, source, said, _ in pairs(code) if edges(source) != edges(said)] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_translations_are_not_the_source(code: str) -> None:
    """Sentences; single words may be the same in two languages."""
    same = [source for _, source, said, _ in pairs(code) if source == said and len(VALUE.sub("", source).split()) > 2]
    assert same == []


@pytest.mark.parametrize("code", FOREIGN)
def test_only_arabic_turns_the_text_around_and_with_no_hidden_character(code: str) -> None:
    """Direction is the work of `dir` and `<bdi>`; a hidden character would end up in what people copy."""
    hidden = [
        said for _, _, said, _ in pairs(code) if re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", said)
    ]
    assert hidden == []


def test_places_are_those_of_the_translated_pages() -> None:
    """Every room of pages is either for everybody or in English; none is forgotten by a misspelling."""
    rooms = {path.parent.name for path in (PACKAGE / "pages").glob("*/views.py")}
    listed = {
        place.split("/")[2] for place, method in PLACES if place.startswith("authserver/pages/") and method != "ignore"
    }
    planned = {"device", "end_session"}
    assert listed - rooms <= planned
    assert {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()} - listed <= rooms


def test_the_tool_knows_two_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["improve"]) == main(["compile", "now"]) == 2
    assert "update" in capsys.readouterr().err


@pytest.mark.parametrize("code", FOREIGN)
def test_subjects_are_one_short_line(code: str) -> None:
    subjects = [(source, said) for text, source, said, _ in pairs(code) if is_subject(text)]
    assert len(subjects) >= len([name for name in vars(messages) if name.startswith("key_")])
    for source, said in subjects:
        longest = said % {"brand": "B" * 60, "app": "A" * 60}
        assert "\n" not in said
        assert len(longest) <= 200
        assert set(string.whitespace) & set(longest) <= {" "}
        assert said.startswith("%(brand)s"), source


@pytest.mark.parametrize("code", FOREIGN)
def test_addresses_in_mail_stand_on_a_line_of_their_own(code: str) -> None:
    bodies = [(source, said) for _, source, said, _ in pairs(code) if "\n%(url)s\n" in source]
    assert len(bodies) >= 9
    assert [source for source, said in bodies if "\n%(url)s\n" not in said] == []


def is_subject(text: Message) -> bool:
    return isinstance(text.id, str) and text.id.startswith("%(brand)s: ")
