"""A language that is never offered: every text in brackets, longer, with accents. What has none was not marked."""

import re
import unicodedata
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo

from authserver.translations.__main__ import collected

OPEN, CLOSE = "⟦", "⟧"
#: What stays as it is in every translation.
KEPT = re.compile(r"%\(\w+\)s|%%|<[^>]*>|&\w+;|\n")
ACCENTS = str.maketrans("aceinosuyACEINOSUYz", "àçéîñôšüýÀÇÉÎÑÔŠÜÝž")
#: Whose content no catalogue can hold: names, addresses, ids, times, languages in themselves.
OF_NOBODY = frozenset({"bdi", "code", "pre", "time", "script", "style"})
SAID = frozenset({"aria-label", "title", "alt", "placeholder", "data-show", "data-hide", "data-done", "data-label"})
VOID = frozenset(
    {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "circle", "rect"}
)


def pseudo(text: str) -> str:
    """`Sign in` -> `⟦Šîgñ îñ ···⟧`: a third longer, as German may be."""
    parts = KEPT.split(text)
    said = [part.translate(ACCENTS) for part in parts]
    kept = [*KEPT.findall(text), ""]
    middle = "".join(part + value for part, value in zip(said, kept, strict=True))
    lead = middle[: len(middle) - len(middle.lstrip())]
    tail = middle[len(middle.rstrip()) :]
    return f"{lead}{OPEN}{middle.strip()}{'·' * (sum(map(len, parts)) // 3)}{CLOSE}{tail}"


def write(folder: Path) -> None:
    """The catalogue of all texts of the sources, as the server reads it."""
    catalog = collected()
    for text in catalog:
        if text.id:
            text.string = pseudo(text.id) if isinstance(text.id, str) else tuple(pseudo(form) for form in text.id)
    made = BytesIO()
    write_mo(made, catalog)
    folder.mkdir(parents=True)
    (folder / "messages.mo").write_bytes(made.getvalue())


def unmarked(page: str, *, allowed: frozenset[str]) -> list[str]:
    """What people can read, or hear, on a page and no catalogue has said."""
    reader = _Reader()
    reader.feed(page)
    found = [text.strip() for text in reader.bare]
    return [text for text in found if text not in allowed and any(map(_is_letter, _without(text, allowed)))]


def _without(text: str, allowed: frozenset[str]) -> str:
    for word in allowed:
        text = text.replace(word, "")
    return text


def _is_letter(character: str) -> bool:
    return unicodedata.category(character).startswith("L")


class _Reader(HTMLParser):
    """Collects text that stands in no bracket, which may open and close around elements."""

    def __init__(self) -> None:
        super().__init__()
        self.bare: list[str] = []
        self._depth = 0
        self._skipped: list[str] = []  # elements that are open, from the first whose content is of nobody

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if self._skipped:
            self._skipped += [tag] * (tag not in VOID)
            return
        example = {"placeholder"} if found.get("dir") == "ltr" else set()
        self.bare += [_outside(found[name]) for name in SAID & set(found) - example]
        if tag == "input" and found.get("type") in {"submit", "button"}:
            self.bare.append(_outside(found.get("value", "")))
        if tag not in VOID and (tag in OF_NOBODY or _is_of_nobody(tag, found)):
            self._skipped.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if self._skipped and tag == self._skipped[-1]:
            self._skipped.pop()

    def handle_data(self, data: str) -> None:
        if self._skipped:
            return
        bare = ""
        for character in data:
            self._depth += (character == OPEN) - (character == CLOSE)
            bare += character if self._depth == 0 and character != CLOSE else ""
        self.bare.append(bare)


def _is_of_nobody(tag: str, attributes: dict[str, str]) -> bool:
    """An address or an id; a picture; a language in itself."""
    if tag == "html":
        return False
    return attributes.get("dir") == "ltr" or attributes.get("aria-hidden") == "true" or "lang" in attributes


def _outside(text: str) -> str:
    """An attribute without its brackets."""
    return re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "", text)
