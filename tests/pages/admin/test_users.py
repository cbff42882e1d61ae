"""`/admin/users`: who there is (AD6), what can be done to an account (AD7), and the last administrator (AD5)."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.browser import listing
from authserver.models import sessions, users
from authserver.models.users import User
from tests.cli.conftest import Cli
from tests.factories import PASSWORD, make_api_key, make_user, unique
from tests.pages.admin.administrators import A_WHILE, Administrator, change_of, events
from tests.pages.people import Browser, commit, is_revoked, link_in, mails, open_grant, reload

if TYPE_CHECKING:
    from authserver.composition import House

DEEDS = ["disable", "enable", "make-admin", "remove-admin", "send-reset", "end-sessions"]
#: What an account must be for the deed to change something.
BEFORE: dict[str, dict[str, Any]] = {"enable": {"disabled_at": 1}, "remove-admin": {"is_admin": True}}
TAGS = {
    "disable": "user.disabled",
    "enable": "user.enabled",
    "make-admin": "user.appointed",
    "remove-admin": "user.dismissed",
    "send-reset": "user.reset_link_sent",
    "end-sessions": "session.ended",
}


def page_of(user: User, deed: str = "") -> str:
    return f"/admin/users/{user.id}{deed and '/'}{deed}"


def somebody(app: Flask, house: "House", **values: Any) -> tuple[User, str]:
    """An account with a session and a grant."""
    user, _ = make_user(house, **{name: value for name, value in values.items() if name != "disabled_at"})
    Browser(app).sign_in(user, PASSWORD)
    grant = open_grant(app, user)
    if "disabled_at" in values:
        commit(app, lambda: users.change(user.id, disabled_at=values["disabled_at"]))
    return user, grant


def standing(app: Flask, user: User, grant: str) -> dict[str, Any]:
    """What a deed may have changed."""
    found = reload(app, user)
    live = commit(app, lambda: sessions.of_user(user.id, idle_ttl=10**6))
    return {
        "enabled": found.enabled,
        "admin": found.is_admin,
        "tier": found.tier,
        "sessions": len(live),
        "grant": is_revoked(app, grant),
        "mails": [mail.subject for mail in mails(app, user.email)],
    }


# -- the list ----------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_by_every_name(administrator: Administrator, house: "House") -> None:
    mark = unique("zeta")
    user, _ = make_user(house, username=f"u.{mark}", email=f"e.{mark}@mail.example", name=f"Zoë {mark.upper()}")
    other, _ = make_user(house)
    for text in (f"u.{mark}", f"E.{mark}@MAIL", f"Zoë {mark.upper()}", user.id):
        page = administrator.get("/admin/users", query_string={"q": text}).text
        assert page_of(user) in page
        assert page_of(other) not in page


@pytest.mark.parametrize(
    "text", ["%", "_", "u%", "' OR 1=1--", "\\", '"; DROP TABLE users; --', "*", "ada' UNION SELECT"]
)
def test_AD6_a_search_is_a_text_and_nothing_else(administrator: Administrator, house: "House", text: str) -> None:
    user, _ = make_user(house)
    page = administrator.get("/admin/users", query_string={"q": f"{unique('n')}{text}"})
    assert page.status_code == 200
    assert page_of(user) not in page.text
    assert "No account has" in page.text


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 101, "q=a%0Ab", "q=a%00b", "q=%ff", "q=a&q=b", "sort=email", "page=2", "limit=1000000", "after=",
        "after=1", "after=1.", "after=x.usr_1", "after=1.%27--", "after=1.usr_1&before=1.usr_2", "before=-1.usr_1",
        "after=99999999999999999999.usr_1", "after=1.usr_1&after=2.usr_2", "order_by=1;DROP+TABLE+users", "offset=-1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["/admin/users", "/admin/apps"])
def test_AD6_anything_else_in_the_query_is_400(administrator: Administrator, page: str, query: str) -> None:
    assert administrator.get(f"{page}?{query}").status_code == 400


def test_AD6_the_list_is_walked_there_and_back(
    alone: Administrator, monkeypatch: pytest.MonkeyPatch, frozen: time_machine.Traveller
) -> None:
    """Every account once, also those of the same second."""
    monkeypatch.setattr(listing, "ON_A_PAGE", 2)
    house = alone.app.extensions["authserver.house"]
    made = [alone.user.id]
    for number in range(6):
        made.append(make_user(house)[0].id)
        frozen.shift(number % 2)
    pages, address = [], "/admin/users"
    while address:
        text = alone.get(address).text
        pages.append((address, [user for user in made if f'"{page_of_id(user)}"' in text]))
        address = link(text, "next")
    assert [len(shown) for _, shown in pages] == [2, 2, 2, 1]
    assert sorted(user for _, shown in pages for user in shown) == sorted(made)
    back = link(alone.get(pages[-1][0]).text, "prev")
    text = alone.get(back).text
    assert [user for user in made if f'"{page_of_id(user)}"' in text] == pages[-2][1]
    assert link(alone.get(link(text, "prev")).text, "next")


def page_of_id(user_id: str) -> str:
    return f"/admin/users/{user_id}"


def link(page: str, rel: str) -> str:
    head = page.partition(f'" rel="{rel}"')[0]
    return head.rpartition('href="')[2].replace("&amp;", "&") if head != page else ""


def test_one_account_shows_what_it_holds(administrator: Administrator, app: Flask, house: "House") -> None:
    user, _ = somebody(app, house, tier="premium")
    row, key = make_api_key(house, user)
    page = administrator.get(page_of(user)).text
    for text in (user.username, user.email, "premium", row.hint, f'<code dir="ltr">{user.id}</code>'):
        assert text in page
    assert "<dt>Sessions</dt><dd>1</dd>" in page
    assert key not in page
    assert administrator.get("/admin/users/usr_absent").status_code == 404


# -- what can be done --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", DEEDS)
def test_AD7_a_deed_is_one_event_and_the_same_on_the_command_line(
    administrator: Administrator, app: Flask, house: "House", cli: Cli, deed: str
) -> None:
    here, there = (somebody(app, house, **BEFORE.get(deed, {})) for _ in range(2))
    before = standing(app, *here)
    administrator.done(page_of(here[0], deed))
    administrator.on_the_command_line(cli, page_of(there[0], deed))
    after = standing(app, *here)
    assert after != before
    assert after == standing(app, *there)
    event = change_of(app, administrator, here[0])
    (same,) = events(app, actor="cli", user_id=there[0].id)
    assert event.tag == same.tag == TAGS[deed]
    assert event.details == same.details


@pytest.mark.parametrize("deed", DEEDS[:4])
def test_a_deed_that_was_done_changes_nothing(
    administrator: Administrator, app: Flask, house: "House", row_counts: Callable[[], object], deed: str
) -> None:
    user, _ = somebody(app, house, **BEFORE.get(deed, {}))
    form = administrator.form(page_of(user, deed))
    assert administrator.post(form.action, form.values).status_code == 303
    before = row_counts()
    again = administrator.post(form.action, form.values)
    assert again.status_code == 303
    assert re.search(
        "is (disabled|enabled|an administrator) already|is no administrator", administrator.get(again.location).text
    )
    assert row_counts() == before
    assert '<form method="post" action="/admin' not in administrator.get(page_of(user, deed)).text


@pytest.mark.parametrize("deed", [*DEEDS, "set-tier"])
def test_GET_asks_and_changes_nothing(
    administrator: Administrator, app: Flask, house: "House", row_counts: Callable[[], object], deed: str
) -> None:
    user, _ = somebody(app, house, **BEFORE.get(deed, {}))
    before = row_counts()
    assert administrator.get(page_of(user, deed)).status_code == 200
    stale = administrator.post(page_of(user, deed), {"csrf_token": "forged"})
    assert stale.status_code == 400
    assert "open for too long" in stale.text
    assert row_counts() == before


def test_the_tier_is_changed(administrator: Administrator, app: Flask, house: "House", cli: Cli) -> None:
    here, there = make_user(house)[0], make_user(house)[0]
    assert administrator.command(page_of(there, "set-tier"))[-1] == "standard"
    administrator.done(page_of(here, "set-tier"), tier="premium")
    assert reload(app, here).tier == "premium"
    assert change_of(app, administrator, here).details == {"tier": "premium", "before": "standard"}
    # The command that the page shows is that of what is chosen.
    refused = administrator.carry_out(page_of(there, "set-tier"), tier="gold")
    assert refused.status_code == 400
    assert reload(app, there).tier == "standard"
    assert cli(*administrator.command(page_of(there, "set-tier"))[:-1], "premium").code == 0
    assert reload(app, there).tier == "premium"
    assert cli("users", "set-tier", there.username, "gold").code == 3


def test_a_reset_link_arrives_and_works_once(administrator: Administrator, app: Flask, house: "House") -> None:
    user, _ = make_user(house)
    page = administrator.done(page_of(user, "send-reset"))
    address = link_in(mails(app, user.email)[-1].body)
    assert address not in page
    person = Browser(app)
    assert person.send(address, password="another quiet harbour").status_code == 303
    assert Browser(app).sign_in(user, "another quiet harbour").status_code == 303
    assert person.get(address).status_code in {404, 410}
    secret = address.rpartition("/")[2]
    assert all(secret not in str(event) for event in events(app, user_id=user.id))


# -- who sits there ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", [*DEEDS, "set-tier"])
def test_a_change_asks_for_the_password_after_a_while(
    administrator: Administrator, app: Flask, house: "House", frozen: time_machine.Traveller, deed: str
) -> None:
    user, grant = somebody(app, house, **BEFORE.get(deed, {}))
    before, chosen = standing(app, user, grant), {"tier": "premium"} if deed == "set-tier" else {}
    assert "password" not in administrator.form(page_of(user, deed)).values
    frozen.shift(A_WHILE)
    assert "password" in administrator.form(page_of(user, deed)).values
    for wrong, told in (("", "Enter your password."), ("not it at all", "This is not your password.")):
        refused = administrator.carry_out(page_of(user, deed), password=wrong, **chosen)
        assert refused.status_code == 400
        assert told in refused.text
        assert not chosen or 'selected value="premium"' in refused.text
    assert standing(app, user, grant) == before
    assert administrator.done(page_of(user, deed), password=PASSWORD, **chosen)
    assert standing(app, user, grant) != before
    assert "password" not in administrator.form(page_of(user, "end-sessions")).values
    assert PASSWORD not in str(events(app))


def test_a_form_without_the_field_is_no_way_around_it(
    administrator: Administrator, app: Flask, house: "House", frozen: time_machine.Traveller
) -> None:
    user, _ = make_user(house)
    form = administrator.form(page_of(user, "make-admin"))
    frozen.shift(A_WHILE)
    assert administrator.post(form.action, form.values).status_code == 400
    assert reload(app, user).is_admin is False


def test_LG1_guesses_at_the_password_of_an_administrator_are_counted(
    administrator: Administrator, app: Flask, house: "House", frozen: time_machine.Traveller
) -> None:
    user, _ = make_user(house)
    frozen.shift(A_WHILE)
    form = administrator.form(page_of(user, "make-admin"))
    answers = [administrator.post(form.action, {**form.values, "password": f"guess {n}"}) for n in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert reload(app, user).is_admin is False
