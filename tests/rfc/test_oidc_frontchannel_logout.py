"""OpenID Connect Front-Channel Logout 1.0: the page that signs out loads what the applications have registered."""

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from authserver.oauth import clients
from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import CALLBACK, make_client, within
from tests.pages.people import token_in
from tests.relying_party import FORM, Reply, encoded
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.logout import GOODBYE, in_same_browser, sid_of

if TYPE_CHECKING:
    from authserver.composition import House

ISSUER = "http://localhost:8000"
URI = "https://client.example/signed-out"
OTHER = "https://other.example:8443/out?a=1"
IFRAME = re.compile(r'<iframe hidden src="([^"]+)" title="([^"]*)" sandbox="([^"]*)"></iframe>')


@pytest.fixture
def rp(party: MakeParty) -> Party:
    rp = party(frontchannel_logout_uri=URI, post_logout_redirect_uris=[GOODBYE])
    assert rp.authorize(scope="openid read:realms").redeem().status_code == 200
    return rp


def end(rp: Party, **parameters: Any) -> Reply:
    asked = {"id_token_hint": rp.tokens["id_token"], **parameters}
    return rp.transport.send("GET", f"/end_session?{encoded(asked)}", body=None, headers={})


def frames(reply: Reply) -> list[str]:
    return [unescape(url) for url, _, _ in IFRAME.findall(reply.text)]


def policy(reply: Reply) -> dict[str, list[str]]:
    parts = (part.split() for part in reply.headers["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


def test_s3_the_page_loads_every_application_of_the_session(app: Flask, rp: Party) -> None:
    second = in_same_browser(
        app, rp, frontchannel_logout_uri=OTHER, redirect_uris=["https://other.example:8443/callback"]
    )
    assert second.authorize(scope="openid").redeem().status_code == 200
    deaf = in_same_browser(app, rp)
    assert deaf.authorize(scope="openid").redeem().status_code == 200
    sid = sid_of(rp)
    reply = end(rp)
    assert (reply.status_code, reply.location) == (200, "")
    assert len(frames(reply)) == 2
    asked = {url.partition("?")[0]: parse_qs(urlsplit(url).query) for url in frames(reply)}
    assert asked == {
        URI: {"iss": [ISSUER], "sid": [sid]},
        "https://other.example:8443/out": {"a": ["1"], "iss": [ISSUER], "sid": [sid]},
    }
    assert set(policy(reply)["frame-src"]) == {"https://client.example", "https://other.example:8443"}


def test_s3_only_this_answer_may_hold_frames_and_without_further_rights(rp: Party) -> None:
    before = rp.transport.send("GET", "/logout", body=None, headers={})
    reply = end(rp)
    after = rp.transport.send("GET", "/login", body=None, headers={})
    assert "frame-src" in policy(reply)
    for other in (before, after):
        assert "frame-src" not in policy(other)
    same = {name: values for name, values in policy(reply).items() if name != "frame-src"}
    assert same["default-src"] == ["'none'"]
    assert same["frame-ancestors"] == ["'none'"]
    ((_, _, sandbox),) = IFRAME.findall(reply.text)
    assert not {"allow-top-navigation", "allow-popups", "allow-modals"} & set(sandbox.split())


def test_s3_afterwards_it_goes_on_to_the_application_by_itself_and_by_a_link(rp: Party) -> None:
    reply = end(rp, post_logout_redirect_uri=GOODBYE, state="x y")
    assert reply.headers["Refresh"] == f"3; url={GOODBYE}?state=x+y"
    assert f'href="{GOODBYE}?state=x+y"' in reply.text
    assert rp.transport.send("GET", "/account/profile", body=None, headers={}).status_code == 303


def test_s3_without_such_applications_nothing_is_waited_for(party: MakeParty) -> None:
    rp = party(post_logout_redirect_uris=[GOODBYE])
    rp.authorize(scope="openid").redeem()
    reply = end(rp, post_logout_redirect_uri=GOODBYE)
    assert (reply.status_code, reply.location) == (303, GOODBYE)
    assert "frame-src" not in policy(reply)


def test_s3_also_after_the_question(rp: Party) -> None:
    rp.reply = rp.transport.send("GET", "/end_session", body=None, headers={})
    assert frames(rp.reply) == []  # nothing has ended yet
    body = encoded(rp.form("/end_session/confirm").values)
    reply = rp.transport.send("POST", "/end_session/confirm", body=body, headers={"Content-Type": FORM})
    assert len(frames(reply)) == 1
    assert "Refresh" not in reply.headers


def test_s3_also_by_our_own_button(rp: Party) -> None:
    page = rp.transport.send("GET", "/logout", body=None, headers={})
    body = encoded({"csrf_token": token_in(page.text)})
    reply = rp.transport.send("POST", "/logout", body=body, headers={"Content-Type": FORM})
    assert reply.status_code == 200
    assert len(frames(reply)) == 1
    assert "You are signed out" in reply.text


def test_s3_a_pairwise_client_knows_the_session_by_its_own_name(party: MakeParty) -> None:
    rp = party(frontchannel_logout_uri=URI, subject_type="pairwise")
    rp.authorize(scope="openid").redeem()
    assert [parse_qs(urlsplit(url).query)["sid"] for url in frames(end(rp))] == [[sid_of(rp)]]


def test_s3_a_second_time_there_is_nothing_to_tell(rp: Party) -> None:
    assert len(frames(end(rp))) == 1
    assert frames(end(rp)) == []


def test_s3_applications_of_another_browser_are_not_loaded(rp: Party, party: MakeParty) -> None:
    other = party(user=rp.user, frontchannel_logout_uri=URI)
    other.authorize(scope="openid").redeem()
    assert [parse_qs(urlsplit(url).query)["sid"] for url in frames(end(rp))] == [[sid_of(rp)]]


@pytest.mark.parametrize("fate", ["disabled", "without address"])
def test_s3_an_application_that_is_no_more_is_not_loaded(house: "House", rp: Party, fate: str) -> None:
    with within(house):
        if fate == "disabled":
            clients.set_enabled(rp.client, False, actor="tests")
        else:
            clients.change(rp.client, {"frontchannel_logout_uri": None}, privileged=True, actor="tests")
    assert frames(end(rp)) == []


@pytest.mark.parametrize(
    "uri",
    [
        "https://elsewhere.example/out", "http://client.example/out", "https://client.example:444/out",
        "https://client.example/out#x", "https://a@client.example/out", "javascript:alert(1)", "//client.example/out",
        "https://client.example;script-src/*", "https://client.example:99999/out", "https://client.example:0/out", 7,
    ],
    ids=str,
)  # fmt: skip
def test_s2_the_address_must_have_the_origin_of_a_redirect_uri(house: "House", uri: Any) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, redirect_uris=[CALLBACK], frontchannel_logout_uri=uri)


def test_s2_the_redirect_uri_must_stay_with_it(house: "House", rp: Party) -> None:
    moved = {"redirect_uris": ["https://moved.example/callback"]}
    with within(house), pytest.raises(InvalidClientMetadataError):
        clients.change(rp.client, moved, privileged=True, actor="tests")


def test_s2_client_metadata(rp: Party, house: "House") -> None:
    client, _ = make_client(house, frontchannel_logout_uri=URI, frontchannel_logout_session_required=True)
    document = clients.document(client)
    assert (document["frontchannel_logout_uri"], document["frontchannel_logout_session_required"]) == (URI, True)


def test_s3_server_metadata(app: Flask) -> None:
    document = app.test_client().get("/.well-known/openid-configuration").json
    assert document is not None
    assert document["frontchannel_logout_supported"] is True
    assert document["frontchannel_logout_session_supported"] is True
