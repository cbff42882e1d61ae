"""`/admin/scopes`: scopes and tiers, what uses them, and their changes (AD7)."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask

from authserver.models import tiers, users
from authserver.models.tiers import Tier
from authserver.oauth import scope_registry, scopes
from tests.cli.conftest import Cli
from tests.factories import PASSWORD, make_api_key, make_client, make_user, unique, within
from tests.pages.admin.administrators import A_WHILE, Administrator, change_of
from tests.pages.people import commit

if TYPE_CHECKING:
    from authserver.composition import House

ADD, TIER = "/admin/scopes/add", "/admin/scopes/tier"


def removal(name: str) -> str:
    return f"/admin/scopes/remove?name={quote(name)}"


def names(app: Flask) -> dict[str, bool]:
    return {scope.name: scope.reserved for scope in commit(app, scopes.known)}


def tier(app: Flask, name: str) -> Tier | None:
    return commit(app, lambda: tiers.find(name))


@pytest.mark.parametrize("reserved", [False, True])
def test_AD7_a_scope_is_added_and_removed_here_and_on_the_command_line(
    administrator: Administrator, app: Flask, cli: Cli, reserved: bool
) -> None:
    name = unique("read:maps")
    chosen = {"reserved": "y"} if reserved else {}
    page = administrator.done(ADD, name=name, description="  See   your maps ", **chosen)
    assert "See your maps" in page
    assert names(app)[name] is reserved
    event = change_of(app, administrator)
    assert (event.tag, event.details) == ("scope.added", {"scope": name, "reserved": reserved})
    words = administrator.command(removal(name))
    assert cli(*words).code == 0
    assert name not in names(app)
    assert cli(*words).code == 3
    shown = administrator.command(ADD)
    given = [word if word != shown[-1] else name for word in shown]
    assert cli(*given[:-2], *(["--reserved"] if reserved else []), *given[-2:]).code == 0
    assert names(app)[name] is reserved
    assert "is removed" in administrator.done(removal(name))
    assert name not in names(app)


def test_what_depends_on_a_scope_is_said_before_it_is_removed(
    administrator: Administrator, app: Flask, house: "House", cli: Cli
) -> None:
    name = unique("read:maps")
    assert cli("scopes", "add", name).code == 0
    assert "Nothing uses it." in administrator.get(removal(name)).text
    user, _ = make_user(house)
    make_client(house, scope=f"openid {name}")
    make_api_key(house, user, scopes=(name, "read:realms"))
    make_api_key(house, user, scopes=(name,))
    assert commit(app, lambda: scope_registry.use(name)) == scope_registry.Use(applications=1, keys=2, grants=0)
    assert "named by 1 application, and held by 2 API keys and 0 grants" in administrator.get(removal(name)).text
    listed = next(row for row in cli("scopes", "list", "-o", "json").json if row["name"] == name)
    assert (listed["applications"], listed["keys"], listed["grants"]) == (1, 2, 0)
    administrator.done(removal(name))


@pytest.mark.parametrize("name", ["openid", "admin", "manage", "offline_access"])
def test_a_scope_of_this_server_stays(administrator: Administrator, app: Flask, name: str) -> None:
    token = administrator.form(ADD).values["csrf_token"]
    refused = administrator.post(removal(name), {"csrf_token": token})
    assert refused.status_code == 409
    assert "is part of this server" in refused.text
    assert name in names(app)


@pytest.mark.parametrize("name", ["", "two words", 'quo"te', "back\\slash", "ünicode", "x" * 101, "\t"])
def test_AD6_a_bad_name_is_said_beside_its_field_and_nothing_typed_is_lost(
    administrator: Administrator, app: Flask, row_counts: Callable[[], object], name: str
) -> None:
    before = row_counts()
    refused = administrator.carry_out(ADD, name=name, description="See your maps", reserved="y")
    assert refused.status_code == 400
    assert 'id="name-error"' in refused.text
    assert 'value="See your maps"' in refused.text
    assert 'value="y" checked' in refused.text
    assert row_counts() == before


def test_a_name_that_is_taken_is_refused_and_the_form_still_works(
    administrator: Administrator, app: Flask, frozen: time_machine.Traveller
) -> None:
    """Also right after the password was given, with which the session has got another cookie."""
    frozen.shift(A_WHILE)
    refused = administrator.carry_out(ADD, name="read:realms", description="Mine", password=PASSWORD)
    assert refused.status_code == 400
    assert "There is a scope read:realms already." in refused.text
    token = refused.text.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
    again = administrator.post(ADD, {"csrf_token": token, "name": unique("read:x"), "description": "Mine"})
    assert again.status_code == 303, again.text


@pytest.mark.parametrize("address", ["/admin/scopes/remove", removal("no:such"), removal("' OR 1=1"), removal("x\n")])
def test_AD6_a_scope_that_is_not_there_is_404(administrator: Administrator, address: str) -> None:
    assert administrator.get(address).status_code == 404
    token = administrator.form(ADD).values["csrf_token"]
    assert administrator.post(address, {"csrf_token": token}).status_code == 404


def test_AD7_a_tier_is_made_and_changed_here_and_on_the_command_line(
    administrator: Administrator, app: Flask, cli: Cli
) -> None:
    name = unique("tier")
    administrator.done(TIER, name=name, limit="250", window="60")
    assert tier(app, name) == Tier(name, 250, 60)
    event = change_of(app, administrator)
    assert (event.tag, event.details) == ("tier.changed", {"tier": name, "limit": 250, "window": 60})
    form = administrator.form(f"{TIER}?name={name}")
    assert (form.values["name"], form.values["limit"], form.values["window"]) == (name, "250", "60")
    words = administrator.command(f"{TIER}?name={name}")
    assert words == ["tiers", "set", "--limit", "250", "--window", "60", name]
    assert cli(*(word if word != "250" else "300" for word in words)).code == 0
    assert tier(app, name) == Tier(name, 300, 60)
    administrator.done(f"{TIER}?name={name}", limit="0", window="")
    assert tier(app, name) == Tier(name, 0, 60)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "no spaces"), ("name", ""), ("name", "x" * 41), ("name", "é"), ("limit", "-1"), ("limit", "many"),
        ("limit", ""), ("limit", "9" * 30), ("limit", "1e3"), ("window", "0"), ("window", "-5"), ("window", "9" * 12),
    ],
)  # fmt: skip
def test_AD6_a_bad_tier_changes_nothing(
    administrator: Administrator, row_counts: Callable[[], object], field: str, value: str
) -> None:
    before = row_counts()
    fields = {"name": "gold", "limit": "10", "window": "60", field: value}
    refused = administrator.carry_out(TIER, **fields)
    assert refused.status_code == 400
    assert f'id="{field}-error"' in refused.text
    assert row_counts() == before


def test_the_use_of_tiers_is_counted(administrator: Administrator, app: Flask, house: "House", cli: Cli) -> None:
    name = unique("tier")
    administrator.done(TIER, name=name, limit="5", window="3600")
    for _ in range(2):
        user, _ = make_user(house)
        with within(house):
            users.change(user.id, tier=name)
    row = administrator.get("/admin/scopes").text.partition(f"<b>{name}</b>")[2].partition("</tr>")[0]
    assert 'data-label="Accounts">2<' in row
    listed = next(row for row in cli("tiers", "list", "-o", "json").json if row["name"] == name)
    assert listed["users"] == 2


def test_the_lists_of_the_page_are_those_of_its_commands(administrator: Administrator, cli: Cli) -> None:
    page = administrator.get("/admin/scopes").text
    assert [name for row in cli("scopes", "list", "-o", "json").json if (name := row["name"]) not in page] == []
    assert [
        name for row in cli("tiers", "list", "-o", "json").json if f"<b>{(name := row['name'])}</b>" not in page
    ] == []
