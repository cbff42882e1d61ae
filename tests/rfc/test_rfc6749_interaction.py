"""From the request to the answer (RFC 6749 section 4.1.2): the stored request, consent, one code (AZ22-AZ24, AZ26)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from authserver.models.clients import Client
from authserver.oauth import clients
from tests.factories import ACTOR, PASSWORD, make_client, make_user, within
from tests.relying_party import FORM, Local, RelyingParty, Reply, encoded
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.front_channel import ask, assert_page, assert_rejected, parameters_for, unchanged

OK = "https://ok.test/cb"
NAMES = ["scope", "state", "client_id", "redirect_uri", "nonce", "login_hint", "unknown"]
PARALLEL = 16


@pytest.fixture(scope="module")
def client(app: Flask) -> Client:
    return make_client(app.extensions["authserver.house"], redirect_uris=[OK])[0]


@pytest.fixture
def asked(party: MakeParty) -> Party:
    """The user of an ordinary client is looking at the consent page."""
    rp = party(trusted=False, redirect_uris=[OK])
    rp.authorize(scope="openid read:realms")
    assert rp.at == "/consent"
    return rp


# -- before anything is stored -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", ["%00", "%ff", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%80"])
@pytest.mark.parametrize("name", NAMES)
def test_decision_9_nul_and_bad_utf8_are_a_page_before_anything_else(
    app: Flask, http: FlaskClient, client: Client, name: str, raw: str
) -> None:
    query = encoded({**parameters_for(client), name: None})
    with unchanged(app):
        assert_page(http.get(f"/authorize?{query}&{name}=read:realms{raw}"))
        assert_page(http.get(f"/authorize?{name}{raw}=x&{encoded(parameters_for(client))}"))
        assert_page(http.post("/authorize", data=f"{query}&{name}=a{raw}", content_type=FORM))


def test_s3_1_post_means_the_same_as_get(http: FlaskClient, client: Client) -> None:
    for _ in ("a stranger is moved to a GET", "a known browser is not"):
        bad = _post(http, client, redirect_uri="https://evil.test/cb")
        assert_page(http.get(bad.headers["Location"]) if bad.status_code == 303 else bad)
        http.get("/login?req=x")  # gives the browser its cookie
    assert _post(http, client).headers["Location"].startswith("/authorize?req=")
    assert_rejected(_post(http, client, response_type="token"), client, "unsupported_response_type")


def test_s3_1_post_from_a_stranger_carries_every_byte_on(http: FlaskClient, client: Client) -> None:
    state = "a+b &=%\r\n/\u00e9~\U0001f511"
    moved = _post(http, client, state=state, response_type="token")
    assert (moved.status_code, urlsplit(moved.headers["Location"]).path) == (303, "/authorize")
    assert set(moved.headers["Location"]).isdisjoint("\r\n \t")
    assert_rejected(http.get(moved.headers["Location"]), client, "unsupported_response_type", state=state)


def test_s3_1_a_long_post_from_a_stranger_needs_no_long_address(http: FlaskClient, client: Client) -> None:
    begun = _post(http, client, state="\u00e9" * 2000)
    assert "&request_uri=urn" in begun.headers["Location"]
    assert len(begun.headers["Location"]) < 300
    assert http.get(begun.headers["Location"]).headers["Location"].startswith("/login?req=")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_s3_1_post_takes_forms_only(app: Flask, http: FlaskClient, client: Client, kind: str) -> None:
    with unchanged(app):
        assert_page(http.post("/authorize", data=encoded(parameters_for(client)), content_type=kind))


def test_s3_1_empty_parameters_are_as_good_as_absent(http: FlaskClient, client: Client) -> None:
    assert ask(http, client, state="", prompt="", max_age="", nonce="").headers["Location"].startswith("/login?req=")


# -- the stored request (decision 8) -----------------------------------------------------------------------------------


def test_decision_8_a_request_is_good_in_its_browser_only(app: Flask, asked: Party) -> None:
    path = f"/authorize?req={_request_id(asked)}"
    thief = RelyingParty(app.test_client(), asked.client).sign_in(asked.user, PASSWORD)
    for place in (path, path.replace("authorize", "consent"), path.replace("authorize", "login")):
        assert _get(thief, place).status_code == 400
    assert _get(asked, path).status_code == 303


def test_decision_8_a_request_is_good_for_half_an_hour(party: MakeParty, frozen: time_machine.Traveller) -> None:
    rp = party(trusted=False)
    request_id = _request_id(rp.authorize())
    frozen.shift(1799)
    assert _get(rp, f"/authorize?req={request_id}").status_code == 303
    frozen.shift(1)
    for path in ("/authorize", "/consent", "/login"):
        assert _get(rp, f"{path}?req={request_id}").status_code == 400


def test_decision_8_an_answered_request_gives_nothing_more(app: Flask, asked: Party) -> None:
    request_id = _request_id(asked)
    asked.consent("allow")
    assert asked.code
    with unchanged(app):
        for path in ("/authorize", "/consent", "/login", "/login/select"):
            reply = _get(asked, f"{path}?req={request_id}")
            assert (reply.status_code, reply.location) == (400, "")
    assert asked.redeem().status_code == 200


@pytest.mark.parametrize("request_id", ["", "x", "ar_", "ar_" + "A" * 43, "'", "<script>", "\u0435" * 100, "x" * 5000])
def test_decision_8_no_such_request(app: Flask, http: FlaskClient, request_id: str) -> None:
    with unchanged(app):
        for path in ("/authorize", "/consent", "/login/select"):
            assert_page(http.get(f"{path}?{encoded({'req': request_id})}"))


def test_AZ23_another_user_cannot_answer_in_the_place_of_the_one_who_was_asked(app: Flask, asked: Party) -> None:
    form = asked.form("/consent").values
    other, password = make_user(app.extensions["authserver.house"])
    asked._browse("GET", "/login?reauth=1")
    asked.sign_in(other, password)
    asked._browse("POST", "/consent", body=encoded({**form, "decision": "allow"}))
    assert asked.answer == {}  # the form was made for the session before


# -- the decision ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [
        {"client_id": "another-client"},
        {"redirect_uri": "https://evil.test/cb"},
        {"scope": ["openid", "read:realms", "write:realms", "delete:realms", "admin"]},
        {"response_type": "token"},
        {"state": "forged", "nonce": "forged", "code_challenge": "A" * 43},
        {"user_id": "somebody-else", "decided_by": "somebody-else", "spent_at": "0"},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_AZ22_the_stored_request_wins(asked: Party, forged: dict[str, Any]) -> None:
    asked.consent("allow", **forged)
    assert asked.reply is not None
    assert asked.reply.location.startswith(f"{OK}?code=")
    assert asked.answer["state"] == asked.sent["state"]
    assert asked.redeem().json["scope"] == "openid read:realms"


def test_AZ22_parameters_beside_the_request_id_do_not_count(asked: Party) -> None:
    more = encoded({"scope": "openid write:realms", "redirect_uri": "https://evil.test/cb", "prompt": "none"})
    asked._browse("GET", f"/authorize?req={_request_id(asked)}&{more}")
    assert asked.at == "/consent"
    assert asked.consent("allow").redeem().json["scope"] == "openid read:realms"


@pytest.mark.parametrize("token", [None, "", "forged", "of another browser"])
@pytest.mark.parametrize("page", ["/consent", "/login"])
def test_AZ23_no_or_foreign_csrf_token(app: Flask, party: MakeParty, page: str, token: str | None) -> None:
    rp = party(trusted=False)
    rp.authorize(prompt="login" if page == "/login" else None)
    if token == "of another browser":
        token = str(party(trusted=False).authorize().form("/consent").values["csrf_token"])
    fields = {"decision": "allow", "username": rp.user.username, "password": PASSWORD, "csrf_token": token}
    with unchanged(app):
        rp._submit(page, fields)
        assert rp.reply is not None
        assert rp.reply.status_code in {400, 403}
        assert rp.answer == {}


@pytest.mark.parametrize("page", ["/consent", "/login"])
def test_AZ23_a_form_from_another_site(app: Flask, party: MakeParty, page: str) -> None:
    rp = party(trusted=False)
    rp.authorize(prompt="login" if page == "/login" else None)
    fields = {"decision": "allow", "username": rp.user.username, "password": PASSWORD}
    body = encoded({**rp.form(page).values, **fields})
    with unchanged(app):
        headers = {"Content-Type": FORM, "Sec-Fetch-Site": "cross-site"}
        assert rp.transport.send("POST", page, body=body, headers=headers).status_code == 403


def test_AZ24_sixteen_parallel_answers_give_one_code(app: Flask, asked: Party) -> None:
    body = encoded({**asked.form("/consent").values, "decision": "allow"})
    tabs = [_copy(app, asked) for _ in range(PARALLEL)]
    with ThreadPoolExecutor(PARALLEL) as pool:
        headers = {"Content-Type": FORM}
        replies = list(pool.map(lambda tab: tab.send("POST", "/consent", body=body, headers=headers), tabs))
    assert sorted(reply.status_code for reply in replies) == [303] + [400] * (PARALLEL - 1)
    back = next(reply.location for reply in replies if reply.location)
    assert _get(asked, back).location.startswith(f"{OK}?code=")


def test_AZ24_sixteen_parallel_returns_give_one_code(app: Flask, party: MakeParty) -> None:
    rp = party(redirect_uris=[OK])  # trusted: nothing is asked
    rp._browse("POST", "/authorize", body=encoded(parameters_for(rp.client, prompt="login")))
    body = encoded({**rp.form("/login").values, "username": rp.user.username, "password": PASSWORD})
    headers = {"Content-Type": FORM}
    back = rp.transport.send("POST", "/login", body=body, headers=headers).location
    with ThreadPoolExecutor(PARALLEL) as pool:
        replies = list(pool.map(lambda _: _copy(app, rp).send("GET", back, body=None, headers={}), range(PARALLEL)))
    assert sorted(reply.status_code for reply in replies) == [303] + [400] * (PARALLEL - 1)
    assert next(reply.location for reply in replies if reply.location).startswith(f"{OK}?code=")


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_AZ26_login_and_decision_are_answered_by_303(app: Flask, party: MakeParty, decision: str) -> None:
    rp = party(trusted=False)
    rp.authorize(prompt="login")
    fields = {"username": rp.user.username, "password": PASSWORD, "decision": decision}
    for page in ("/login", "/consent"):
        body = encoded({**rp.form(page).values, **fields})
        reply = rp.transport.send("POST", page, body=body, headers={"Content-Type": FORM})
        assert (reply.status_code, urlsplit(reply.location).path) == (303, "/authorize")
        rp._browse("GET", reply.location)
    assert rp.reply is not None
    assert rp.reply.status_code == 303
    assert ("code" in rp.answer) is (decision == "allow")


# -- when nothing is asked (decision 10) -------------------------------------------------------------------------------


def test_decision_10_the_same_or_fewer_scopes_are_not_asked_again(asked: Party) -> None:
    asked.consent("allow")
    for scope in ("openid read:realms", "openid", "read:realms openid"):
        assert asked.authorize(scope=scope).code
    assert asked.authorize(scope="openid write:realms").at == "/consent"
    assert asked.authorize(scope="openid", prompt="consent").at == "/consent"


def test_decision_10_a_denial_is_not_remembered_and_gives_nothing(asked: Party) -> None:
    assert asked.consent("deny").answer["error"] == "access_denied"
    assert asked.authorize(scope="openid read:realms").at == "/consent"


def test_decision_10_trusted_is_standing_consent(party: MakeParty) -> None:
    rp = party()
    assert rp.authorize().code
    assert rp.authorize(prompt="consent").at == "/consent"
    assert rp.consent("deny").answer["error"] == "access_denied"


def _post(http: FlaskClient, client: Client, **changes: Any) -> Any:
    return http.post("/authorize", data=encoded(parameters_for(client, **changes)), content_type=FORM)


def _request_id(rp: RelyingParty) -> str:
    return str(rp.form("/consent").values["req"])


def _get(rp: RelyingParty, path: str) -> Reply:
    return rp.transport.send("GET", path, body=None, headers={})


def _copy(app: Flask, rp: Party) -> Local:
    """A further tab of the same browser: the test client is not made for threads."""
    tab = app.test_client()
    own = rp.transport._http  # type: ignore[attr-defined]
    for name in ("sid", "browser", "csrf"):
        if (cookie := own.get_cookie(name)) is not None:
            tab.set_cookie(name, cookie.value)
    return Local(tab)


def test_AZ1_a_redirect_uri_that_was_taken_away_meanwhile_gets_nothing(app: Flask, party: MakeParty) -> None:
    """Whoever takes one away has a reason, and a request may stay open for hours."""
    gone = "https://gone.example/callback"
    rp = party(trusted=False, redirect_uris=[gone, OK])
    asking = [rp.authorize(redirect_uri=gone, prompt="consent").form("/consent") for _ in range(2)]
    with within(app.extensions["authserver.house"]):
        clients.change(rp.client, {"redirect_uris": [OK]}, privileged=True, actor=ACTOR)
    seen = rp.authorize(redirect_uri=OK, prompt="consent").form("/consent").values["seen"]
    rp._browse("POST", "/consent", body=encoded({**asking[0].values, "seen": seen, "decision": "allow"}))
    assert rp.reply is not None
    assert (rp.reply.status_code, rp.reply.location) == (400, "")
    assert "not registered" in rp.reply.text
    cancelled = {name: asking[1].values[name] for name in ("req", "csrf_token")}
    rp._browse("POST", "/authorize/cancel", body=encoded(cancelled))
    assert (rp.reply.status_code, rp.reply.location) == (400, "")
