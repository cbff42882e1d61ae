"""For how long an application gets access, and that it then must ask again: C10."""

import pytest
import time_machine

from authserver import clock
from authserver.models import grants
from authserver.models.unit_of_work import unit_of_work
from tests import state
from tests.pages.consent.asking import Asking, MakeAsking, send, text_of

DAY = 86400
SCOPE = "openid offline_access read:realms"


def family_end(rp: Asking) -> int | None:
    """When the newest grant of the user ends."""
    with unit_of_work(rp.house.database):
        newest, *_ = grants.of_user(rp.user.id)
    return newest.refresh_expires_at


def test_C10_people_choose_among_the_policy_and_shorter_times(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope=SCOPE)
    assert rp.question.choices["ttl"] == [str(180 * DAY), str(30 * DAY), str(DAY)]
    assert rp.question.values["ttl"] == [str(180 * DAY)]
    assert "Access ends on" in text_of(rp.page)


@pytest.mark.parametrize("scope", ["openid read:realms", "openid"])
def test_C10_nothing_to_choose_where_nothing_is_renewed(asking: MakeAsking, scope: str) -> None:
    rp = asking()
    rp.authorize(scope=scope)
    assert "ttl" not in rp.question.choices
    assert "Access ends" not in text_of(rp.page)


@pytest.mark.parametrize("chosen", [DAY, 30 * DAY, 180 * DAY])
def test_C10_the_chosen_end_is_that_of_the_refresh_family(
    asking: MakeAsking, frozen: time_machine.Traveller, chosen: int
) -> None:
    rp = asking()
    rp.authorize(scope=SCOPE).consent("allow", ttl=str(chosen))
    end = family_end(rp)
    assert rp.redeem().status_code == 200
    assert rp.refresh().status_code == 200
    frozen.shift(chosen - 1)
    if chosen <= rp.house.settings.refresh_idle_ttl:
        assert rp.refresh().status_code == 200
    frozen.shift(1)
    assert rp.refresh().json["error"] == "invalid_grant"
    assert end is not None


def test_C10_it_never_exceeds_what_the_server_allows(
    asking: MakeAsking, frozen: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    rp = asking()
    rp.authorize(scope=SCOPE)
    form = {**rp.question.values, "decision": "allow", "ttl": str(30 * DAY)}
    back = send(rp, **form).location
    monkeypatch.setitem(rp.house.settings.__dict__, "refresh_absolute_ttl", 7 * DAY)  # changed in between
    rp._browse("GET", back)
    assert rp.code
    assert (family_end(rp) or 0) <= clock.now() + 7 * DAY


@pytest.mark.parametrize("ttl", ["0", "-1", "1", str(181 * DAY), str(10**30), "x", "1.5", ""])
def test_C10_another_time_is_refused_and_changes_nothing(asking: MakeAsking, ttl: str) -> None:
    rp = asking()
    rp.authorize(scope=SCOPE)
    before = state.of(rp.house.database)
    reply = send(rp, **{**rp.question.values, "decision": "allow", "ttl": ttl})
    assert (reply.status_code, reply.location) == (400, "")
    assert "<title>Error:" in reply.text
    assert state.of(rp.house.database) == before


def test_C10_without_a_choice_it_is_what_the_server_allows(asking: MakeAsking, frozen: time_machine.Traveller) -> None:
    rp = asking()
    rp.authorize(scope=SCOPE).consent("allow", ttl=None)
    assert family_end(rp) == clock.now() + 180 * DAY


def test_C10_the_choice_holds_for_what_is_given_without_a_question(
    asking: MakeAsking, frozen: time_machine.Traveller
) -> None:
    rp = asking()
    rp.authorize(scope=SCOPE).consent("allow", ttl=str(DAY))
    end = family_end(rp)
    frozen.shift(DAY // 2)
    rp.sign_in(rp.user, rp.password)
    rp.authorize(scope=SCOPE)
    assert rp.code  # nothing was asked
    assert family_end(rp) == end
    frozen.shift(DAY // 2)
    rp.sign_in(rp.user, rp.password)
    rp.authorize(scope=SCOPE, prompt="none")
    assert rp.answer["error"] == "consent_required"
    rp.authorize(scope=SCOPE)
    assert "You are asked because the time for which you allowed it is over." in text_of(rp.page)
    rp.consent("allow")
    assert family_end(rp) == clock.now() + 180 * DAY


def test_C10_what_had_lapsed_does_not_come_back_with_something_else(
    asking: MakeAsking, frozen: time_machine.Traveller
) -> None:
    rp = asking()
    rp.authorize(scope=SCOPE).consent("allow", ttl=str(DAY))
    frozen.shift(DAY)
    rp.sign_in(rp.user, rp.password)
    rp.authorize(scope="openid read:realms").consent("allow")
    assert rp.code
    rp.authorize(scope=SCOPE)
    assert rp.at == "/consent"
