"""What an account may be called."""

import pytest

from authserver.accounts.registration import Invalid, Particulars, particulars


def problems_of(**values: str | bool) -> set[str]:
    try:
        particulars(**{"email": "ada@people.test", "username": "ada", "name": "Ada", **values})  # type: ignore[arg-type]
    except Invalid as error:
        return {problem.field for problem in error.problems}
    return set()


@pytest.mark.parametrize(
    "email",
    ["a@b.test", "Ada.L+x@mail.people.test", "o'brien@people.test", "a@xn--bcher-kva.test", "x" * 64 + "@people.test"],
)
def test_addresses(email: str) -> None:
    assert problems_of(email=email) == set()


@pytest.mark.parametrize(
    "email",
    [
        "", "ada", "@people.test", "ada@", "ada@localhost", "ada@@people.test", "a b@people.test",
        "ada@people..test", ".ada@people.test", "ada.@people.test", "ada@-people.test", "ada@people.test\n",
        "ada@people.test\r\nBcc: x@y.test", "ada@people.test,eve@people.test", "<ada@people.test>",
        '"ada"@people.test', "ada@[127.0.0.1]",
        "adä@people.test", "ada\x00@people.test",
        "x" * 65 + "@people.test", "ada@" + "a." * 130 + "test",
    ],
)  # fmt: skip
def test_no_addresses(email: str) -> None:
    expected = set() if email.strip() == "ada@people.test" else {"email"}  # space around it is forgiven
    assert problems_of(email=email) == expected


@pytest.mark.parametrize(
    "username", ["a", "-ada", ".ada", "ada lovelace", "ada@home", "adä", "a/b", "a" * 65, "a\x00b", "аda"]
)
def test_no_user_names(username: str) -> None:
    assert problems_of(username=username) == {"username"}


@pytest.mark.parametrize("username", ["admin", "Root", "support"])
def test_reserved_only_for_strangers(username: str) -> None:
    assert problems_of(username=username, by_stranger=True) == {"username"}
    assert problems_of(username=username) == set()


@pytest.mark.parametrize(
    "name", ["a\x00b", "a\x1b[31m", "a\nb", "evil\u202etxt", "a\u200bb", "\ufeff", "x" * 101, "a\ud800"]
)
def test_no_names(name: str) -> None:
    assert problems_of(name=name) == {"name"}


@pytest.mark.parametrize("name", ["Ada", "O'Brien-Smith", "李小龙", "क्\u200dष", "👩\u200d🔬 Eva", "<b>"])
def test_names(name: str) -> None:
    assert problems_of(name=name) == set()


def test_what_is_kept_is_tidy() -> None:
    kept = particulars(email=" Ada@People.TEST ", username=" ADA ", name="  Ada   L.  ")
    assert kept == Particulars("ada@people.test", "ada", "Ada L.")
    assert particulars(email="ada@people.test", username="ada", name=" ").name == "ada"
