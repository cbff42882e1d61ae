"""Ways through every page that is translated, with its errors: for tests that read them all."""

import re
import time
from collections.abc import Callable

import time_machine
from flask import Flask, Response
from werkzeug.exceptions import default_exceptions

from authserver import languages
from authserver.oauth.device import GRANT_TYPE
from authserver.pages.account import disputes, sentences
from authserver.pages.errors.views import TEXTS, refused
from tests.factories import make_api_key, make_client
from tests.languages.visits import APP, NAME, another, changed, consented, request_of, visiting
from tests.pages.people import PASSWORD, Browser, link_in, mails, person, someone, token_in
from tests.relying_party import encoded


def home(app: Flask, at: Browser) -> None:
    at.get("/")
    at.sign_in(person(app, name=NAME))
    at.get("/")
    at.get("/logout")
    at.post("/logout")
    at.send("/logout")
    at.get("/")
    at.post("/logout")


def login(app: Flask, at: Browser) -> None:
    user = person(app, name=NAME)
    at.get("/login")
    at.post("/login", {"username": "", "password": ""})
    at.send("/login", username="x" * 300, password="y" * 2000)
    for _ in range(11):
        at.sign_in(user, "wrong")
    at.sign_in(user, "wrong")
    other = person(app, name=NAME)
    at.sign_in(other)
    at.get("/login")
    at.get("/login?reauth=1&next=/account/profile")


def joining(app: Flask, at: Browser) -> None:
    at.get("/signup")
    at.send("/signup")
    names = [("ada", "!", "12345678"), ("a@b.example", "admin", "x"), ("ada@b.example", "ada", "ada")]
    for email, username, password in names:
        at.send("/signup", email=email, username=username, name="\u202e", password=password)
    fields = {"email": "a@b.example", "username": "longer", "name": "n" * 200, "password": "a@b.example"}
    at.send("/signup", **fields)
    at.send("/signup", **{**fields, "password": "p" * 1025})
    at.send("/signup", **{**fields, "password": "ab\x07cdefghijk"})
    name = someone()
    joined = {"email": f"{name}@people.example", "username": name, "name": "", "password": PASSWORD}
    at.send("/signup", **joined)
    link = link_in(mails(app, joined["email"])[-1].body)
    at.get(link)
    at.post(link)
    at.send(link)
    at.get("/login")
    at.get(link)


def recovering(app: Flask, at: Browser) -> None:
    user = person(app, name=NAME)
    at.get("/forgot")
    at.send("/forgot")
    at.send("/forgot", email=user.email)
    link = link_in(mails(app, user.email)[-1].body)
    at.get(link)
    at.send(link)
    at.send(link, password="short")
    at.send(link, password=PASSWORD)
    at.get("/login")
    at.get(link)
    for _ in range(45):
        at.send("/forgot", email="nobody@people.example")


def account(app: Flask, at: Browser) -> None:
    user, other = person(app, name=NAME), person(app)
    another(app).sign_in(user)
    at.sign_in(user)
    at.get("/account/profile")
    at.send("/account/profile", username="", name="")
    at.send("/account/profile", username=other.username, name="x" * 101)
    at.send("/account/profile", username=user.username, name=NAME)
    at.get("/account/profile")
    at.get("/account/security")
    at.send("/account/security", current_password="", new_password="")
    at.send("/account/security", current_password="wrong", new_password="another harbour at dusk")
    at.send("/account/security", current_password=PASSWORD, new_password="another harbour at dusk")
    at.get("/account/security")
    at.post("/account/security/sessions/end-others", {"csrf_token": token_in(at.get("/account/security").text)})
    at.get("/account/security")
    at.get("/account/apps")


def address(app: Flask, at: Browser) -> None:
    """Another e-mail address for the account."""
    user, name, other = person(app, name=NAME), someone(), person(app)
    at.sign_in(user)
    for wanted in ("", "no address", user.email, other.email, f"{name}@people.example"):
        at.send("/account/profile/email", of="/account/profile", email=wanted)
    at.get("/account/profile/email/sent")
    link = re.search(r"/confirm-email/\S+", mails(app, f"{name}@people.example")[-1].body)
    assert link
    at.get(link[0])
    at.post(link[0])
    at.send(link[0])
    at.get("/account/profile")
    at.get(link[0])


def activity(app: Flask, at: Browser) -> None:
    user = person(app, name=NAME)
    at.sign_in(user)
    at.get("/account/activity?show=keys")
    at.get("/account/activity?show=nothing")
    at.get("/account/activity?after=nowhere")
    another(app).sign_in(user, "wrong")
    another(app).sign_in(user)
    at.send("/account/profile", username=user.username, name="Zo")
    rp = visiting(app, at, owner=user)
    rp.authorize()
    consented(rp)
    make_api_key(app.extensions["authserver.house"], user)
    page = at.get("/account/activity").text
    events = dict.fromkeys(re.findall(r'href="(/account/activity/[^"?]+)"', page))
    assert events
    for event in events:
        at.get(event)
    at.post(next(iter(events)))
    at.send(next(iter(events)))
    at.get("/account/security")
    at.get("/account/activity")


def told(app: Flask, at: Browser) -> None:
    """Every sentence that activity has, and every outcome of "this was not me"."""
    with app.test_request_context("/account/activity", headers={"Cookie": "language=de"}):
        languages.speak("de")
        said = [str(text) for text in (*sentences.SENTENCES.values(), *disputes.OUTCOMES.values())]
        app.finalize_request(Response("".join(f"<p>{text}</p>" for text in said), mimetype="text/html"))
    at.get("/")


def consent(app: Flask, at: Browser) -> None:
    user = person(app, name=NAME)
    owner = person(app, name=NAME)
    for metadata in CLIENTS:
        rp = visiting(app, at, owner=owner, **metadata)
        rp.authorize()
        if rp.at == "/login":
            rp.sign_in(user, PASSWORD)
        consented(rp)
        own = f"/account/apps/{rp.client.client_id}"
        at.get("/account/apps")
        at.get(own)
        at.get(f"{own}/scope?scope=read:realms")
        at.send(f"{own}/scope", of=f"{own}/scope?scope=read:realms", scope="read:realms")
        at.get(own)
        changed(app, rp.client)
        at.get("/account/apps")
        at.get(own)
        rp.authorize(prompt="consent")
        with time_machine.travel(time.time() + 700):
            rp.authorize(prompt="consent")
            rp.consent("allow", password="wrong")
            rp.consent("perhaps")
    for mail in mails(app, user.email)[:1]:
        link = mail.body.partition("/disconnect/")[2].split()[0]
        at.get(f"/disconnect/{link}")
        at.post(f"/disconnect/{link}")
        at.send(f"/disconnect/{link}")
        at.get("/disconnect")
        at.get("/account/apps")
        at.get(f"/disconnect/{link}")


def device(app: Flask, at: Browser) -> None:
    at.get("/device")
    at.sign_in(person(app, name=NAME))
    at.get("/device")
    at.send("/device", user_code="")
    at.send("/device", user_code="ABCD")
    for decision in ("perhaps", "allow", "deny"):
        rp = visiting(app, at, grant_types=[GRANT_TYPE], token_endpoint_auth_method="none", redirect_uris=[])
        codes = rp.post("/device_authorization", {"scope": rp.client.scope}).json
        page = f"/device?user_code={codes['user_code']}"
        rp._browse("GET", page)
        rp._submit("/device", {"decision": decision, "password": PASSWORD})
        at.get("/device/done")
        at.get(page)
    for number in range(12):
        at.send("/device", user_code=f"BCDFGHJ{'KLMNPQRSTVWX'[number]}")


def interrupted(app: Flask, at: Browser) -> None:
    """Every way in which an authorization cannot go on."""
    user = person(app, name=NAME)
    rp = visiting(app, at)
    rp.authorize()
    begun = request_of(rp)
    at.get(f"/signup?req={begun}")
    at.get(f"/login?req={begun}")
    with time_machine.travel(time.time() + 1801):
        at.get(f"/authorize?req={begun}")
        at.post("/authorize/again", {"req": begun})
    another(app).get(f"/authorize?req={begun}")
    rp.sign_in(user, PASSWORD)
    again = request_of(rp)
    rp.consent("deny")
    at.get(f"/authorize?req={again}")
    rp.authorize()
    answered = request_of(rp)
    rp.consent("allow", password=PASSWORD)
    at.get(f"/authorize?req={answered}")
    at.get(f"/consent?req={answered}")
    at.get("/authorize?req=unknown")
    at.get("/login?req=unknown")
    rp.authorize(prompt="select_account")
    rp.authorize(prompt="login")
    rp.authorize(response_mode="form_post", prompt="none")
    native = visiting(app, at, type="native", redirect_uris=["http://127.0.0.1/cb"])
    native.authorize()
    consented(native)
    at.get(f"/authorize?req={answered}")


def unsafe(app: Flask, at: Browser) -> None:
    """Errors that must not be redirected."""
    owner = person(app, name=NAME)
    client, _ = make_client(app.extensions["authserver.house"], owner=owner, client_name=APP)
    at.get("/authorize")
    at.get("/authorize?client_id=nobody")
    at.get(f"/authorize?client_id={client.client_id}&client_id=b")
    for sent in ({}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": ["a", "b"]}):
        at.get("/authorize?" + encoded({"client_id": client.client_id, "scope": "openid", **sent}))
    at.post("/authorize", data=b"{}", content_type="application/json")
    at.sign_in(owner)
    at.get(f"/authorize?client_id={client.client_id}&redirect_uri=https://client.example/callbakc")


def leaving(app: Flask, at: Browser) -> None:
    at.get("/end_session")
    user = person(app, name=NAME)
    at.sign_in(user)
    at.get("/end_session")
    at.post("/end_session/confirm")
    client, _ = make_client(app.extensions["authserver.house"])
    at.get(f"/end_session?client_id={client.client_id}")
    at.send("/end_session/confirm", of=f"/end_session?client_id={client.client_id}")


def refusals(app: Flask, at: Browser) -> None:
    """Every status that has a page."""
    at.get("/no-such-page")
    at.get("/language")
    at.post("/login/select", {"a": "b"})
    at.post("/language", {"language": "de"})
    at.post("/language", {"csrf_token": token_in(at.get("/login").text), "language": "tlh"})
    at.post("/login", {"a": "b"}, headers={"Sec-Fetch-Site": "cross-site"})
    at.get("/login?a=%00")
    at.get("/login?" + "a=b&" * 1001)
    for status in (*TEXTS, 418):
        with app.test_request_context("/", headers={"Cookie": "language=de"}):
            app.preprocess_request()
            app.finalize_request(refused(default_exceptions[status]()))


CLIENTS: list[dict[str, object]] = [
    {"allow_scope_deselect": True},
    {"environment": "test", "client_uri": "https://a.example", "policy_uri": "https://a.example/p"},
    {"type": "native", "redirect_uris": ["http://127.0.0.1/cb"], "tos_uri": "https://a.example/t"},
    {"type": "native", "redirect_uris": ["com.example.app:/cb"]},
]
JOURNEYS: dict[str, Callable[[Flask, Browser], None]] = {
    found.__name__: found
    for found in (
        home,
        login,
        joining,
        recovering,
        account,
        address,
        activity,
        told,
        consent,
        device,
        interrupted,
        unsafe,
        leaving,
        refusals,
    )
}
