"""Names of applications: one form, nothing hidden, and which may be another name than they look (C1, DC6)."""

import pytest

from authserver.oauth import client_name
from authserver.oauth.errors import InvalidClientMetadataError


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ada's App", "Ada's App"),
        ("  Tours   Planner ", "Tours Planner"),
        ("\uff34\uff4f\uff55\uff52\uff53", "Tours"),
        ("\U0001d413\U0001d428\U0001d42e\U0001d42b\U0001d42c", "Tours"),
        ("\ufb01le", "file"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("I \u2764\ufe0f maps", "I \u2764 maps"),
        ("\u6771\u4eac \U0001f680", "\u6771\u4eac \U0001f680"),
    ],
)
def test_C1_one_form(given: str, kept: str) -> None:
    assert client_name.check(given) == kept
    assert client_name.shown(given) == kept
    assert client_name.check(kept) == kept


@pytest.mark.parametrize(
    "name",
    ["a\u202eb", "a\u2066b", "a\u200bb", "a\u00adb", "\ufeffa", "a\u3164b", "\u3164", "a\u034fb", "\u2800", "a\u115fb",
     "a" + "\u0300" * 9, "\ufe0f", "\ufdfa" * 10, "", " ", "a\nb", None, 1, ["a"]],
)  # fmt: skip
def test_DC6_what_could_deceive_is_refused(name: object) -> None:
    with pytest.raises(InvalidClientMetadataError):
        client_name.check(name)


@pytest.mark.parametrize("name", ["a\u202eb", "a\u200bb", "a\u3164b", "a\u034fb", "a\0b", "a\ue000b"])
def test_C1_and_is_not_shown_where_it_is_stored(name: str) -> None:
    assert client_name.shown(name) == "ab"


def test_C1_marks_do_not_pile_up() -> None:
    assert len(client_name.shown("a" + "\u0321" * 50)) <= 1 + client_name.MOST_MARKS


def test_C1_what_is_shown_is_short() -> None:
    assert len(client_name.shown("ab " * 33)) <= client_name.SHOWN


@pytest.mark.parametrize(
    "name",
    ["T\u043eurs", "\u0420\u0430y\u0440al", "\u0430\u0440\u0440", "Tours \u0430\u0440\u0440", "\u039f\u039a",
     "P\u03b1y", "\u13aaurs x"],
)  # fmt: skip
def test_C1_names_that_may_be_another(name: str) -> None:
    assert client_name.is_ambiguous(name)


@pytest.mark.parametrize(
    "name",
    ["Tours", "Caf\u00e9 3", "\u042f\u043d\u0434\u0435\u043a\u0441", "\u6771\u4eac Tours", "\u30a2\u30d7\u30ea\u30fc",
     "\ud55c\uad6d App", "\u062a\u0637\u0628\u064a\u0642", "\u05d0\u05d1\u05d2", "\u0938\u092e\u092f",
     "123", "\U0001f680", "\u03b1\u03b2\u03b3"],
)  # fmt: skip
def test_C1_ordinary_names_of_any_language(name: str) -> None:
    assert not client_name.is_ambiguous(name)
