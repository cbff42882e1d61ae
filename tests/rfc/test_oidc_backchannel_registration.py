"""OpenID Connect Back-Channel Logout 1.0, sections 2.1 and 2.2: metadata, and addresses that are never asked (SF1)."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from authserver.oauth import clients
from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import make_client
from tests.rfc.logout import Receiver, by_hand_in, deliver, listener, receiving, sign_out, waiting

if TYPE_CHECKING:
    from authserver.composition import House

#: Spellings of SF1 that a name server is not needed for.
FORBIDDEN = (
    "https://127.1/", "https://0x7f.1/", "https://2130706433/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/",
    "https://169.254.169.254/latest", "https://192.168.0.1:8443/", "https://[fd00::1]/", "https://0/",
    "http://client.example/logout", "file:///etc/passwd", "gopher://client.example/", "https://a@client.example/",
    "https://client.example/#x", "javascript:alert(1)", "client.example", "https://", 7, ["https://client.example/"],
)  # fmt: skip


@pytest.fixture
def receiver(tmp_path: Path, house: "House") -> Iterator[Receiver]:
    yield from receiving(tmp_path, house)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand_in(monkeypatch)


@pytest.mark.parametrize("uri", FORBIDDEN, ids=str)
def test_SF1_a_forbidden_address_is_refused_at_registration(app: Flask, uri: object) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(app.extensions["authserver.house"], backchannel_logout_uri=uri)


def test_SF1_and_when_it_is_asked(app: Flask, receiver: Receiver, by_hand: None) -> None:
    """What no setting allows is not reached, whatever the registration was: the receiver sees nothing."""
    rp = listener(app, receiver)
    sign_out(rp)
    assert deliver(app) >= 1
    assert receiver.requests == []
    assert len(waiting(app, rp.client.client_id)) == 1


def test_s2_2_client_metadata(app: Flask, receiver: Receiver) -> None:
    house = app.extensions["authserver.house"]
    uri = "https://client.example/logout?x=1"
    client, _ = make_client(house, backchannel_logout_uri=uri, backchannel_logout_session_required=True)
    document = clients.document(client)
    assert document["backchannel_logout_uri"] == uri
    assert document["backchannel_logout_session_required"] is True
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, backchannel_logout_uri=uri, backchannel_logout_session_required="yes")


def test_s2_1_server_metadata(app: Flask) -> None:
    document = app.test_client().get("/.well-known/openid-configuration").json
    assert document is not None
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True
