"""OpenID Connect Back-Channel Logout 1.0: who is told that a session is over, what, and how often."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from authserver.accounts import credentials, sessions
from authserver.browser.cookies import Cookie
from authserver.models import sessions as stored_sessions
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import clients
from authserver.opaque import digest
from tests.factories import make_user, within
from tests.pages.people import token_in
from tests.relying_party import FORM, claims_of, encoded
from tests.rfc.conftest import Party, party_at
from tests.rfc.devices import GRANTS, Device
from tests.rfc.logout import (
    GOODBYE,
    Receiver,
    believed,
    by_hand_in,
    deliver,
    eventually,
    in_same_browser,
    listener,
    receiving,
    sid_of,
    sign_out,
    telling,
    waiting,
)
from tests.rfc.subjects import KEYS, opened, public

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def receiver(tmp_path: Path, house: "House") -> Iterator[Receiver]:
    yield from receiving(tmp_path, house)


@pytest.fixture
def told(app_with: Callable[..., Flask], receiver: Receiver) -> Iterator[Flask]:
    yield from telling(app_with, receiver)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand_in(monkeypatch)


# -- section 2.4 and 2.5: the token and how it is sent --------------------------------------------------------------


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_s2_4_the_token_is_signed_like_an_id_token_and_names_subject_and_session(
    told: Flask, receiver: Receiver, alg: str
) -> None:
    rp = listener(told, receiver, id_token_signed_response_alg=alg)
    sid = sid_of(rp)
    sign_out(rp)
    assert eventually(receiver.tokens)
    claims = believed(told, receiver.tokens()[0], client_id=rp.client.client_id, alg=alg)
    assert (claims["sub"], claims["sid"]) == (rp.user.id, sid)
    assert abs(claims["iat"] - time.time()) < 30
    assert eventually(lambda: waiting(told, rp.client.client_id) == [])


def test_s2_4_a_pairwise_subject_is_named_as_the_client_knows_it(told: Flask, receiver: Receiver) -> None:
    rp = listener(told, receiver, subject_type="pairwise")
    known_as = claims_of(rp.tokens["id_token"])
    assert known_as["sub"] != rp.user.id
    sign_out(rp)
    assert eventually(receiver.tokens)
    claims = believed(told, receiver.tokens()[0], client_id=rp.client.client_id)
    assert (claims["sub"], claims["sid"]) == (known_as["sub"], known_as["sid"])


def test_s2_4_it_is_encrypted_where_id_tokens_are(told: Flask, receiver: Receiver) -> None:
    key, alg, enc = KEYS["ECDH-ES"], "ECDH-ES", "A256GCM"
    wish = {"id_token_encrypted_response_alg": alg, "id_token_encrypted_response_enc": enc, "jwks": public(key)}
    rp = listener(told, receiver, **wish)
    sign_out(rp)
    assert eventually(receiver.tokens)
    inside = opened(receiver.tokens()[0], key, alg=alg, enc=enc)
    assert believed(told, inside, client_id=rp.client.client_id)["sub"] == rp.user.id


def test_s2_5_it_comes_as_a_form_of_one_field(told: Flask, receiver: Receiver) -> None:
    sign_out(listener(told, receiver, "/backchannel?from=here"))
    assert eventually(lambda: receiver.requests)
    (path, kind, form) = receiver.requests[0]
    assert (path, kind, list(form)) == ("/backchannel?from=here", FORM, ["logout_token"])


def test_s2_4_an_id_token_hint_is_none(told: Flask, receiver: Receiver) -> None:
    """A logout token never passes for an ID token: its typ is another."""
    rp = listener(told, receiver)
    sign_out(rp)
    assert eventually(receiver.tokens)
    asked = encoded({"id_token_hint": receiver.tokens()[0], "post_logout_redirect_uri": GOODBYE})
    reply = rp.transport.send("GET", f"/end_session?{asked}", body=None, headers={})
    assert (reply.status_code, reply.location) == (200, "")


# -- who is told ------------------------------------------------------------------------------------------------------


def test_s2_5_every_client_of_the_session_is_told_and_nobody_else(
    told: Flask, receiver: Receiver, by_hand: None
) -> None:
    rp = listener(told, receiver, "/first")
    second = in_same_browser(told, rp, backchannel_logout_uri=receiver.url("/second"))
    assert second.authorize(scope="openid").redeem().status_code == 200
    asked = in_same_browser(told, rp, backchannel_logout_uri=receiver.url("/asked"))
    assert asked.authorize(scope="openid").code  # never redeemed: it has no ID token
    deaf = in_same_browser(told, rp)
    assert deaf.authorize(scope="openid").redeem().status_code == 200
    elsewhere = listener(told, receiver, "/elsewhere", user=rp.user)  # another browser of the same person
    sign_out(rp)
    assert {one.client_id for one in waiting(told)} == {rp.client.client_id, second.client.client_id}
    assert deliver(told) == 2
    assert sorted(path for path, _, _ in receiver.requests) == ["/first", "/second"]
    assert sid_of(elsewhere) != sid_of(rp)
    sign_out(elsewhere)
    deliver(told)
    assert len(receiver.tokens("/elsewhere")) == 1


def test_s2_5_a_device_is_not_in_the_browser_that_has_let_it_in(told: Flask, receiver: Receiver, by_hand: None) -> None:
    client = {"grant_types": GRANTS, "method": "none", "backchannel_logout_uri": receiver.url()}
    device = Device(party_at(told, **client), scope="openid")
    device.answer("allow")
    assert device.poll().status_code == 200
    sign_out(device.rp)
    assert waiting(told, device.rp.client.client_id) == []


def test_s2_5_several_grants_of_one_client_are_one_logout(told: Flask, receiver: Receiver, by_hand: None) -> None:
    rp = listener(told, receiver)
    for _ in range(2):
        rp.authorize(scope="openid").redeem()
    sign_out(rp)
    assert deliver(told) == 1
    assert len(receiver.tokens()) == 1


@pytest.mark.parametrize("fate", ["disabled", "deleted", "without address"])
def test_a_client_that_is_no_more_is_not_told(told: Flask, receiver: Receiver, by_hand: None, fate: str) -> None:
    rp = listener(told, receiver)
    sign_out(rp)
    with within(told.extensions["authserver.house"]):
        if fate == "disabled":
            clients.set_enabled(rp.client, False, actor="tests")
        elif fate == "deleted":
            clients.remove(rp.client, actor="tests")
        else:
            clients.change(rp.client, {"backchannel_logout_uri": None}, privileged=True, actor="tests")
    assert deliver(told) == 1
    assert (receiver.requests, waiting(told)) == ([], [])


# -- what ends a session ----------------------------------------------------------------------------------------------


def by_hint(app: Flask, rp: Party) -> None:
    asked = encoded({"id_token_hint": rp.tokens["id_token"], "post_logout_redirect_uri": GOODBYE})
    assert rp.transport.send("GET", f"/end_session?{asked}", body=None, headers={}).location == GOODBYE


def by_question(app: Flask, rp: Party) -> None:
    rp.reply = rp.transport.send("GET", "/end_session", body=None, headers={})
    body = encoded(rp.form("/end_session/confirm").values)
    answer = rp.transport.send("POST", "/end_session/confirm", body=body, headers={"Content-Type": FORM})
    assert answer.status_code == 200


def from_another_browser(app: Flask, rp: Party) -> None:
    other = party_at(app, user=rp.user)
    page = other.transport.send("GET", "/account/security", body=None, headers={})
    body = encoded({"csrf_token": token_in(page.text)})
    path = "/account/security/sessions/end-others"
    assert other.transport.send("POST", path, body=body, headers={"Content-Type": FORM}).status_code == 303


def by_an_administrator(app: Flask, rp: Party) -> None:
    with within(app.extensions["authserver.house"]):
        sessions.end_all_of(rp.user, actor="admin")


def with_the_account(app: Flask, rp: Party) -> None:
    with within(app.extensions["authserver.house"]):
        credentials.disable(rp.user, actor="admin")


def with_the_password(app: Flask, rp: Party) -> None:
    with within(app.extensions["authserver.house"]):
        credentials.set_password(
            app.extensions["authserver.house"].settings, rp.user, password="quite-another-horse-77", actor="admin"
        )


@pytest.mark.parametrize(
    "end", [by_hint, by_question, from_another_browser, by_an_administrator, with_the_account, with_the_password]
)
def test_s2_5_whatever_ends_the_session_is_told(
    told: Flask, receiver: Receiver, end: Callable[[Flask, Party], None]
) -> None:
    rp = listener(told, receiver)
    end(told, rp)
    assert eventually(receiver.tokens)
    assert believed(told, receiver.tokens()[0], client_id=rp.client.client_id)["sid"] == sid_of(rp)


def test_s2_5_a_session_that_had_ended_is_not_told_again(told: Flask, receiver: Receiver, by_hand: None) -> None:
    rp = listener(told, receiver)
    sign_out(rp)
    deliver(told)
    with_the_account(told, rp)
    assert waiting(told, rp.client.client_id) == []


def test_a_sign_out_that_is_rolled_back_tells_nobody(told: Flask, receiver: Receiver) -> None:
    rp = listener(told, receiver)
    with unit_of_work(told.extensions["authserver.house"].database) as unit:
        stored_sessions.end_all(rp.user.id)
        unit.rollback()
        unit.commit()
    assert (waiting(told, rp.client.client_id), receiver.requests) == ([], [])


def test_s2_7_what_is_offline_goes_on(told: Flask, receiver: Receiver) -> None:
    """Logging out of one application ends the session everywhere; access that was given for later stays."""
    rp = listener(told, receiver)
    offline = in_same_browser(told, rp, backchannel_logout_uri=receiver.url("/offline"))
    assert offline.authorize(scope="openid offline_access").redeem().status_code == 200
    sign_out(rp)
    assert eventually(lambda: receiver.tokens("/offline"))
    assert offline.refresh().status_code == 200
    assert claims_of(offline.tokens["access_token"])["sub"] == rp.user.id


def test_the_session_of_somebody_else_at_this_browser_ends_too(told: Flask, receiver: Receiver, by_hand: None) -> None:
    """LG3: who signs in as somebody else leaves the session of the first."""
    rp = listener(told, receiver)
    user, password = make_user(told.extensions["authserver.house"])
    secret = rp.transport._http.get_cookie(Cookie.SESSION)  # type: ignore[attr-defined]
    assert secret is not None
    rp.transport.send("GET", "/login", body=None, headers={})
    rp.sign_in(user, password)
    with unit_of_work(told.extensions["authserver.house"].database):
        assert stored_sessions.find(digest("session", secret.value), idle_ttl=3600) is None
    assert [one.client_id for one in waiting(told)] == [rp.client.client_id]
    deliver(told)
