"""What the catalogue says of an error code, and of each case of it."""

from dataclasses import dataclass

#: Who must act.
DEVELOPER = "the developer of the application"
PERSON = "the person who signs in"
OPERATOR = "the operator of this server"


@dataclass(frozen=True, slots=True)
class Section:
    """Where a specification says so."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Case:
    """One way to come to the error: `anchor` is the fragment of `error_uri` and the cause in a trace."""

    anchor: str
    means: str
    fix: str
    section: Section | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One error code."""

    code: str
    means: str
    who: str
    section: Section
    cases: tuple[Case, ...] = ()

    def case(self, anchor: str | None) -> Case | None:
        """The case with this anchor."""
        return next((case for case in self.cases if case.anchor == anchor), None)


def rfc(number: int, section: str) -> Section:
    """A section of an RFC."""
    url = f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"
    return Section(f"RFC {number}, section {section}", url)


def openid(anchor: str, section: str) -> Section:
    """A section of OpenID Connect Core."""
    return Section(
        f"OpenID Connect Core, section {section}", f"https://openid.net/specs/openid-connect-core-1_0.html#{anchor}"
    )
