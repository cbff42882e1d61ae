"""Lists of addresses as rows of a form: one each, an empty one to add, and the rule that each breaks beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from authserver.models.clients import Client
from authserver.oauth.client_members.reading import MOST_ITEMS
from authserver.pages.settings.apps import metadata
from authserver.pages.settings.apps.forms import UrisForm

#: Members that are lists of addresses, in the order of the page.
MEMBERS = ("redirect_uris", "post_logout_redirect_uris", "allowed_origins")


@dataclass(frozen=True, slots=True)
class Row:
    """One address. As `c.summary` wants a field: id, name and errors."""

    id: str
    name: str
    value: str
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of every list; iterated over, everything that can be wrong."""

    form: UrisForm
    rows: Mapping[str, tuple[Row, ...]]
    faults: Mapping[str, Row] = field(default_factory=dict)  # of a list as a whole

    @property
    def errors(self) -> bool:
        return bool(self.form.errors) or any(row.errors for row in self if isinstance(row, Row))

    def __iter__(self) -> Iterator[object]:
        yield from self.form
        for member in MEMBERS:
            if member in self.faults:
                yield self.faults[member]
            yield from self.rows[member]

    def values(self, *, without: str | None = None) -> dict[str, list[str]]:
        """The lists without empty rows, and without the row of this id."""
        return {
            member: [row.value for row in self.rows[member] if row.value and row.id != without] for member in MEMBERS
        }


def stored(client: Client) -> Sheet:
    """What there is, with room for one more."""
    return _sheet({member: list(getattr(client, member)) for member in MEMBERS})


def sent(form: MultiDict[str, str]) -> Sheet:
    """What was typed: as many rows as there were, and no more than anybody needs."""
    return _sheet({member: [text.strip() for text in form.getlist(member)][: 2 * MOST_ITEMS] for member in MEMBERS})


def checked(sheet: Sheet, *, kind: str, without: str | None = None) -> Sheet:
    """The same with what is wrong: beside each address, and above a list. A row that goes is not looked at."""
    rows = {
        member: tuple(row if row.id == without else _judged(row, kind) for row in sheet.rows[member])
        for member in MEMBERS
    }
    faults = {}
    for member, values in sheet.values(without=without).items():
        says = None
        if member == "redirect_uris" and not values:
            says = "Enter at least one redirect URI."
        elif len(values) > MOST_ITEMS:
            says = f"There is room for {MOST_ITEMS} of them."
        if says is not None:
            faults[member] = Row(f"{member}-0", member, "", (says,))
    return replace(sheet, rows=rows, faults=faults)


def _judged(row: Row, kind: str) -> Row:
    says = metadata.fault_of_one(row.name, row.value, kind=kind) if row.value else None
    return row if says is None else replace(row, errors=(says,))


def _sheet(lists: Mapping[str, list[str]]) -> Sheet:
    """There is always an empty row at the end, to add one."""
    rows = {}
    for member, texts in lists.items():
        full = texts if texts and not texts[-1] else [*texts, ""]
        rows[member] = tuple(Row(f"{member}-{number}", member, text) for number, text in enumerate(full))
    return Sheet(UrisForm(), rows)
