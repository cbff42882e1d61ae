"""When client secrets were last used: noted behind requests, written in batches, never on the read path (law 7)."""

import threading
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask.testing import FlaskClient

from authserver.models import client_secrets
from authserver.models.client_secrets import SecretUse
from authserver.models.clients import Client
from authserver.usage import notes
from authserver.usage.notes import Notes
from authserver.usage.recorder import Recorder
from tests.factories import ACTOR, make_client, make_resource_server, within
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

NOW = 1795500000


def last_uses(house: "House", client: Client) -> list[int | None]:
    """Of its live secrets, the newest first."""
    house.server.usage.flush()
    with within(house):
        return [secret.last_used_at for secret in client_secrets.alive(client.client_id)]


def use(secret_id: str, at: int) -> SecretUse:
    return SecretUse(secret_id, at, "192.0.2.1")


@pytest.mark.parametrize(
    ("path", "form", "kind"),
    [
        ("/token", {"grant_type": "client_credentials"}, "machine"),
        ("/introspect", {"token": "x"}, "resource_server"),
        ("/revoke", {"token": "x"}, "web"),
    ],
)
def test_every_door_notes_the_secret_that_opened_it(
    house: "House", http: FlaskClient, frozen: time_machine.Traveller, path: str, form: dict[str, str], kind: str
) -> None:
    frozen.move_to(NOW)
    made = make_resource_server(house) if kind == "resource_server" else make_client(house, type=kind)
    party = RelyingParty(http, *made)
    assert last_uses(house, party.client) == [None]
    assert party.post(path, form).status_code == 200
    assert last_uses(house, party.client) == [NOW]


def test_a_request_that_fails_later_has_used_it_and_a_wrong_one_has_not(
    house: "House", http: FlaskClient, frozen: time_machine.Traveller
) -> None:
    frozen.move_to(NOW)
    party, guess = (RelyingParty(http, *make_client(house, type="machine")) for _ in range(2))
    guess.secret = "cs_wrong"
    assert party.token(grant_type="client_credentials", scope="bogus").error == "invalid_scope"
    assert guess.token(grant_type="client_credentials").error == "invalid_client"
    assert (last_uses(house, party.client), last_uses(house, guess.client)) == ([NOW], [None])


def test_a_public_client_has_nothing_to_note(house: "House", http: FlaskClient) -> None:
    client, _ = make_client(house, type="spa")
    assert RelyingParty(http, client).token(grant_type="refresh_token", refresh_token="x").status_code == 400
    assert last_uses(house, client) == []


def test_CA10_of_two_secrets_the_one_that_was_used_is_known(
    house: "House", http: FlaskClient, frozen: time_machine.Traveller
) -> None:
    from authserver.oauth import clients  # knows all rooms

    frozen.move_to(NOW)
    client, old = make_client(house, type="machine")
    frozen.shift(60)
    with within(house):
        new = clients.add_secret(client, overlap=3600, actor=ACTOR)
    RelyingParty(http, client, old).token(grant_type="client_credentials")
    assert last_uses(house, client) == [None, NOW + 60]
    frozen.shift(60)
    RelyingParty(http, client, new).token(grant_type="client_credentials")
    assert last_uses(house, client) == [NOW + 120, NOW + 60]


def test_a_further_use_within_seconds_is_not_written(
    house: "House", frozen: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen.move_to(NOW)
    own = Recorder(house.database)
    monkeypatch.setattr(own, "_start", lambda: None)

    def noted(*secret_ids: str) -> tuple[SecretUse, ...]:
        for secret_id in secret_ids:
            own.note_secret(secret_id, address="192.0.2.1")
        return own._notes.take().secrets

    assert noted("sec_1", "sec_1", "sec_2") == (use("sec_1", NOW), use("sec_2", NOW))
    frozen.shift(notes.GRAIN - 1)
    assert noted("sec_1") == ()
    frozen.shift(1)
    assert noted("sec_1") == (use("sec_1", NOW + notes.GRAIN),)
    frozen.move_to(NOW - 3600)  # the clock was set back: better too often than never
    assert noted("sec_1") == (use("sec_1", NOW - 3600),)


def test_an_older_use_does_not_replace_a_later_one(house: "House") -> None:
    client, _ = make_client(house)
    with within(house):
        (secret,) = client_secrets.alive(client.client_id)
        client_secrets.used([use(secret.id, NOW), use(secret.id, NOW - 5), use("sec_gone", NOW)])
        assert [one.last_used_at for one in client_secrets.alive(client.client_id)] == [NOW]
        assert client_secrets.last_used([client.client_id, "cl_other"]) == {client.client_id: NOW}


def test_notes_that_could_not_be_written_are_kept(
    house: "House", frozen: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen.move_to(NOW)
    own = Recorder(house.database)
    monkeypatch.setattr(own, "_start", lambda: None)
    client, _ = make_client(house)
    with within(house):
        (secret,) = client_secrets.alive(client.client_id)
    own.note_secret(secret.id, address=None)
    with monkeypatch.context() as failing:
        failing.setattr(client_secrets, "used", lambda uses: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            own.flush()
    assert own.flush()
    assert last_uses(house, client) == [NOW]


def test_notes_are_bounded_and_lose_nothing_among_threads(
    monkeypatch: pytest.MonkeyPatch, frozen: time_machine.Traveller
) -> None:
    monkeypatch.setattr(notes, "MOST", 50)
    own = Notes()
    threads = [
        threading.Thread(target=lambda part=part: [own.add_secret(f"sec_{part}_{n}", address=None) for n in range(100)])
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(own._seen) <= 50
    assert len(own.take().secrets) == 400


def test_it_is_known_from_where_and_an_address_of_any_length_spoils_no_flush(
    house: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Recorder(house.database)
    monkeypatch.setattr(own, "_start", lambda: None)
    client, _ = make_client(house)
    with within(house):
        (secret,) = client_secrets.alive(client.client_id)
    own.note_secret(secret.id, address="fe80::1%" + "z" * 500)
    assert own.flush()
    with within(house):
        (kept,) = client_secrets.alive(client.client_id)
    assert kept.last_used_from == ("fe80::1%" + "z" * 500)[: notes.LONGEST_ADDRESS]
