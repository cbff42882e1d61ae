"""What a key that is about to be made can do, and what it cannot: said before it is made."""

from collections.abc import Iterable
from dataclasses import dataclass

from authserver.models.scopes import Scope

ASKED = "preview"  # the button that only looks


@dataclass(frozen=True, slots=True)
class Preview:
    """Every scope that could be chosen, and whether it is."""

    scopes: tuple[tuple[str, str, bool], ...]
    environment: str

    @property
    def can(self) -> bool:
        """Whether it can do anything yet."""
        return any(chosen for _, _, chosen in self.scopes)

    @property
    def cannot(self) -> bool:
        """Whether anything is left that it cannot do."""
        return not all(chosen for _, _, chosen in self.scopes)


def of(offered: Iterable[Scope], *, chosen: Iterable[str], environment: str | None) -> Preview:
    """What is in the form now."""
    names = set(chosen)
    scopes = tuple((scope.name, scope.description, scope.name in names) for scope in offered)
    return Preview(scopes, "test" if environment == "test" else "live")
