"""A refresh family as a state machine (RFC 9700 section 4.14, decision 17): at most one live end; reuse ends all."""

import time
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from authserver.models.grants import grants
from authserver.models.refresh_tokens import digest_of, refresh_tokens
from tests.factories import make_client, make_user
from tests.properties.conftest import profile
from tests.relying_party import RelyingParty, Reply

GRACE = 10


class RefreshFamily(RuleBasedStateMachine):
    """What the server does, beside what it ought to do."""

    def __init__(self, app: Flask, rp: RelyingParty, stranger: RelyingParty) -> None:
        super().__init__()
        self.app, self.rp, self.stranger = app, rp, stranger
        self.clock = time_machine.travel(int(time.time()) + 1, tick=False)
        self.frozen = self.clock.start()

    def teardown(self) -> None:
        self.clock.stop()

    @initialize()
    def issue(self) -> None:
        self.now = self.begun = 0
        self.rp.authorize()
        self.code = self.rp.code
        self.chain = [self.rp.redeem().json["refresh_token"]]
        self.issued_at = [0]
        self.used_at: list[int | None] = [None]
        self.access = [self.rp.tokens["access_token"]]
        self.dead = False
        self.grant_id = self._grant_of_newest()

    # -- what clients, thieves and clocks do ---------------------------------------------------------------------------

    @rule()
    def rotate(self) -> None:
        self._use(len(self.chain) - 1)

    @rule()
    @precondition(lambda self: len(self.chain) > 1)
    def replay_the_predecessor(self) -> None:
        """A lost answer, or a thief who was quick."""
        self._use(len(self.chain) - 2)

    @rule(back=st.integers(2, 5))
    @precondition(lambda self: self._long())
    def replay(self, back: int) -> None:
        """An older one, by somebody who has kept it."""
        self._use(max(0, len(self.chain) - 1 - back))

    @rule(seconds=st.sampled_from([1, GRACE - 1, GRACE]))
    def wait(self, seconds: int) -> None:
        self.frozen.shift(seconds)
        self.now += seconds

    @rule(back=st.integers(0, 3))
    @precondition(lambda self: self._long())
    def revoke(self, back: int) -> None:
        """RV3: any link of the chain ends all of it."""
        assert self.rp.revoke(self.chain[max(0, len(self.chain) - 1 - back)]).status_code == 200
        self.dead = True

    @rule()
    @precondition(lambda self: self._long() and not self.dead)
    def replay_the_code(self) -> None:
        """CR1: the family ends with it."""
        assert self.rp.redeem(code=self.code).error == "invalid_grant"
        self.dead = True

    @rule(value=st.sampled_from(["rt_unknown", "x", "at_x", "\u00e9"]))
    def guess(self, value: str) -> None:
        """A guess harms nobody."""
        assert self.rp.refresh(refresh_token=value).error == "invalid_grant"

    @rule()
    def ask_too_much(self) -> None:
        """RF5: refused before anything is spent."""
        reply = self.rp.refresh(refresh_token=self.chain[-1], scope="write:realms")
        assert reply.error == ("invalid_grant" if self.dead else "invalid_scope")

    @rule()
    def another_client_tries(self) -> None:
        """RF4."""
        assert self.stranger.refresh(refresh_token=self.chain[-1]).error == "invalid_grant"

    # -- what must hold ------------------------------------------------------------------------------------------------

    @invariant()
    def at_most_one_live_end(self) -> None:
        unused, revoked_at = self._stored()
        assert unused <= 1
        assert (revoked_at is not None) is self.dead

    @invariant()
    def a_dead_family_gives_nothing(self) -> None:
        if self.dead:
            assert self.rp.refresh(refresh_token=self.chain[-1]).error == "invalid_grant"
            assert self.rp.introspect(self.access[-1]).text == '{"active": false}'

    @invariant()
    def the_newest_access_token_of_a_live_family_is_good(self) -> None:
        if not self.dead and self.now - self.issued_at[-1] < 900:
            assert self.rp.introspect(self.access[-1]).json["active"] is True

    def _long(self) -> bool:
        """Few families should end before they have begun."""
        return len(self.chain) > 2

    def _use(self, index: int) -> None:
        reply = self.rp.refresh(refresh_token=self.chain[index])
        if self.dead:
            assert reply.error == "invalid_grant"
        elif self.used_at[index] is None:
            self._rotated(reply, index)
        elif self._in_grace(index):
            assert reply.json["refresh_token"] == self.chain[index + 1]  # the same, however often
            self._accessed(reply)
        else:
            assert reply.error == "invalid_grant"
            self.dead = True

    def _rotated(self, reply: Reply, index: int) -> None:
        assert index == len(self.chain) - 1
        assert reply.json["refresh_token"] not in self.chain
        self.used_at[index] = self.now
        self.chain.append(reply.json["refresh_token"])
        self.used_at.append(None)
        self._accessed(reply)

    def _in_grace(self, index: int) -> bool:
        used_at = self.used_at[index]
        return used_at is not None and self.now - used_at < GRACE and self.used_at[index + 1] is None

    def _accessed(self, reply: Reply) -> None:
        self.access.append(reply.json["access_token"])
        self.issued_at.append(self.now)

    def _grant_of_newest(self) -> str:
        statement = select(refresh_tokens.c.grant_id).where(refresh_tokens.c.digest == digest_of(self.chain[0]))
        with self.app.extensions["authserver.house"].database.engine.connect() as connection:
            return str(connection.execute(statement).scalar_one())

    def _stored(self) -> tuple[int, int | None]:
        unused = select(func.count()).where(
            refresh_tokens.c.grant_id == self.grant_id, refresh_tokens.c.used_at.is_(None)
        )
        revoked = select(grants.c.revoked_at).where(grants.c.id == self.grant_id)
        with self.app.extensions["authserver.house"].database.engine.connect() as connection:
            return connection.execute(unused).scalar_one(), connection.execute(revoked).scalar_one()


def _party(app: Flask, **metadata: Any) -> RelyingParty:
    house = app.extensions["authserver.house"]
    user, password = make_user(house)
    client, secret = make_client(house, trusted=True, scope="read:realms profile", **metadata)
    return RelyingParty(app.test_client(), client, secret).sign_in(user, password)


@pytest.mark.parametrize(("form", "families"), [("jwt", 30), ("opaque", 8)])
def test_refresh_family(app: Flask, form: str, families: int) -> None:
    rp, stranger = _party(app, access_token_format=form), _party(app)
    run = profile(families, stateful_step_count=20)
    run_state_machine_as_test(lambda: RefreshFamily(app, rp, stranger), settings=run)
