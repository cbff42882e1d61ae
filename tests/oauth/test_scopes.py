"""Scopes: their syntax and who may ask for which (RFC 6749 section 3.3)."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authserver.models.unit_of_work import UnitOfWork
from authserver.oauth import scopes
from authserver.oauth.errors import InvalidScopeError
from tests.factories import make_client, make_user

if TYPE_CHECKING:
    from authserver.composition import House

TOKENS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1, max_size=20
)
light = settings(max_examples=150, deadline=None, database=None)


@light
@given(names=st.lists(TOKENS, min_size=1, max_size=20))
def test_s3_3_every_list_of_scope_tokens_comes_back_each_once_in_order(names: list[str]) -> None:
    found = scopes.split(" ".join(names))
    assert found == tuple(dict.fromkeys(names))
    assert scopes.split(scopes.join(found)) == found


@light
@given(text=st.text(max_size=60))
def test_s3_3_whatever_is_accepted_holds_only_allowed_characters(text: str) -> None:
    try:
        names = scopes.split(text)
    except InvalidScopeError:
        return
    assert all(0x21 <= ord(char) <= 0x7E and char not in '"\\' for name in names for char in name)
    assert bool(names) == bool(text)


@pytest.mark.parametrize(
    "text", [" ", "a  b", " a", "a ", "a\tb", "a\nb", 'a"b', "a\\b", "é", "a\0", "a\u00a0b", "\x7f", "a" * 2001]
)
def test_AZ21_malformed_scopes(text: str) -> None:
    with pytest.raises(InvalidScopeError):
        scopes.split(text)


@light
@given(granted=st.sets(TOKENS, max_size=6), asked=st.lists(TOKENS, max_size=6))
def test_RF5_scope_never_widens(granted: set[str], asked: list[str]) -> None:
    try:
        found = scopes.within(tuple(asked), granted)
    except InvalidScopeError:
        assert not set(asked) <= granted
    else:
        assert found == tuple(asked)
        assert set(found) <= granted


def test_error_text_of_any_scope_can_be_sent(unit: UnitOfWork) -> None:
    with pytest.raises(InvalidScopeError) as refused:
        scopes.within(("<script>'&" * 30,), ())
    assert len(refused.value.description) < 200


def test_d30_client_without_a_list_may_ask_for_all_that_are_not_reserved(house: "House", unit: UnitOfWork) -> None:
    client, _ = make_client(house)
    reserved = {scope.name for scope in scopes.known() if scope.reserved}
    assert "admin" in reserved
    assert set(scopes.open_to(client)) == {scope.name for scope in scopes.known()} - reserved
    listed, _ = make_client(house, scope="openid read:realms")
    assert scopes.open_to(listed) == ("openid", "read:realms")


@pytest.mark.parametrize(("name", "word"), [("unknown:thing", "unknown"), ("admin", "not allowed")])
def test_AZ21_scope_that_is_unknown_or_not_open(house: "House", unit: UnitOfWork, name: str, word: str) -> None:
    client, _ = make_client(house)
    with pytest.raises(InvalidScopeError, match=word):
        scopes.check_asked(("openid", name), client)


def test_d30_own_scopes_of_users_and_administrators(house: "House", unit: UnitOfWork) -> None:
    user, admin = make_user(house)[0], make_user(house, is_admin=True)[0]
    known = {scope.name: scope.reserved for scope in scopes.known()}
    assert {scope.name for scope in scopes.own(user)} == {name for name, reserved in known.items() if not reserved}
    assert {scope.name for scope in scopes.own(admin)} == set(known)


def test_d30_keys_never_carry_manage_admin_or_openid_scopes(house: "House", unit: UnitOfWork) -> None:
    admin, _ = make_user(house, is_admin=True)
    names = {scope.name for scope in scopes.for_keys(admin)}
    assert names
    assert not names & {"manage", "admin", "openid", "profile", "email", "offline_access"}
