"""The form for a new key says beforehand what the key can and cannot, with and without a script."""

import re
from typing import TYPE_CHECKING

from tests import state
from tests.forms import forms
from tests.pages.settings.developers import NEW_KEY, MakeDeveloper, key_of, keys_of

if TYPE_CHECKING:
    from authserver.composition import House


def preview(page: str) -> dict[str, list[str]]:
    """What is shown under "This key can" and "This key cannot"."""
    part = page.partition('id="preview"')[2].partition("</section>")[0]
    told = re.findall(r'<p class="[^"]*" data-(\w+)="([^"]+)"( hidden)?>', part)
    shown: dict[str, list[str]] = {}
    for word, name, hidden in told:
        if not hidden:
            shown.setdefault(word, []).append(name)
    return shown


def test_the_form_says_what_the_key_can_and_cannot(developer: MakeDeveloper) -> None:
    at = developer()
    empty = preview(at.get(NEW_KEY).text)
    assert (empty["nothing"], empty["environment"], "can" in empty) == (["can"], ["live"], False)
    shown = preview(at.get(f"{NEW_KEY}?scopes=read:realms&environment=test").text)
    assert (shown["can"], shown["environment"]) == (["read:realms"], ["test"])
    assert "delete:realms" in shown["cannot"]
    assert "read:realms" not in shown["cannot"]


def test_looking_again_makes_nothing_and_keeps_what_was_typed(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    before = state.of(house.database)
    answer = at.fill(NEW_KEY, name="", scopes=["read:realms", "delete:realms"], note="kept", preview="1")
    assert answer.status_code == 200
    assert preview(answer.text)["can"] == ["read:realms", "delete:realms"]
    assert "Enter a name." not in answer.text
    (form,) = [form for form in forms(answer.text) if form.action == NEW_KEY]
    assert (form.values["note"], form.values["scopes"]) == ("kept", ["read:realms", "delete:realms"])
    assert state.of(house.database) == before
    values = {name: value for name, value in form.values.items() if value}
    assert key_of(at.post(NEW_KEY, {**values, "name": "CI"}))
    assert len(keys_of(house, at)) == 1


def test_LG7_looking_again_needs_the_token_too(developer: MakeDeveloper) -> None:
    answer = developer().fill(NEW_KEY, name="CI", scopes=["read:realms"], preview="1", csrf_token="foreign")
    assert answer.status_code == 400
