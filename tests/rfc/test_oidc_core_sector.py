"""Sectors of pairwise subjects (OpenID Connect Core 8.1, Registration 5): proved by the host that they name."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authserver.models.users import User
from authserver.oauth import clients
from authserver.oauth.clients import Registered
from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import ACTOR, make_client, unique, within
from tests.relying_party import RelyingParty, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import party_at
from tests.rfc.subjects import Elsewhere, elsewhere

if TYPE_CHECKING:
    from authserver.composition import House

SCOPE = "openid offline_access read:realms"
TWO = ["https://a.example/callback", "https://b.example/callback"]


@pytest.fixture
def site() -> Iterator[Elsewhere]:
    with elsewhere() as found:
        yield found


def sub_of(rp: RelyingParty) -> str:
    return str(claims_of(granted(rp.authorize().redeem())["id_token"])["sub"])


def test_s8_1_redirect_uris_on_several_hosts_need_a_sector(house: "House") -> None:
    with pytest.raises(InvalidClientMetadataError, match="need a sector_identifier_uri"):
        make_client(house, subject_type="pairwise", redirect_uris=TWO)
    assert make_client(house, subject_type="pairwise", redirect_uris=[TWO[0], f"{TWO[0]}/2", "http://127.0.0.1/c"])
    assert make_client(house, subject_type="public", redirect_uris=TWO)


@pytest.mark.parametrize("kind", ["Pairwise", "", 1, ["pairwise"], {"a": 1}, "pairwise "])
def test_s2_subject_type_is_one_of_two(house: "House", kind: object) -> None:
    with pytest.raises(InvalidClientMetadataError, match="subject_type must be one of"):
        make_client(house, subject_type=kind)


def register(app: Flask, uri: object, *, redirect_uris: list[str]) -> Registered:
    """As an administrator would, at an application that may ask the site."""
    house: House = app.extensions["authserver.house"]
    document = {
        "client_name": unique("Sector"),
        "redirect_uris": redirect_uris,
        "subject_type": "pairwise",
        "sector_identifier_uri": uri,
        "scope": SCOPE,
        "trusted": True,
    }
    with within(house):
        return clients.register(document, owner_id=None, privileged=True, actor=ACTOR, fetcher=house.server.fetcher)


def test_r5_clients_of_one_sector_share_the_subject(app_with: Callable[..., Flask], site: Elsewhere) -> None:
    app = app_with(fetch_allow="127.0.0.1")
    site.documents["/sector.json"] = [*TWO, "https://more.example/callback"]
    one = register(app, f"{site.url}/sector.json", redirect_uris=TWO)
    other = register(app, f"{site.url}/sector.json", redirect_uris=["https://more.example/callback"])
    assert site.asked == ["/sector.json"] * 2
    user = party_at(app).user
    parties = [party_of(app, found, user) for found in (one, other)]
    assert sub_of(parties[0]) == sub_of(parties[1]) != user.id


def party_of(app: Flask, registered: Registered, user: User) -> RelyingParty:
    rp = party_at(app, user=user)
    rp.client, rp.secret = registered.client, registered.secret or ""
    return rp


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([TWO[0]], "does not hold https://b.example/callback"),
        ([*TWO[:1], f"{TWO[1]}/"], "does not hold"),
        ([TWO], "does not hold"),
        ({"redirect_uris": TWO}, "no JSON array"),
        ("x", "no JSON array"),
        (b"[" * 100_000, "no JSON array"),
        (b"\xff\xfe", "no JSON array"),
        (b"", "no JSON array"),
        (b" " * 600_000, "cannot be fetched"),
        (None, "cannot be fetched"),
    ],
)
def test_r5_the_list_must_hold_every_redirect_uri(
    app_with: Callable[..., Flask], site: Elsewhere, document: Any, says: str
) -> None:
    site.documents["/list"] = document
    with pytest.raises(InvalidClientMetadataError, match=says):
        register(app_with(fetch_allow="127.0.0.1"), f"{site.url}/list", redirect_uris=TWO)


def test_r5_a_change_of_redirect_uris_is_looked_at_again(app_with: Callable[..., Flask], site: Elsewhere) -> None:
    app = app_with(fetch_allow="127.0.0.1")
    house: House = app.extensions["authserver.house"]
    site.documents["/list"] = TWO
    client = register(app, f"{site.url}/list", redirect_uris=TWO).client

    def change(**document: Any) -> None:
        with within(house):
            clients.change(client, document, privileged=True, actor=ACTOR, fetcher=house.server.fetcher)

    with pytest.raises(InvalidClientMetadataError, match="does not hold"):
        change(redirect_uris=[*TWO, "https://c.example/callback"])
    asked = len(site.asked)
    site.status = 500
    change(client_name="Another name")
    assert len(site.asked) == asked
    with pytest.raises(InvalidClientMetadataError, match="cannot be fetched"):
        change(redirect_uris=TWO[:1])
    with pytest.raises(InvalidClientMetadataError, match="need a sector_identifier_uri"):
        change(sector_identifier_uri=None)


@pytest.mark.parametrize(
    "uri",
    [
        "{site}/list",  # loopback, and no setting allows it
        "https://127.1/list", "https://0x7f.1/list", "https://[::ffff:127.0.0.1]/list", "https://169.254.169.254/",
        "https://10.0.0.1/list", "file:///etc/passwd", "gopher://127.0.0.1/", "http://sector.example/list",
        "https://user@sector.example/list", "https://sector.example/list#a", "//sector.example", "sector", "",
        1, ["https://sector.example"], {"a": "b"}, "https://[/", "https://sector.example/\x00", "https://ü.example/",
    ],
)  # fmt: skip
def test_SF1_only_public_hosts_are_asked_by_https(app: Flask, site: Elsewhere, uri: Any) -> None:
    site.documents["/list"] = TWO
    with pytest.raises(InvalidClientMetadataError):
        register(app, uri.format(site=site.url) if isinstance(uri, str) else uri, redirect_uris=TWO)
    assert site.asked == []


def test_r3_whoever_registers_itself_is_held_to_the_same(app_with: Callable[..., Flask], site: Elsewhere) -> None:
    http = app_with(registration="open", fetch_allow="127.0.0.1").test_client()
    document = {"redirect_uris": TWO, "subject_type": "pairwise", "client_name": unique("Sector")}
    refused = http.post("/register", json=document)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")
    document["sector_identifier_uri"] = f"{site.url}/list"
    refused = http.post("/register", json=document)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")
    site.documents["/list"] = TWO
    made = http.post("/register", json=document)
    assert made.status_code == 201
    assert {name: made.json[name] for name in document} == document
