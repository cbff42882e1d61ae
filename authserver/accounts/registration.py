"""What an account may be called: e-mail, user name, name."""

import re
import unicodedata
from dataclasses import dataclass

from authserver.accounts import passwords
from authserver.languages import gettext as _

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#: The `Mailbox` of RFC 5321 without its quoted strings and address literals; the domain has two labels or more.
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
LONGEST_NAME = 100
#: Names that would let a stranger speak for the server.
_RESERVED = """
    abuse account accounts admin administrator anonymous api auth authserver billing cli contact help hostmaster info
    login logout mail me moderator no-reply noreply null oauth official operator owner postmaster realmkit root security
    service settings setup signup staff support system team undefined verify webmaster www
"""
RESERVED = frozenset(_RESERVED.split())


@dataclass(frozen=True, slots=True)
class Particulars:
    """What describes a person, in the form in which it is kept."""

    email: str
    username: str
    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, in words for the person who filled it in."""

    field: str
    text: str


class Invalid(Exception):
    """Input that cannot be accepted."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(problem.text for problem in problems))
        self.problems = problems


def particulars(*, email: str, username: str, name: str, by_stranger: bool = False) -> Particulars:
    """Check all three; strangers may not take reserved user names. Raises Invalid with every problem."""
    kept = Particulars(email.strip().lower(), username.strip().lower(), tidy(name))
    problems = email_problems(kept.email) + username_problems(kept.username, by_stranger=by_stranger)
    problems += name_problems(kept.name)
    if problems:
        raise Invalid(*problems)
    return kept if kept.name else Particulars(kept.email, kept.username, kept.username)


def newcomer(*, email: str, username: str, name: str, password: str, by_stranger: bool = False) -> Particulars:
    """Check all that makes a new account. Raises Invalid with every problem."""
    problems = password_problems("password", password, own_names=(email.strip(), username.strip()))
    try:
        wanted = particulars(email=email, username=username, name=name, by_stranger=by_stranger)
    except Invalid as error:
        raise Invalid(*error.problems, *problems) from None
    if problems:
        raise Invalid(*problems)
    return wanted


def email_problems(email: str) -> list[Problem]:
    """What is wrong with an e-mail address."""
    return [] if _is_email(email) else [Problem("email", _("This is not an e-mail address."))]


def username_problems(username: str, *, by_stranger: bool) -> list[Problem]:
    """What is wrong with a user name in lower case."""
    if not _USERNAME.fullmatch(username):
        text = _("A user name has 2 to 64 of a-z, 0-9, dot, hyphen and underscore, and begins with a letter or digit.")
        return [Problem("username", text)]
    if by_stranger and username in RESERVED:
        return [Problem("username", _("This user name is reserved."))]
    return []


def name_problems(name: str) -> list[Problem]:
    """What is wrong with a name: length, and characters that cannot be seen or turn the text around them (XS1)."""
    if len(name) > LONGEST_NAME:
        return [Problem("name", _("The name is too long: at most %(number)s characters.", number=LONGEST_NAME))]
    if any(is_hidden(character) for character in name):
        return [Problem("name", _("The name holds characters that cannot be seen."))]
    return []


def password_problems(field: str, password: str, *, own_names: tuple[str, ...]) -> list[Problem]:
    """What is wrong with a new password."""
    try:
        passwords.check(password, own_names=own_names)
    except passwords.Unacceptable as error:
        return [Problem(field, str(error))]
    return []


def tidy(name: str) -> str:
    """The name as it is kept: composed characters, single spaces."""
    return " ".join(part for part in unicodedata.normalize("NFC", name).split(" ") if part)


def _is_email(text: str) -> bool:
    return len(text) <= 254 and len(text.partition("@")[0]) <= 64 and _EMAIL.fullmatch(text) is not None


def is_hidden(character: str) -> bool:
    """Whether a character cannot be seen, or turns the text around it."""
    # Zero-width joiners belong to the spelling of some languages; other format characters reorder or hide.
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or (category == "Cf" and character not in "\u200c\u200d")
