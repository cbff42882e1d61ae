"""Rotation of signing keys (case JW11)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver.models.unit_of_work import unit_of_work
from tests.factories import make_client, make_resource_server
from tests.relying_party import Local, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import party_at
from tests.rfc.forgery import Forger

if TYPE_CHECKING:
    from authserver.composition import House

AppWith = Callable[..., Flask]
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
Believed = Callable[[str], None]
Disbelieved = Callable[[str], None]


def _kids(machine: Local) -> set[str]:
    return {key["kid"] for key in machine.send("GET", "/.well-known/jwks.json", body=None, headers={}).json["keys"]}


def _rotate(app: Flask, alg: str) -> str:
    house: House = app.extensions["authserver.house"]
    with unit_of_work(house.database) as unit:
        kid = house.server.keyring.rotate(alg)
        unit.commit()
    assert kid is not None
    return kid


def _retire(app: Flask, kid: str) -> None:
    house: House = app.extensions["authserver.house"]
    with unit_of_work(house.database) as unit:
        assert house.server.keyring.retire(kid)
        unit.commit()


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_JW11_next_key_is_published_before_use_and_old_tokens_live_to_their_end(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller, alg: str
) -> None:
    app = app_with(database_url=empty_database, access_token_alg=alg)
    house: House = app.extensions["authserver.house"]
    api, machine = make_resource_server(house), Local(app.test_client())
    rp = party_at(app, id_token_signed_response_alg=alg)
    old = granted(rp.authorize().redeem())
    old_kid = Forger(house, old["access_token"]).header["kid"]
    before = _kids(machine)
    new_kid = _rotate(app, alg)
    assert _kids(machine) == {*before, new_kid}
    frozen.shift(house.settings.jwks_max_age - 1)
    late = granted(rp.refresh())
    assert Forger(house, late["access_token"]).header["kid"] == old_kid  # not before everybody can know it
    frozen.shift(1)
    fresh = granted(rp.refresh())
    for token in (fresh["access_token"], fresh["id_token"]):
        assert Forger(house, token).header["kid"] == new_kid
    frozen.shift(898)
    for token in (late["access_token"], fresh["access_token"]):
        is_active(rp.introspect(token, as_=api))
        assert rp.userinfo(token).status_code == 200
    is_inactive(rp.introspect(old["access_token"], as_=api))  # by its exp
    assert old_kid in _kids(machine)
    frozen.shift(2 * 86400)
    assert _kids(machine) == {*before, new_kid} - {old_kid}


def test_JW11_tokens_of_a_retired_key_are_dead_at_once(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller
) -> None:
    app = app_with(database_url=empty_database)
    house: House = app.extensions["authserver.house"]
    api, rp = make_resource_server(house), party_at(app)
    token = granted(rp.authorize().redeem())["access_token"]
    is_active(rp.introspect(token, as_=api))
    forger = Forger(house, token)
    forged = forger.with_our_key(payload={"jti": "t_forged"})  # somebody has got hold of the key
    is_active(rp.introspect(forged, as_=api))
    _retire(app, forger.header["kid"])
    for dead in (token, forged):
        is_inactive(rp.introspect(dead, as_=api))
        refuses(rp.userinfo(dead), "invalid_token", 401)
    assert forger.header["kid"] not in _kids(Local(app.test_client()))
    fresh = granted(rp.refresh())["access_token"]  # the only key is gone: another takes its place
    assert Forger(house, fresh).header["kid"] != forger.header["kid"]
    is_active(rp.introspect(fresh, as_=api))


def test_JW11_rotation_and_retirement_elsewhere_are_seen_within_seconds(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller
) -> None:
    """Two processes on one database."""
    here, there = (app_with(database_url=empty_database, jwks_max_age=0) for _ in range(2))
    house: House = here.extensions["authserver.house"]
    api, rp = make_resource_server(house), party_at(here)
    old = granted(rp.authorize().redeem())["access_token"]
    elsewhere = RelyingParty(there.test_client(), rp.client, rp.secret)
    is_active(elsewhere.introspect(old, as_=api))
    frozen.shift(1)
    new_kid = _rotate(here, "ES256")
    fresh = granted(rp.refresh())["access_token"]
    assert Forger(house, fresh).header["kid"] == new_kid
    is_active(elsewhere.introspect(fresh, as_=api))  # at once, although it has never seen that key
    _retire(here, Forger(house, old).header["kid"])
    frozen.shift(5)
    is_inactive(elsewhere.introspect(old, as_=api))
    is_active(elsewhere.introspect(fresh, as_=api))


def test_JW11_client_credentials_tokens_survive_rotation(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller
) -> None:
    app = app_with(database_url=empty_database, jwks_max_age=60)
    house: House = app.extensions["authserver.house"]
    api = make_resource_server(house)
    worker = RelyingParty(app.test_client(), *make_client(house, type="machine"))
    old = granted(worker.token(grant_type="client_credentials"))["access_token"]
    for _ in range(3):
        _rotate(app, "ES256")
        frozen.shift(61)
        is_active(worker.introspect(old, as_=api))
        is_active(worker.introspect(granted(worker.token(grant_type="client_credentials"))["access_token"], as_=api))
