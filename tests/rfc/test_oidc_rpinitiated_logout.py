"""OpenID Connect RP-Initiated Logout 1.0: who is signed out, who is asked, and where it ends (LG11)."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from authserver.models import clients
from authserver.models.unit_of_work import unit_of_work
from tests.factories import PASSWORD, make_client, make_user, within
from tests.pages.people import token_in
from tests.relying_party import FORM, Reply, claims_of, encoded
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.front_channel import unchanged

if TYPE_CHECKING:
    from authserver.composition import House

GOODBYE = "https://client.example/goodbye?from=here"
STATE = "a b&é/+"
METHODS = ["GET", "POST", "POST with cookies"]
FOREIGN = [
    "https://evil.example/", f"{GOODBYE}/", GOODBYE.upper(), f"{GOODBYE}#x", f"{GOODBYE}&x=1", "//evil.example",
    "javascript:alert(1)", "https://client.example/callback", "https://client.example", "/account/profile",
]  # fmt: skip


@pytest.fixture
def rp(party: MakeParty) -> Party:
    """A client whose user is signed in, with an ID token of this user."""
    rp = party(post_logout_redirect_uris=[GOODBYE, "https://client.example/other"])
    rp.authorize(scope="openid offline_access read:realms").redeem()
    return rp


def end(rp: Party, method: str = "GET", **parameters: Any) -> Reply:
    """Send the user to the end_session_endpoint, and do not follow it away from here."""
    sent, where = encoded(parameters), "/end_session"
    if method == "POST with cookies":
        return rp.transport.send("POST", where, body=sent, headers={"Content-Type": FORM})
    where += f"?{sent}"
    if method == "POST":  # from another site it comes without our cookies: a GET of our own has them
        stranger = rp.transport._http.application.test_client()  # type: ignore[attr-defined]
        moved = stranger.post("/end_session", data=sent, content_type=FORM, headers={"Sec-Fetch-Site": "cross-site"})
        assert (moved.status_code, urlsplit(moved.headers["Location"]).path) == (303, "/end_session")
        where = moved.headers["Location"]
    return rp.transport.send("GET", where, body=None, headers={})


def confirmed(rp: Party, page: Reply) -> Reply:
    """Press "Sign out"."""
    rp.reply = page
    body = encoded(rp.form("/end_session/confirm").values)
    return rp.transport.send("POST", "/end_session/confirm", body=body, headers={"Content-Type": FORM})


def is_signed_in(rp: Party) -> bool:
    return rp.transport.send("GET", "/account/profile", body=None, headers={}).status_code == 200


def asks(reply: Reply) -> bool:
    return reply.status_code == 200 and "/end_session/confirm" in reply.text and not reply.location


def goodbye(reply: Reply, *, state: str = "") -> bool:
    return (reply.status_code, reply.location) == (303, GOODBYE + state)


def hint(rp: Party) -> str:
    return str(rp.tokens["id_token"])


# -- with an ID token of whoever is signed in --------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_s2_a_hint_signs_out_at_once_and_leads_back_with_state(rp: Party, method: str) -> None:
    reply = end(rp, method, id_token_hint=hint(rp), post_logout_redirect_uri=GOODBYE, state=STATE)
    assert goodbye(reply, state="&state=a+b%26%C3%A9%2F%2B")
    assert not is_signed_in(rp)


def test_s2_an_expired_hint_of_our_own_is_good(rp: Party, frozen: time_machine.Traveller) -> None:
    frozen.shift(1000)
    assert claims_of(hint(rp))["exp"] < claims_of(hint(rp))["iat"] + 1000
    assert goodbye(end(rp, id_token_hint=hint(rp), post_logout_redirect_uri=GOODBYE))
    assert not is_signed_in(rp)


def test_s2_without_a_uri_the_page_says_that_it_is_done(rp: Party) -> None:
    reply = end(rp, id_token_hint=hint(rp), state=STATE)
    assert (reply.status_code, reply.location) == (200, "")
    assert "You are signed out" in reply.text
    assert not is_signed_in(rp)


def test_s2_nobody_is_signed_in_any_more(rp: Party) -> None:
    for _ in range(2):
        assert goodbye(end(rp, id_token_hint=hint(rp), post_logout_redirect_uri=GOODBYE))


def test_s2_client_id_beside_the_hint_must_be_its_audience(app: Flask, rp: Party) -> None:
    other, _ = make_client(app.extensions["authserver.house"], post_logout_redirect_uris=[GOODBYE])
    reply = end(rp, id_token_hint=hint(rp), client_id=other.client_id, post_logout_redirect_uri=GOODBYE)
    assert asks(reply)
    assert GOODBYE not in reply.text
    own = end(rp, id_token_hint=hint(rp), client_id=rp.client.client_id, post_logout_redirect_uri=GOODBYE)
    assert goodbye(own)


def test_s2_what_was_allowed_goes_on_after_a_sign_out(rp: Party, party: MakeParty) -> None:
    other = party(user=rp.user)
    other.authorize(scope="read:realms").redeem()
    assert goodbye(end(rp, id_token_hint=hint(rp), post_logout_redirect_uri=GOODBYE))
    assert rp.refresh().status_code == 200
    assert other.refresh().status_code == 200
    assert is_signed_in(other)  # another browser


# -- LG11: everybody else makes us ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_LG11_without_a_hint_the_person_is_asked(rp: Party, method: str) -> None:
    reply = end(rp, method, client_id=rp.client.client_id, post_logout_redirect_uri=GOODBYE, state="s")
    assert asks(reply)
    assert rp.client.name in reply.text
    assert is_signed_in(rp)
    assert goodbye(confirmed(rp, reply), state="&state=s")
    assert not is_signed_in(rp)


def test_LG11_nothing_at_all_asks_too(rp: Party) -> None:
    reply = end(rp)
    assert asks(reply)
    done = confirmed(rp, reply)
    assert "You are signed out" in done.text
    assert not is_signed_in(rp)


def test_LG11_a_hint_of_somebody_else_asks(rp: Party, party: MakeParty) -> None:
    other = party(post_logout_redirect_uris=[GOODBYE])
    other.authorize(scope="openid").redeem()
    reply = end(rp, id_token_hint=hint(other), post_logout_redirect_uri=GOODBYE)
    assert asks(reply)
    assert is_signed_in(rp)
    assert goodbye(confirmed(rp, reply))


@pytest.mark.parametrize(
    "kind", ["forged", "unsigned", "another issuer", "an access token", "an answer (JARM)", "junk"]
)
def test_LG11_a_bad_hint_asks_and_leads_nowhere(house: "House", rp: Party, kind: str) -> None:
    head, body, signature = hint(rp).split(".")
    claims = {**claims_of(hint(rp)), "iss": "https://elsewhere.example"}
    with unit_of_work(house.database):
        foreign = house.server.keyring.sign(claims, alg="RS256", typ="JWT")
    bad = {
        "forged": f"{head}.{body}.{signature[::-1]}",
        "unsigned": f"eyJhbGciOiJub25lIn0.{body}.",
        "another issuer": foreign,
        "an access token": rp.tokens["access_token"],
        "an answer (JARM)": rp.authorize(response_mode="jwt").answer["response"],
        "junk": "x" * 5000,
    }[kind]
    asked = {"client_id": rp.client.client_id, "post_logout_redirect_uri": GOODBYE}
    reply = end(rp, id_token_hint=bad, **asked)
    assert asks(reply)
    assert GOODBYE not in reply.text
    assert confirmed(rp, reply).location == ""


@pytest.mark.parametrize("uri", FOREIGN)
def test_LG11_a_foreign_uri_is_never_followed(rp: Party, uri: str) -> None:
    for _ in ("somebody is signed in", "nobody is"):
        reply = end(rp, id_token_hint=hint(rp), post_logout_redirect_uri=uri, state="s")
        assert (reply.status_code, reply.location) == (200, "")
        assert "You are signed out" in reply.text
        assert not is_signed_in(rp)


@pytest.mark.parametrize("uri", FOREIGN)
def test_LG11_a_foreign_uri_is_not_followed_after_the_question(rp: Party, uri: str) -> None:
    asked = end(rp, client_id=rp.client.client_id, post_logout_redirect_uri=uri, state="s")
    assert asks(asked)
    form = {**_form(rp, asked), "post_logout_redirect_uri": uri, "client_id": rp.client.client_id}
    assert uri not in _form(rp, asked).values()
    reply = rp.transport.send("POST", "/end_session/confirm", body=encoded(form), headers={"Content-Type": FORM})
    assert (reply.status_code, reply.location) == (200, "")
    assert not is_signed_in(rp)


def test_LG11_a_uri_of_another_or_no_client_is_never_followed(app: Flask, rp: Party) -> None:
    other, _ = make_client(app.extensions["authserver.house"])
    for client_id in (other.client_id, None, "nobody"):
        reply = end(rp, client_id=client_id, post_logout_redirect_uri=GOODBYE)
        assert asks(reply)
        assert GOODBYE not in reply.text


def test_LG11_a_disabled_client_leads_nowhere(app: Flask, rp: Party) -> None:
    with within(app.extensions["authserver.house"]):
        clients.change(rp.client.client_id, disabled_at=1)
    reply = end(rp, id_token_hint=hint(rp), post_logout_redirect_uri=GOODBYE)
    assert (reply.status_code, reply.location) == (200, "")


def test_LG11_a_stranger_without_a_session_is_sent_nowhere(app: Flask, rp: Party) -> None:
    stranger = app.test_client()
    sent = encoded({"client_id": rp.client.client_id, "post_logout_redirect_uri": GOODBYE})
    with unchanged(app):
        answer = stranger.get(f"/end_session?{sent}")
    assert answer.status_code == 200
    assert f'href="{GOODBYE}"' in answer.text  # a link, not a redirect: it is registered, but nobody has vouched


def test_LG11_only_the_button_of_our_own_page_counts(app: Flask, rp: Party) -> None:
    page = end(rp)
    form = _form(rp, page)
    for changes, headers in (({"csrf_token": "x"}, {}), ({}, {"Sec-Fetch-Site": "cross-site"})):
        with unchanged(app):
            body = encoded({**form, **changes})
            reply = rp.transport.send(
                "POST", "/end_session/confirm", body=body, headers={"Content-Type": FORM, **headers}
            )
            assert reply.status_code in {400, 403}
            assert is_signed_in(rp)


@pytest.mark.parametrize("name", ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"])
def test_LG11_a_repeated_parameter_spoils_the_request(rp: Party, name: str) -> None:
    good = {"id_token_hint": hint(rp), "client_id": rp.client.client_id, "state": "s"}
    good["post_logout_redirect_uri"] = GOODBYE
    reply = end(rp, **{**good, name: [good[name], good[name]]})
    assert asks(reply)
    assert is_signed_in(rp)


def test_s3_the_same_person_in_another_session_is_signed_out_at_once(app: Flask, rp: Party) -> None:
    user, _ = make_user(app.extensions["authserver.house"])
    end(rp, id_token_hint=hint(rp))
    rp.sign_in(rp.user, PASSWORD)
    assert is_signed_in(rp)
    assert goodbye(end(rp, id_token_hint=hint(rp), post_logout_redirect_uri=GOODBYE))
    rp.sign_in(user, PASSWORD)
    assert asks(end(rp, id_token_hint=hint(rp), post_logout_redirect_uri=GOODBYE))


@pytest.mark.parametrize("raw", ["%00", "%ff"])
def test_IJ4_nul_and_bad_utf8(app: Flask, rp: Party, raw: str) -> None:
    with unchanged(app):
        for name in ("state", "id_token_hint", "client_id", "logout_hint"):
            assert rp.transport.send("GET", f"/end_session?{name}=a{raw}", body=None, headers={}).status_code == 400


def test_pages_of_a_sign_out_may_lead_to_the_application(rp: Party) -> None:
    reply = end(rp, client_id=rp.client.client_id, post_logout_redirect_uri=GOODBYE)
    assert "form-action" not in reply.headers["Content-Security-Policy"]  # Chromium would stop the redirect
    assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
    assert token_in(reply.text)


def test_metadata_names_the_endpoint(rp: Party) -> None:
    document = rp.transport.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert document["end_session_endpoint"] == f"{document['issuer']}/end_session"


def _form(rp: Party, page: Reply) -> dict[str, Any]:
    rp.reply, rp.answer = page, {}
    return dict(rp.form("/end_session/confirm").values)
