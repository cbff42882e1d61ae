"""What the API answers. Members that it learns later are ignored by this version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


class Document:
    """A JSON object of the API."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """The members that this version knows."""
        known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: value for name, value in document.items() if name in known})


@dataclass(frozen=True, slots=True)
class Realm(Document):
    """A realm, without its content."""

    id: str
    name: str
    description: str = ""
    created_at: int = 0
    updated_at: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some realms; `next` is the cursor of the next page, None on the last."""

    items: list[Realm]
    next: str | None

    def __iter__(self) -> Iterator[Realm]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Stats(Document):
    """How much there is."""

    realms: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Profile(Document):
    """The owner of the key."""

    sub: str
    username: str = ""
    tier: str = ""
    display_name: str = ""
    bio: str = ""
