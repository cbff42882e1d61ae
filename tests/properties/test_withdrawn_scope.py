"""Whatever a user takes back, in whatever order: no token ever has it again, none gets wider, and no answer is a 5xx.

A model holds what is left; each token is asked about after each step, at introspection, at the gateway and at userinfo.
"""

from typing import TYPE_CHECKING

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from authserver.oauth.withdrawal import IDLE
from tests.factories import make_client, make_resource_server, make_user
from tests.pages.connected_apps.connected import Connected
from tests.properties.conftest import steady
from tests.relying_party import Credentials

if TYPE_CHECKING:
    from authserver.composition import House

SCOPES = ["openid", "profile", "email", "offline_access", "read:realms", "write:realms", "delete:realms"]
ONE = st.sampled_from(SCOPES)
STEPS = st.lists(
    st.tuples(st.just("withdraw"), ONE) | st.tuples(st.just("refresh"), st.lists(ONE, max_size=3, unique=True)),
    min_size=1,
    max_size=7,
)


@pytest.fixture(scope="module")
def api(app: Flask, house: "House") -> Credentials:
    return make_resource_server(house)


def party(app: Flask, house: "House", form: str) -> Connected:
    user, password = make_user(house)
    client, secret = make_client(house, scope=" ".join(SCOPES), access_token_format=form)
    rp = Connected(app.test_client(), client, secret)
    rp.user = user
    rp.sign_in(user, password).authorize(scope=" ".join(SCOPES)).consent("allow")
    assert rp.redeem().status_code == 200
    return rp


class Model:
    """What the grant may do still, and what each token was made with."""

    def __init__(self, rp: Connected, api: Credentials) -> None:
        self.rp, self.api = rp, api
        self.left = set(SCOPES)
        self.made = {rp.tokens["access_token"]: set(SCOPES)}
        self.refreshes = True

    @property
    def ended(self) -> bool:
        return self.left <= IDLE

    def withdraw(self, name: str) -> None:
        had = name in self.left and not self.ended
        assert self.rp.take_back(name).status_code == (303 if had else 404)
        if had:
            self.left.discard(name)
            self.refreshes = self.refreshes and name != "offline_access"

    def refresh(self, asked: list[str]) -> None:
        answer = self.rp.refresh(scope=" ".join(asked) or None)
        if self.ended or (not self.refreshes and set(asked) <= self.left):
            assert answer.error == "invalid_grant"
        elif not set(asked) <= self.left:
            assert answer.error == "invalid_scope"
            assert set(answer.json["error_description"].partition("What is left: ")[2].split()) == self.left
        else:
            held = set(asked) or self.left
            assert set(answer.json["scope"].split()) == held
            self.made[answer.json["access_token"]] = held

    def check(self) -> None:
        for token, made in self.made.items():
            held = made & self.left
            dead = self.ended or (held != made and held <= IDLE)
            assert self.rp.scope_of(token, self.api) == (None if dead else held)
            bearer = {"Authorization": f"Bearer {token}"}
            for name in SCOPES[3:]:
                passed = self.rp.transport.send("GET", f"/gateway/auth;scope={name}", body=None, headers=bearer)
                assert passed.status_code == (401 if dead else 200 if name in held else 403)
            claims = self.rp.userinfo(token)
            assert claims.status_code == (401 if dead else 200 if "openid" in held else 403)
            if claims.status_code == 200:
                assert ("name" in claims.json, "email" in claims.json) == ("profile" in held, "email" in held)


@steady(12)
@given(form=st.sampled_from(["jwt", "opaque"]), steps=STEPS)
@example(form="jwt", steps=[("withdraw", name) for name in SCOPES[2:]])
@example(form="opaque", steps=[("refresh", ["read:realms"]), ("withdraw", "read:realms"), ("refresh", [])])
@example(form="jwt", steps=[("withdraw", "offline_access"), ("refresh", []), ("refresh", ["offline_access"])])
@example(form="opaque", steps=[("withdraw", "openid"), ("refresh", []), ("withdraw", "openid")])
def test_scope_never_widens_and_never_holds_what_was_taken_back(
    app: Flask, house: "House", api: Credentials, form: str, steps: list[tuple[str, str | list[str]]]
) -> None:
    model = Model(party(app, house, form), api)
    model.check()
    for what, value in steps:
        getattr(model, what)(value)
        model.check()
