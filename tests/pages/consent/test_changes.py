"""Standing consent is for the application that the user saw: when it changes they see old against new (decision 10)."""

from typing import Any

import pytest
import time_machine

from authserver.models import clients as stored_clients
from authserver.models import consents, scopes
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import standing_consent
from tests.factories import CALLBACK
from tests.pages.consent.asking import Asking, MakeAsking, send, text_of

ASKED = "openid read:realms"
OTHER = "https://elsewhere.example/cb"


@pytest.fixture
def allowed(asking: MakeAsking) -> Asking:
    """An application that its user has allowed."""
    rp = asking(client_name="Tour Planner", scope="openid read:realms")
    rp.authorize(scope=ASKED).consent("allow")
    assert rp.code
    return rp


def stands(rp: Asking) -> bool:
    """Whether nothing is asked; without a page it is the same."""
    silent = rp.authorize(scope=ASKED, prompt="none").answer.get("error")
    rp.authorize(scope=ASKED)
    assert (silent == "consent_required") is (rp.at == "/consent")
    return bool(rp.answer.get("code"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_name": "Bank of Tours"}, ("Its name was Tour Planner", "Now it is Bank of Tours")),
        ({"redirect_uris": [CALLBACK, OTHER]}, (f"Now it may also send you to {OTHER}",)),
        ({"redirect_uris": [OTHER]}, (f"It no longer sends you to {CALLBACK}", f"Now it may also send you to {OTHER}")),
        ({"scope": "openid read:realms delete:realms"}, ("Now it may also ask for Delete realms delete:realms",)),
        ({"scope": ""}, ("Now it may also ask for", "Create and change realms write:realms")),
    ],
    ids=["name", "redirect added", "redirect changed", "scope", "every scope"],
)
def test_decision_10_a_change_suspends_until_it_is_allowed(
    allowed: Asking, change: dict[str, Any], words: tuple[str, ...]
) -> None:
    assert stands(allowed)
    allowed.becomes(**change)
    assert not stands(allowed)
    shown = text_of(allowed.page)
    assert "You are asked because the app has changed since you allowed it." in shown
    for text in words:
        assert text in shown
    allowed.consent("allow")
    assert allowed.code
    assert stands(allowed)


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "openid read:realms", "client_uri": "https://client.example"},
        {"logo_uri": "https://client.example/logo.png"},
        {"post_logout_redirect_uris": ["https://client.example/bye"]},
        {"access_token_format": "opaque"},
    ],
    ids=["home", "logo", "logout", "format"],
)
def test_decision_10_what_people_did_not_decide_about_suspends_nothing(allowed: Asking, change: dict[str, Any]) -> None:
    allowed.becomes(**change)
    assert stands(allowed)


def test_decision_10_to_give_something_up_suspends_nothing(asking: MakeAsking) -> None:
    rp = asking(redirect_uris=[CALLBACK, OTHER], scope="openid read:realms write:realms")
    rp.authorize(scope=ASKED).consent("allow")
    rp.becomes(redirect_uris=[CALLBACK], scope="openid read:realms")
    assert stands(rp)


def test_decision_10_a_scope_that_the_server_gains_widens_no_open_list(asking: MakeAsking) -> None:
    rp = asking(scope="")
    rp.authorize(scope=ASKED).consent("allow")
    with unit_of_work(rp.house.database) as unit:
        assert scopes.add("read:weather", description="See the weather", reserved=False)
        unit.commit()
    try:
        assert stands(rp)
    finally:
        with unit_of_work(rp.house.database) as unit:
            scopes.remove("read:weather")
            unit.commit()


def test_decision_10_our_own_applications_are_never_suspended(asking: MakeAsking) -> None:
    rp = asking(trusted=True)
    rp.authorize(scope=ASKED, prompt="consent").consent("allow")
    rp.becomes(privileged=True, client_name="Another")
    assert stands(rp)


def test_decision_10_a_consent_from_before_this_was_kept_counts_as_unchanged(allowed: Asking) -> None:
    with unit_of_work(allowed.house.database) as unit:
        given = {"user_id": allowed.user.id, "client_id": allowed.client.client_id}
        consents.record(**given, scope=ASKED, seen={})
        unit.commit()
    allowed.becomes(client_name="Another")
    assert stands(allowed)


def test_decision_10_after_a_change_everything_is_decided_anew(asking: MakeAsking) -> None:
    rp = asking(scope="openid read:realms write:realms")
    rp.authorize(scope="openid read:realms write:realms").consent("allow")
    rp.becomes(client_name="Another")
    rp.authorize(scope="openid read:realms")
    assert "You already allowed" not in text_of(rp.page)
    assert "See your realms New" not in text_of(rp.page)
    rp.consent("allow")
    rp.authorize(scope="openid write:realms")
    assert rp.at == "/consent"  # that was allowed to what the application had been


def test_decision_10_a_denial_renews_nothing(allowed: Asking) -> None:
    allowed.becomes(client_name="Another")
    allowed.authorize(scope=ASKED).consent("deny")
    assert allowed.answer["error"] == "access_denied"
    assert not stands(allowed)


def test_AZ22_an_answer_to_a_page_that_showed_something_else_is_not_taken(allowed: Asking) -> None:
    allowed.authorize(scope="openid read:realms", prompt="consent")
    form = allowed.answer_of_the_user
    allowed.becomes(client_name="Bank of Tours")
    reply = send(allowed, **form)
    assert reply.status_code == 409
    assert "The app has changed while this page was open. Please look at it again." in reply.text
    assert "Bank of Tours" in text_of(reply.text)
    assert not stands(allowed)
    assert send(allowed, **{**form, "decision": "deny"}).status_code == 303  # a denial is a denial


def test_C1_a_long_change_can_be_read(allowed: Asking) -> None:
    many = [f"https://client.example/{'x' * 400}/{number}" for number in range(40)]
    allowed.becomes(redirect_uris=[CALLBACK, *many])
    allowed.authorize(scope=ASKED)
    assert len(text_of(allowed.page)) < 4000


def test_changes_are_told_by_one_rule(allowed: Asking, frozen: time_machine.Traveller) -> None:
    """The page of connected applications asks it as well."""
    allowed.becomes(client_name="Another", redirect_uris=[OTHER], scope="openid read:realms write:realms")
    kept = allowed.remembered()
    assert kept is not None
    with unit_of_work(allowed.house.database):
        client = stored_clients.find(allowed.client.client_id)
        assert client is not None
        found = standing_consent.changes(kept, client)
    assert found.matter
    assert found.name == ("Tour Planner", "Another")
    assert (found.redirect_uris_added, found.redirect_uris_gone) == ((OTHER,), (CALLBACK,))
    assert found.scope_added == ("write:realms",)
