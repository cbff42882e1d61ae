"""Who asks, as the consent page says it: the name, what is known of it, and where people are sent (C1-C4)."""

import pytest
from flask import Flask

from authserver.audit.tags import Tag
from authserver.models import audit_events
from authserver.models import clients as stored_clients
from authserver.models.audit_events import Wanted
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import clients
from tests.factories import CALLBACK, make_client, make_user
from tests.pages.consent.asking import SCOPE, Asking, MakeAsking, text_of

FULL_WIDTH = "\uff34\uff4f\uff55\uff52\uff53"  # Tours
MIXED = "T\u043eurs"  # with a Cyrillic o
POSING = "\u0430\u0440\u0440"  # Cyrillic: looks like `app`


def shown(rp: Asking, **parameters: str) -> str:
    rp.authorize(**{"scope": "openid read:realms", **parameters})
    return text_of(rp.page)


def owned_by(rp: Asking, **owner: object) -> Asking:
    """The application of another person, asking the same user."""
    person, _ = make_user(rp.house, **owner)
    rp.client, rp.secret = make_client(rp.house, owner=person, scope=SCOPE)
    return rp


# -- C1 the name -------------------------------------------------------------------------------------------------------


def test_C1_the_name_is_kept_and_shown_in_one_form(asking: MakeAsking) -> None:
    rp = asking(client_name=f"  {FULL_WIDTH}   Planner ")
    assert rp.client.name == "Tours Planner"
    assert "Tours Planner wants access to your RealmKit account" in shown(rp)


@pytest.mark.parametrize(
    "stored", ["evil\u202eppa", "evil\u200b\u2066ppa", "ev\u3164ilppa", "evil\nppa", "evil\ue000ppa"]
)
def test_C1_a_name_from_before_the_rules_is_shown_without_what_is_hidden(asking: MakeAsking, stored: str) -> None:
    rp = asking()
    with unit_of_work(rp.house.database) as unit:
        stored_clients.change(rp.client.client_id, name=stored)
        unit.commit()
    assert shown(rp).replace("evil ppa", "evilppa").startswith("evilppa wants access")


def test_C1_a_long_name_is_cut(asking: MakeAsking) -> None:
    rp = asking(client_name="a" * 100)
    assert f"{'a' * 59}… wants access" in shown(rp)


@pytest.mark.parametrize("name", [MIXED, POSING])
def test_C1_a_name_that_may_be_another_never_stands_without_its_host(asking: MakeAsking, name: str) -> None:
    rp = asking(client_name=name, redirect_uris=["https://evil.example/cb"])
    rp.is_verified()
    assert f"{name} (evil.example) wants access to your RealmKit account" in shown(rp)


# -- C2 what is known of it --------------------------------------------------------------------------------------------


def test_C2_verified_says_by_whom_and_when(asking: MakeAsking) -> None:
    rp = asking()
    assert "Not verified" in shown(rp)
    looked_at_on(rp, 1_795_000_000)
    said = shown(rp)
    assert "Verified by RealmKit Checked on 18 Nov 2026" in said
    assert "Not verified" not in said


def test_C2_trusted_is_not_the_same_as_verified(asking: MakeAsking) -> None:
    rp = asking(trusted=True)
    said = shown(rp, prompt="consent")
    assert "Part of RealmKit This app belongs to RealmKit itself." in said
    assert "erified" not in said
    rp.is_verified()
    assert "Verified by RealmKit" in shown(rp, prompt="consent")


def test_C2_verified_is_not_the_same_as_trusted(asking: MakeAsking) -> None:
    rp = asking()
    rp.is_verified()
    rp.authorize(scope="openid", prompt="none")
    assert rp.answer["error"] == "consent_required"


def test_C2_the_owner_is_told_that_it_is_their_own(asking: MakeAsking) -> None:
    rp = asking()
    rp.client, rp.secret = make_client(rp.house, owner=rp.user, scope=SCOPE)
    assert "Made by you" in shown(rp)
    assert "Registered by" not in shown(rp)


def test_C2_the_owner_of_an_unverified_application_is_named_as_a_claim(asking: MakeAsking) -> None:
    rp = owned_by(asking(), name="Grace Hopper")
    said = shown(rp)
    assert "Registered by Grace Hopper" in said
    assert "RealmKit has not checked this app, and anybody can choose a name. Go by its address: client.example" in said
    rp.is_verified()
    assert "Made by Grace Hopper" in shown(rp)


def test_C2_a_test_application_says_so(asking: MakeAsking) -> None:
    rp = asking(environment="test")
    rp.becomes(client_name="Renamed")  # which does not make it a live one
    assert "Test application It is still being tried out." in shown(rp)
    assert 'data-env="test"' in rp.page


@pytest.mark.parametrize(
    "change",
    [
        {"client_name": "Another"},
        {"redirect_uris": ["https://client.example/callback", "https://evil.example/"]},
        {"logo_uri": "https://client.example/logo.png"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_C2_an_owner_who_changes_what_was_looked_at_ends_the_verification(asking: MakeAsking, change: dict) -> None:
    rp = asking()
    rp.is_verified()
    assert rp.becomes(scope="openid read:realms").verified_at is not None
    assert rp.becomes(privileged=True, **change).verified_at is not None
    rp.becomes(privileged=True, client_name="Before", redirect_uris=[CALLBACK], logo_uri=None)
    assert rp.becomes(**change).verified_at is None
    assert "Not verified" in shown(rp)
    assert count(rp, Tag.CLIENT_UNVERIFIED) == 1


def test_C2_verification_is_of_what_was_looked_at_only(asking: MakeAsking) -> None:
    rp = asking()
    looked_at = rp.client
    rp.becomes(client_name="Not what was looked at")
    with unit_of_work(rp.house.database) as unit:
        assert not clients.set_verified(looked_at, True, actor="tests")
        unit.commit()
    assert "Not verified" in shown(rp)
    rp.is_verified()
    with unit_of_work(rp.house.database) as unit:
        assert clients.set_verified(looked_at, False, actor="tests")  # to take it back never waits
        unit.commit()
    assert "Not verified" in shown(rp)
    assert (count(rp, Tag.CLIENT_VERIFIED), count(rp, Tag.CLIENT_UNVERIFIED)) == (1, 1)


# -- C3 where people are sent, C4 who they are -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"redirect_uris": ["https://tours.example:8443/cb"]}, "tours.example:8443"),
        ({"redirect_uris": ["https://xn--bcher-kva.example/cb"]}, "xn--bcher-kva.example"),
        ({"type": "native", "redirect_uris": ["http://127.0.0.1/cb"]}, "an app on this computer 127.0.0.1"),
        ({"type": "native", "redirect_uris": ["http://[::1]/cb"]}, "an app on this computer [::1]"),
        ({"type": "native", "redirect_uris": ["com.example.app:/cb"]}, "an app on this device com.example.app"),
    ],
)
def test_C3_the_true_destination_is_named(asking: MakeAsking, metadata: dict, words: str) -> None:
    assert f"You will be sent to {words}" in shown(asking(client_name="apple.com", **metadata))


def test_C3_of_several_destinations_it_is_the_one_of_the_request(asking: MakeAsking) -> None:
    rp = asking(redirect_uris=["https://one.example/cb", "https://two.example/cb"])
    assert "You will be sent to two.example" in shown(rp, redirect_uri="https://two.example/cb")


def test_C4_the_account_and_the_way_to_another_one(app: Flask, asking: MakeAsking) -> None:
    rp = asking()
    said = shown(rp)
    assert rp.user.email in said
    assert f'aria-hidden="true">{rp.user.name[0].upper()}</span>' in rp.page  # the avatar
    other, password = make_user(rp.house)
    req = rp.req
    rp._submit("/login/select", {"choice": "other", "req": req})
    assert rp.at == "/login"
    rp.sign_in(other, password)
    assert rp.req == req  # the request is kept
    assert other.email in text_of(rp.page)


def looked_at_on(rp: Asking, at: int) -> None:
    with unit_of_work(rp.house.database) as unit:
        assert stored_clients.verify(rp.client, at=at)
        unit.commit()


def count(rp: Asking, tag: Tag) -> int:
    """How often this stands in the audit log of the application."""
    with unit_of_work(rp.house.database):
        return len(audit_events.following(0, "", limit=100, wanted=Wanted(tag=tag, client_id=rp.client.client_id)))
