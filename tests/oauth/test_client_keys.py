"""Keys of clients: registered ones, and those at a URI, fetched rarely and only where that is allowed (SF1, CA8)."""

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from joserfc.jwk import ECKey

from authserver.fetch import Failed, Fetched, Fetcher, Refused
from authserver.models import unit_of_work
from authserver.oauth.client_jwt import BadToken
from authserver.oauth.client_keys import ClientKeys
from authserver.settings import Settings

if TYPE_CHECKING:
    from authserver.composition import House

KEY = ECKey.generate_key("P-256")


def jwk(kid: str) -> dict[str, Any]:
    return {**KEY.as_dict(private=False), "kid": kid}


class Elsewhere:
    """A client's own server: what it serves, and how often it was asked."""

    def __init__(self, *kids: str) -> None:
        self.kids, self.asked, self.down = kids, 0, False

    def get(self, url: str, *, accept: str) -> Fetched:
        self.asked += 1
        if self.down:
            raise Failed("no answer")
        return Fetched(200, {}, json.dumps({"keys": [jwk(kid) for kid in self.kids]}).encode())


def client(**details: Any) -> Any:
    return SimpleNamespace(details=details)


AT_URI = client(jwks_uri="https://client.example/jwks")


def kids(keys: Any) -> list[str]:
    return [key["kid"] for key in keys]


def test_registered_keys_are_never_fetched() -> None:
    elsewhere = Elsewhere()
    assert kids(ClientKeys(elsewhere).of(client(jwks={"keys": [jwk("a")]}), kid="b")) == ["a"]  # type: ignore[arg-type]
    assert elsewhere.asked == 0


def test_a_new_kid_is_looked_for_at_most_once_a_minute(frozen: time_machine.Traveller) -> None:
    elsewhere = Elsewhere("a")
    keys = ClientKeys(elsewhere)  # type: ignore[arg-type]
    assert [kids(keys.of(AT_URI, kid="a")) for _ in range(3)] == [["a"]] * 3
    elsewhere.kids = ("b",)
    assert [kids(keys.of(AT_URI, kid="b")) for _ in range(3)] == [["a"]] * 3
    frozen.shift(61)
    assert [kids(keys.of(AT_URI, kid="b")) for _ in range(3)] == [["b"]] * 3
    assert elsewhere.asked == 2


def test_keys_get_old(frozen: time_machine.Traveller) -> None:
    elsewhere = Elsewhere("a")
    keys = ClientKeys(elsewhere)  # type: ignore[arg-type]
    keys.of(AT_URI, kid="a")
    elsewhere.kids = ("a", "b")
    frozen.shift(601)
    assert kids(keys.of(AT_URI, kid="a")) == ["a", "b"]


def test_a_client_that_is_away_keeps_its_keys(frozen: time_machine.Traveller) -> None:
    elsewhere = Elsewhere("a")
    keys = ClientKeys(elsewhere)  # type: ignore[arg-type]
    keys.of(AT_URI)
    elsewhere.down = True
    frozen.shift(3600)
    assert kids(keys.of(AT_URI, kid="a")) == ["a"]


def test_a_failure_is_remembered_too(frozen: time_machine.Traveller) -> None:
    elsewhere = Elsewhere("a")
    elsewhere.down = True
    keys = ClientKeys(elsewhere)  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(BadToken):
            keys.of(AT_URI)
    assert elsewhere.asked == 1
    elsewhere.down = False
    frozen.shift(61)
    assert kids(keys.of(AT_URI)) == ["a"]


def test_no_host_is_asked_while_other_writers_wait(house: "House", frozen: time_machine.Traveller) -> None:
    elsewhere = Elsewhere("a")
    keys = ClientKeys(elsewhere)  # type: ignore[arg-type]
    assert kids(keys.of(AT_URI, kid="a")) == ["a"]
    elsewhere.kids = ("b",)
    frozen.shift(61)

    with unit_of_work.unit_of_work(house.database):
        unit_of_work.write()
        assert kids(keys.of(AT_URI, kid="b")) == ["a"]

    assert elsewhere.asked == 1
    assert kids(keys.of(AT_URI, kid="a")) == ["b"]  # the next one looks


def test_a_late_failure_takes_nothing_from_what_others_have_fetched() -> None:
    elsewhere = Elsewhere("a")
    keys = ClientKeys(elsewhere)  # type: ignore[arg-type]

    def fail_late(url: str, *, accept: str) -> Fetched:
        elsewhere.get = Elsewhere.get.__get__(elsewhere)  # type: ignore[method-assign]
        assert kids(keys.of(AT_URI)) == ["a"]
        raise Failed("too many wait")

    elsewhere.get = fail_late  # type: ignore[method-assign]

    assert kids(keys.of(AT_URI)) == ["a"]
    assert kids(keys.of(AT_URI)) == ["a"]


BODIES = [b"", b"[]", b"{}", b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "AA"}]}', b"[" * 9999]


@pytest.mark.parametrize("body", BODIES)
def test_what_is_no_set_of_public_keys(body: bytes) -> None:
    elsewhere = SimpleNamespace(get=lambda url, accept: Fetched(200, {}, body))
    with pytest.raises(BadToken):
        ClientKeys(elsewhere).of(AT_URI)  # type: ignore[arg-type]


def test_SF1_a_forbidden_uri_is_not_asked() -> None:
    fetcher = Fetcher(Settings())
    with pytest.raises(Refused):
        fetcher.check("https://127.0.0.1/jwks")
    with pytest.raises(BadToken):
        ClientKeys(fetcher).of(client(jwks_uri="https://127.0.0.1/jwks"))


def test_without_any() -> None:
    with pytest.raises(BadToken, match="no keys"):
        ClientKeys(Elsewhere()).of(client())  # type: ignore[arg-type]
