"""Scope never widens: asked >= allowed by the user >= on the token, through consent, redemption and every refresh."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from tests.factories import make_client, make_user
from tests.properties.conftest import steady
from tests.relying_party import RelyingParty, claims_of

if TYPE_CHECKING:
    from authserver.composition import House

SHIPPED = ["openid", "profile", "email", "offline_access", "read:realms", "write:realms", "delete:realms", "manage"]
NAMES = st.lists(st.sampled_from([*SHIPPED, "admin"]), min_size=1, max_size=5, unique=True)
ANYTHING = NAMES | st.lists(st.sampled_from([*SHIPPED, "admin", "no:such", "", '"', "*", "read:"]), max_size=5)


@pytest.fixture(scope="module")
def choosing(app: Flask, house: "House") -> RelyingParty:
    """A client whose user may leave scopes out, and who is no administrator."""
    return _party(app, house, allow_scope_deselect=True, redirect_uris=["https://choosing.test/cb"])


@pytest.fixture(scope="module")
def taking(app: Flask, house: "House") -> RelyingParty:
    """A client whose scopes all belong together."""
    return _party(app, house)


def _party(app: Flask, house: "House", **metadata: object) -> RelyingParty:
    user, password = make_user(house)
    # With `admin` among its scopes: a client may be allowed to ask what this user cannot give.
    client, secret = make_client(house, scope=" ".join([*SHIPPED, "admin"]), access_token_format="jwt", **metadata)
    return RelyingParty(app.test_client(), client, secret).sign_in(user, password)


@steady(25)
@given(asked=NAMES, chosen=ANYTHING)
@example(asked=["admin"], chosen=["admin"])
@example(asked=["read:realms"], chosen=["admin", "write:realms"])
def test_consent_gives_what_was_asked_and_chosen_and_can_be_given(
    choosing: RelyingParty, asked: list[str], chosen: list[str]
) -> None:
    choosing.authorize(scope=" ".join(asked), prompt="consent").consent("allow", scope=chosen)
    possible = (set(asked) & set(chosen) - {"admin"}) | ({"openid"} & set(asked) if chosen else set())
    if not possible:
        assert choosing.answer["error"] == "access_denied"
        return
    assert set(choosing.redeem().json["scope"].split()) == possible
    assert set(choosing.introspect().json["scope"].split()) == possible


@steady(25)
@given(asked=NAMES, refreshes=st.lists(ANYTHING, max_size=4))
def test_refresh_stays_within_the_grant_and_regains_it(
    taking: RelyingParty, asked: list[str], refreshes: list[list[str]]
) -> None:
    taking.authorize(scope=" ".join(asked))
    if taking.at == "/consent":
        taking.consent("allow")
    granted = set(asked) - {"admin"}
    if not granted:
        assert taking.answer["error"] == "access_denied"
        return
    assert set(taking.redeem().json["scope"].split()) == granted
    if "refresh_token" not in taking.tokens:
        assert "openid" in granted
        assert "offline_access" not in granted  # decision 18
        return
    for wanted in refreshes:
        _refresh(taking, granted, wanted)
    assert set(taking.refresh().json["scope"].split()) == granted


def _refresh(rp: RelyingParty, granted: set[str], wanted: list[str]) -> None:
    reply = rp.refresh(scope=" ".join(wanted))
    text = " ".join(wanted)
    if text and not set(text.split(" ")) <= granted:
        assert reply.error == "invalid_scope"  # and nothing was spent: the next refresh uses the same token
        return
    held = set(wanted) if text else granted
    assert set(reply.json["scope"].split()) == held <= granted
    assert set(claims_of(reply.json["access_token"])["scope"].split()) == held


@steady(15)
@given(first=NAMES, second=NAMES)
def test_consent_remembered_is_no_consent_to_more(
    app: Flask, house: "House", first: list[str], second: list[str]
) -> None:
    rp = _party(app, house)
    rp.authorize(scope=" ".join(first)).consent("allow")
    rp.authorize(scope=" ".join(second))
    given, possible = set(first) - {"admin"}, set(second) - {"admin"}  # which this user can never give
    assert (rp.at == "/consent") is not (bool(possible) and possible <= given)
    if rp.answer:
        assert set(rp.redeem().json["scope"].split()) == possible
