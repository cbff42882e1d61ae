"""Redemption of authorization codes (RFC 6749 sections 4.1.3 to 4.1.4, RFC 7636 section 4.6; cases CR1-CR9)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.models import clients, grants, links, users
from tests.factories import CALLBACK, within
from tests.relying_party import Credentials, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.parallel import together
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


# -- section 4.1.4 and 5.1: the answer ---------------------------------------------------------------------------------


def test_s5_1_code_buys_tokens_in_every_format_by_every_method(
    party: MakeParty, api: Credentials, token_format: str, method: str
) -> None:
    rp = party(access_token_format=token_format, method=method)
    tokens = granted(rp.authorize().redeem())
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert tokens["expires_in"] == 900
    assert tokens["scope"] == rp.client.scope
    assert (tokens["access_token"].count(".") == 2) == (token_format == "jwt")
    assert is_active(rp.introspect(as_=api))["client_id"] == rp.client.client_id


@pytest.mark.parametrize(
    ("scope", "refreshable", "identified"),
    [
        ("openid read:realms", False, True),
        ("openid offline_access", True, True),
        ("read:realms", True, False),
        ("read:realms offline_access", True, False),
    ],
)
def test_s4_1_4_refresh_token_needs_offline_access_or_plain_oauth(
    party: MakeParty, scope: str, refreshable: bool, identified: bool
) -> None:
    """Decision 18; and an ID token needs `openid`."""
    tokens = granted(party().authorize(scope=scope).redeem())
    assert ("refresh_token" in tokens, "id_token" in tokens) == (refreshable, identified)
    assert tokens["scope"] == scope


def test_s4_1_4_client_without_the_grant_gets_no_refresh_token(party: MakeParty) -> None:
    rp = party(grant_types=["authorization_code"])
    assert "refresh_token" not in granted(rp.authorize().redeem())


# -- CR1-CR5: a code is good once, for whom and what it was issued -----------------------------------------------------


def test_CR1_second_use_of_a_code_ends_everything_issued_from_it(
    party: MakeParty, api: Credentials, token_format: str, method: str
) -> None:
    rp = party(access_token_format=token_format, method=method)
    first = granted(rp.authorize().redeem())
    refreshed = granted(rp.refresh())
    refuses(rp.redeem(), "invalid_grant")
    for token in (first["access_token"], refreshed["access_token"]):
        is_inactive(rp.introspect(token, as_=api))
        assert rp.userinfo(token).status_code == 401
    refuses(rp.refresh(refresh_token=refreshed["refresh_token"]), "invalid_grant")


def test_CR1_replay_after_the_code_has_expired_still_revokes(
    party: MakeParty, api: Credentials, frozen: time_machine.Traveller
) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    frozen.shift(120)
    is_active(rp.introspect(as_=api))
    refuses(rp.redeem(), "invalid_grant")
    is_inactive(rp.introspect(as_=api))


def test_CR1_replay_leaves_another_grant_of_the_same_client_alone(party: MakeParty, api: Credentials) -> None:
    rp = party()
    other = granted(rp.authorize().redeem())["access_token"]
    granted(rp.authorize().redeem())
    refuses(rp.redeem(), "invalid_grant")
    is_active(rp.introspect(other, as_=api))


def test_CR2_sixteen_threads_with_one_code_have_one_winner(app: Flask, party: MakeParty, api: Credentials) -> None:
    rp = party(access_token_format="opaque")
    code, verifier = rp.authorize().code, rp.verifier
    replies = together(16, lambda: _redeemed(app, rp, code=code, verifier=verifier))
    winners = [reply for reply in replies if reply.status_code == 200]
    assert len(winners) == 1
    for reply in replies:
        if reply is not winners[0]:
            refuses(reply, "invalid_grant")
    is_inactive(rp.introspect(winners[0].json["access_token"], as_=api))


def test_CR3_code_of_another_client_is_refused_and_stays_good_for_its_owner(
    party: MakeParty, row_counts: RowCounts
) -> None:
    rp, thief = party(), party()
    code = rp.authorize().code
    before = row_counts()
    refuses(thief.redeem(code=code, code_verifier=rp.verifier, redirect_uri=CALLBACK), "invalid_grant")
    assert row_counts() == before
    granted(rp.redeem())


@pytest.mark.parametrize("uri", [None, "https://client.example/other", f"{CALLBACK}/", f"{CALLBACK}?x", "x"])
def test_CR4_wrong_redirect_uri_burns_nothing(party: MakeParty, row_counts: RowCounts, uri: str | None) -> None:
    rp = party()
    rp.authorize()
    before = row_counts()
    refuses(rp.redeem(redirect_uri=uri), "invalid_grant")
    assert row_counts() == before
    granted(rp.redeem())


def test_CR4_wrong_redirect_uri_with_a_used_code_revokes_nothing(party: MakeParty, api: Credentials) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    refuses(rp.redeem(redirect_uri="https://client.example/other"), "invalid_grant")
    refuses(rp.redeem(code_verifier="w" * 43), "invalid_grant")
    is_active(rp.introspect(as_=api))


def test_CR4_redirect_uri_that_was_not_sent_must_not_be_sent_again(party: MakeParty) -> None:
    """Decision 19: exactly what stood in the authorization request."""
    rp = party()
    rp.authorize(redirect_uri=None, scope="read:realms")
    refuses(rp.redeem(redirect_uri=CALLBACK), "invalid_grant")
    granted(rp.redeem())


@pytest.mark.parametrize("verifier", ["w" * 43, "w" * 128, "challenge itself"])
def test_CR5_wrong_verifier_is_invalid_grant(party: MakeParty, row_counts: RowCounts, verifier: str) -> None:
    rp = party()
    rp.authorize()
    before = row_counts()
    wrong = rp.sent["code_challenge"] if verifier == "challenge itself" else verifier
    refuses(rp.redeem(code_verifier=wrong), "invalid_grant")
    assert row_counts() == before
    granted(rp.redeem())


@pytest.mark.parametrize("verifier", [None, "", "w" * 42, "w" * 129, "w" * 42 + "=", "w" * 42 + "é"])
def test_CR5_missing_or_malformed_verifier_is_invalid_request(
    party: MakeParty, row_counts: RowCounts, verifier: str | None, method: str
) -> None:
    rp = party(method=method)
    rp.authorize()
    before = row_counts()
    refuses(rp.redeem(code_verifier=verifier), "invalid_request")
    assert row_counts() == before
    granted(rp.redeem())


def test_CR6_verifier_without_a_challenge_is_invalid_grant(party: MakeParty, row_counts: RowCounts) -> None:
    """RFC 9700 section 4.8.2: otherwise PKCE could be stripped from the authorization request."""
    rp = party(require_pkce=False)
    rp.authorize(code_challenge=None, code_challenge_method=None)
    before = row_counts()
    refuses(rp.redeem(), "invalid_grant")
    assert row_counts() == before
    granted(rp.redeem(code_verifier=None))


@pytest.mark.parametrize(("age", "good"), [(59, True), (60, False), (61, False), (3600, False)])
def test_CR7_code_lives_for_sixty_seconds(
    party: MakeParty, frozen: time_machine.Traveller, age: int, good: bool
) -> None:
    rp = party()
    rp.authorize()
    frozen.shift(age)
    reply = rp.redeem()
    if good:
        granted(reply)
    else:
        refuses(reply, "invalid_grant")


# -- CR8, CR9 ----------------------------------------------------------------------------------------------------------


def test_CR8_user_disabled_in_between_is_invalid_grant(house: "House", party: MakeParty) -> None:
    rp = party()
    rp.authorize()
    with within(house):
        users.change(rp.user.id, disabled_at=1)
    refuses(rp.redeem(), "invalid_grant")


def test_CR8_not_before_of_the_user_in_between_is_invalid_grant(
    house: "House", party: MakeParty, frozen: time_machine.Traveller
) -> None:
    rp = party()
    rp.authorize()
    frozen.shift(1)
    with within(house):
        users.change(rp.user.id, not_before=clock.now())
    refuses(rp.redeem(), "invalid_grant")


def test_CR8_client_disabled_in_between_is_invalid_client(house: "House", party: MakeParty, method: str) -> None:
    rp = party(method=method)
    rp.authorize()
    with within(house):
        clients.change(rp.client.client_id, disabled_at=1)
    refuses(rp.redeem(), "invalid_client", 401)


def test_CR8_grant_revoked_in_between_is_invalid_grant(house: "House", party: MakeParty) -> None:
    rp = party()
    rp.authorize()
    with within(house):
        grants.revoke_of(user_id=rp.user.id, because="tests")
    refuses(rp.redeem(), "invalid_grant")


def test_CR9_no_other_secret_is_a_code(house: "House", party: MakeParty, row_counts: RowCounts) -> None:
    rp = party()
    tokens = granted(rp.authorize().redeem())
    with within(house):
        reset = links.issue("reset", ttl=3600, user_id=rp.user.id)
    rp.authorize(prompt="login")  # stops at the login page, which carries the id of the stored request
    request_id = rp.reply.path.partition("req=")[2] if rp.reply else ""
    assert request_id
    before = row_counts()
    for other in (tokens["refresh_token"], tokens["access_token"], tokens["id_token"], request_id, reset, rp.secret):
        refuses(rp.redeem(code=other), "invalid_grant")
    assert row_counts() == before
    granted(rp.refresh())


def test_CR9_code_is_no_refresh_token_and_no_access_token(party: MakeParty, api: Credentials) -> None:
    rp = party()
    code = rp.authorize().code
    refuses(rp.refresh(refresh_token=code), "invalid_grant")
    is_inactive(rp.introspect(code, as_=api))
    assert rp.userinfo(code).status_code == 401
    assert rp.revoke(code).status_code == 200
    granted(rp.redeem())


def _redeemed(app: Flask, rp: Party, *, code: str, verifier: str) -> Any:
    own = RelyingParty(app.test_client(), rp.client, rp.secret)
    return own.redeem(code=code, code_verifier=verifier, redirect_uri=CALLBACK)
