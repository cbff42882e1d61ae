"""OpenID Connect Core section 6: request objects by reference, unsigned ones, and what of it is registered."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask
from joserfc.jwk import ECKey, RSAKey

from authserver.oauth import clients
from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import ACTOR, make_client, make_key_client, within
from tests.relying_party import FORM, Local, encoded
from tests.rfc.conftest import MakeParty, Party, party_at
from tests.rfc.forgery import compact
from tests.rfc.request_objects import ask, is_page, make_object, unsigned
from tests.rfc.subjects import Elsewhere, elsewhere

if TYPE_CHECKING:
    from authserver.composition import House

KEY = "private_key_jwt"


@pytest.fixture
def rp(party: MakeParty) -> Party:
    """A client with a key, its user signed in."""
    return party(method=KEY)


@pytest.fixture
def site() -> Iterator[Elsewhere]:
    """The client's own web server."""
    with elsewhere() as site:
        yield site


# -- algorithms: request_object_signing_alg ----------------------------------------------------------------------------


def test_registration_the_algorithm_that_is_registered_is_the_only_one(app: Flask) -> None:
    key = RSAKey.generate_key(2048, auto_kid=True)
    rp = party_at(app, method=KEY, key=key, request_object_signing_alg="PS256")
    assert ask(rp, make_object(rp, alg="PS256")).code
    ask(rp, make_object(rp, alg="RS256"))
    is_page(rp, "invalid_request_object")


def test_oidc_core_s6_1_none_is_taken_where_it_is_registered_only(party: MakeParty) -> None:
    rp = party(request_object_signing_alg="none")
    assert ask(rp, unsigned(rp, claims={"iss": None, "aud": None}, state="inside")).answer["state"] == "inside"
    assert rp.redeem().status_code == 200
    ask(rp, unsigned(rp, signature=b"x"))
    is_page(rp, "invalid_request_object")
    ask(rp, make_object(rp, key=ECKey.generate_key("P-256")))
    is_page(rp, "invalid_request_object")


def test_oidc_core_s6_1_none_is_refused_of_every_other_client(rp: Party, party: MakeParty) -> None:
    ask(rp, unsigned(rp))
    is_page(rp, "invalid_request_object")
    other = party()
    ask(other, unsigned(other))
    is_page(other, "request_not_supported")


@pytest.mark.parametrize("nOnE", ["None", "NONE", "nOnE", "", None, 0])
def test_oidc_core_s6_1_other_spellings_of_none(party: MakeParty, nOnE: Any) -> None:
    rp = party(request_object_signing_alg="none")
    ask(rp, compact({"alg": nOnE}, rp.wish()))
    is_page(rp, "invalid_request_object")


@pytest.mark.parametrize(
    "metadata",
    [
        {"request_object_signing_alg": "HS256"},
        {"request_object_signing_alg": "ES256"},  # and no key
        {"require_signed_request_object": True},  # the same
        {"require_signed_request_object": "yes"},
        {"request_object_signing_alg": "none", "require_pushed_authorization_requests": True},
        {"request_uris": ["http://client.example/request.jwt"]},
        {"request_uris": ["https://127.0.0.2/request.jwt"]},
        {"request_uris": ["https://0x7f.2/request.jwt"]},
        {"request_uris": ["https://169.254.169.254/x"]},
        {"request_uris": ["https://user@client.example/x"]},
        {"request_uris": ["file:///etc/passwd"]},
        {"request_uris": ["https://[#x"]},
        {"request_uris": "https://client.example/request.jwt"},
    ],
    ids=str,
)
def test_registration_metadata_that_cannot_be(house: "House", metadata: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, **metadata)


def test_registration_none_never_goes_with_bound_tokens_or_signed_requests(house: "House") -> None:
    for strict in ("dpop_bound_access_tokens", "require_signed_request_object"):
        with pytest.raises(InvalidClientMetadataError):
            make_key_client(house, request_object_signing_alg="none", **{strict: True})


# -- OpenID Connect Core section 6.2: by reference ---------------------------------------------------------------------


def at(app: Flask, site: Elsewhere, **metadata: Any) -> Party:
    return party_at(app, method=KEY, **{"request_uris": [f"{site.url}/request.jwt#hash"], **metadata})


def test_oidc_core_s6_2_what_stands_at_a_registered_uri_is_read(
    app_with: Callable[..., Flask], site: Elsewhere
) -> None:
    rp = at(app_with(fetch_allow="127.0.0.1"), site)
    site.documents["/request.jwt"] = make_object(rp, state="inside").encode()
    ask(rp, "", request_uri=f"{site.url}/request.jwt#other")
    assert rp.answer["state"] == "inside"
    assert rp.redeem().status_code == 200
    assert site.asked == ["/request.jwt"]


@pytest.mark.parametrize("document", [b"", b"x", b"\xff", b"{}", b" " * 600_000, None])
def test_oidc_core_s6_2_what_cannot_be_read(app_with: Callable[..., Flask], site: Elsewhere, document: Any) -> None:
    rp = at(app_with(fetch_allow="127.0.0.1"), site)
    site.documents["/request.jwt"] = document
    rp.authorize(request_uri=f"{site.url}/request.jwt")
    assert rp.answer["error"] in {"invalid_request_uri", "invalid_request_object"}


def test_SF4_an_address_that_does_not_answer_is_left_alone_for_a_moment(
    app_with: Callable[..., Flask], frozen: time_machine.Traveller
) -> None:
    with elsewhere() as site:
        rp = at(app_with(fetch_allow="127.0.0.1"), site)
        site.documents["/request.jwt"] = b" " * 600_000  # too large
        for _ in range(3):
            assert rp.authorize(request_uri=f"{site.url}/request.jwt").answer["error"] == "invalid_request_uri"
        assert len(site.asked) == 1
        site.documents["/request.jwt"] = make_object(rp).encode()
        frozen.shift(10)
        ask(rp, "", request_uri=f"{site.url}/request.jwt")
        assert rp.code


def test_SF1_registration_refuses_what_may_not_be_asked_from_here(house: "House") -> None:
    document = {"client_name": "X", "redirect_uris": ["https://client.example/cb"]}
    for uri in ("http://127.0.0.1:8080/request.jwt", "https://localhost/request.jwt#hash", "https://[::1]/x"):
        with within(house), pytest.raises(InvalidClientMetadataError):
            clients.register(
                {**document, "request_uris": [uri]},
                owner_id=None,
                privileged=True,
                actor=ACTOR,
                fetcher=house.server.fetcher,
            )


def test_SF1_a_request_uri_that_is_not_registered_is_not_asked(app_with: Callable[..., Flask], site: Elsewhere) -> None:
    rp = at(app_with(fetch_allow="127.0.0.1"), site)
    for uri in (
        f"{site.url}/other.jwt",
        f"{site.url}/request.jwt?x",
        f"{site.url}/request.jwt/",
        "https://[",
        "file:///x",
    ):
        assert rp.authorize(request_uri=uri).answer["error"] == "invalid_request_uri"
    assert site.asked == []


def test_SF1_a_registered_loopback_uri_is_not_asked_without_the_setting(app: Flask, site: Elsewhere) -> None:
    rp = at(app, site)
    assert rp.authorize(request_uri=f"{site.url}/request.jwt").answer["error"] == "invalid_request_uri"
    assert site.asked == []


def test_oidc_core_s3_1_2_1_a_long_post_from_another_site_leaves_the_cookies_of_the_browser_alone(app: Flask) -> None:
    """It comes without them (SameSite=Lax), and is too long to go on as an address."""
    rp = party_at(app, method=KEY)
    assert rp.authorize().code
    stranger = Local(app.test_client())
    headers = {"Content-Type": FORM, "Sec-Fetch-Site": "cross-site"}
    long = {"client_id": rp.client.client_id, "request": make_object(rp, state="x" * 2500, nonce="y" * 2000)}
    moved = stranger.send("POST", "/authorize", body=encoded(long), headers=headers)
    assert (moved.status_code, moved.headers.get("Set-Cookie")) == (303, None)
    assert rp._browse("GET", moved.location).answer["state"] == "x" * 2500  # whoever was signed in still is
    assert rp.redeem().status_code == 200
    pushed = {**long, "request_uri": rp.push().json["request_uri"]}
    again = stranger.send("POST", "/authorize", body=encoded(pushed), headers=headers)
    assert (again.status_code, again.headers.get("Set-Cookie")) == (303, None)
    assert rp._browse("GET", again.location).code
    assert stranger.send("GET", moved.location, body=None, headers={}).status_code == 400  # good once, in one browser
