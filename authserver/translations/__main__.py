"""For translators, in a checkout: `python -m authserver.translations update` collects the texts of the sources into
`messages.pot` and the catalogue of each language; `compile` makes of these what the server reads.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from authserver.browser.language import TRANSLATED
from authserver.languages import CATALOGUES, DEFAULT, OFFERED

ROOT = CATALOGUES.parent.parent
TEMPLATE = CATALOGUES / "messages.pot"
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy": None}
#: Languages that need a catalogue.
FOREIGN = tuple(code for code in OFFERED if code != DEFAULT)
#: Which files hold texts for everybody; pages for developers and administrators are in English, and not collected.
PLACES = [
    *((f"authserver/pages/{room}/**.py", "python") for room in sorted(TRANSLATED)),
    ("authserver/pages/**.py", "ignore"),
    ("authserver/**.py", "python"),
    *((f"templates/{room}/**.html", "jinja2") for room in sorted(TRANSLATED)),
    ("templates/*.html", "jinja2"),
]
OPTIONS = {place: {"newstyle_gettext": "true", "silent": "false"} for place, method in PLACES if method == "jinja2"}


def main(arguments: list[str]) -> int:
    """The exit status: 1 when texts wait for their translation, 2 for a word that is not known."""
    match arguments:
        case ["update"]:
            update()
            return int(any(missing(catalogue(code)) for code in FOREIGN))
        case ["compile"]:
            for code in FOREIGN:
                (folder(code) / "messages.mo").write_bytes(compiled(code))
            return 0
    sys.stderr.write(f"{__doc__}")
    return 2


def collected() -> Catalog:
    """Every text of the sources."""
    catalog = _empty(None)
    found = extract_from_dir(ROOT, PLACES, OPTIONS, KEYWORDS, ["Translators:"])
    for place, line, text, comments, context in sorted(found, key=lambda one: one[:2]):
        catalog.add(text, None, [(place, line)], auto_comments=comments, context=context)
    return catalog


def update() -> None:
    """Every catalogue gets all texts of the sources and no other; new ones are empty."""
    template = collected()
    _write(template, TEMPLATE)
    for code in FOREIGN:
        catalog = catalogue(code)
        catalog.update(template, no_fuzzy_matching=True)
        _write(catalog, folder(code) / "messages.po")


def missing(own: Catalog) -> list[Message]:
    """The texts that have no translation."""
    return [text for text in own if text.id and not (text.string and all(text.string))]


def compiled(code: str) -> bytes:
    """A catalogue as the server reads it. What waits for its translation is left out, and said in English."""
    made, own = BytesIO(), catalogue(code)
    for text in missing(own):
        own.delete(text.id, text.context)
    write_mo(made, own)
    return made.getvalue()


def catalogue(code: str) -> Catalog:
    """The texts of a language, as its translators left them."""
    path = folder(code) / "messages.po"
    if not path.exists():
        return _empty(code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def folder(code: str) -> Path:
    """Where the catalogue of a language is."""
    return CATALOGUES / code / "LC_MESSAGES"


def _empty(code: str | None) -> Catalog:
    return Catalog(
        locale=code,
        header_comment="# What authserver says.",
        project="authserver",
        version="1",
        msgid_bugs_address="authserver",
        last_translator="authserver",
        language_team="authserver",
        fuzzy=False,
    )


def _write(catalog: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, include_lineno=False, ignore_obsolete=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
