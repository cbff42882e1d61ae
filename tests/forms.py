"""Forms of a page as a browser without scripts would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """Where it goes, and what it would send untouched: the values of its fields, checked boxes as lists, no button."""

    action: str
    method: str
    values: dict[str, str | list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)  # every value that a box, option or button offers


def forms(page: str) -> list[Form]:
    """Every form of the page, in order."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._name: str | None = None  # of the select or the textarea that is open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in found:
            self._read(tag, found, self._form)

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._name is not None and isinstance(self._form.values.get(self._name), str):
            self._form.values[self._name] = str(self._form.values[self._name]) + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag in {"select", "textarea"}:
            self._name = None

    def _read(self, tag: str, found: dict[str, str], form: Form) -> None:
        name, value = found.get("name", ""), found.get("value", "")
        if tag == "option" and self._name is not None:
            self._offer(form, self._name, value, taken="selected" in found)
        elif tag == "select" and name:
            self._name = name
        elif tag == "textarea" and name:
            self._name, form.values[name] = name, ""
        elif tag == "button" and name:
            form.choices.setdefault(name, []).append(value)
        elif tag == "input" and name and found.get("type") in {"checkbox", "radio"}:
            self._offer(form, name, value or "on", taken="checked" in found)
        elif tag == "input" and name and found.get("type") not in {"submit", "button", "reset", "file"}:
            form.values[name] = value

    @staticmethod
    def _offer(form: Form, name: str, value: str, *, taken: bool) -> None:
        form.choices.setdefault(name, []).append(value)
        if taken:
            kept = form.values.setdefault(name, [])
            assert isinstance(kept, list)
            kept.append(value)
