"""Mail in the language of whoever gets it."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from authserver.accounts import credentials
from authserver.languages import OFFERED, speaking
from authserver.models import users
from authserver.oauth import notices
from authserver.outbox import courier, messages, queue, smtp
from authserver.outbox.messages import Message
from tests.factories import make_api_key
from tests.pages.people import Browser, commit, link_in, mails, person, settings_of, someone, token_in

BRAND, URL, KEY = "RealmKit", "http://localhost:8000/reset/lk_x", "  CI (rk_live_7Qm2XaB9_)"
WORDS = {"en": "password", "de": "Passwort", "fr": "mot de passe", "es": "contraseña", "ar": "كلمة"}
TEXTS: dict[str, Callable[[], Message]] = {
    "confirm": lambda: messages.confirm_address(brand=BRAND, url=URL),
    "address taken": lambda: messages.address_taken(brand=BRAND, url=URL),
    "username taken": lambda: messages.username_taken(brand=BRAND, url=URL),
    "reset": lambda: messages.reset_password(brand=BRAND, url=URL),
    "password changed": lambda: messages.password_changed(brand=BRAND, url=URL),
    "key revoked": lambda: messages.key_revoked(brand=BRAND, key=KEY, url=URL),
    "key rotated": lambda: messages.key_rotated(brand=BRAND, key=KEY, url=URL),
    "key leaked": lambda: messages.key_leaked(brand=BRAND, key=KEY, url=URL),
    "key ends": lambda: messages.key_ends_soon(brand=BRAND, key=KEY, when="5 Mar", url=URL),
}


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody delivers."""
    monkeypatch.setattr(courier, "wake", lambda database, settings: None)


def at_home(app: Flask, accept: str = "") -> Browser:
    at = Browser(app)
    at.environ["HTTP_ACCEPT_LANGUAGE"] = accept
    return at


@pytest.mark.parametrize("code", OFFERED)
@pytest.mark.parametrize("name", TEXTS)
def test_every_mail_in_every_language(name: str, code: str) -> None:
    english = TEXTS[name]()
    with speaking(code):
        said = TEXTS[name]()
    assert (said == english) == (code == "en")
    assert f"\n{URL}\n" in said.body
    assert BRAND in said.subject
    assert said.body.count(KEY) == english.body.count(KEY)
    assert "%(" not in said.subject + said.body


@pytest.mark.parametrize("code", OFFERED)
def test_mail_about_a_password_is_in_the_language_of_its_owner(app: Flask, code: str) -> None:
    user = person(app, locale=code)
    at_home(app, "en, fr").send("/forgot", email=user.email)
    (mail,) = mails(app, user.email)
    with speaking(code):
        assert mail.subject == messages.reset_password(brand=BRAND, url="").subject
    assert WORDS[code] in mail.body
    commit(app, lambda: credentials.set_password(settings_of(app), user, password="a new harbour at dusk", actor="x"))
    with speaking(code):
        assert mails(app, user.email)[-1].subject == messages.password_changed(brand=BRAND, url="").subject


@pytest.mark.parametrize("code", OFFERED)
def test_notice_about_a_key_is_in_the_language_of_its_owner(app: Flask, code: str) -> None:
    user = person(app, locale=code)
    key, _ = make_api_key(app.extensions["authserver.house"], user, name="Nightly")
    for tell, text in NOTICES:
        commit(app, lambda tell=tell: tell(settings_of(app), key))  # type: ignore[misc]
        mail = mails(app, user.email)[-1]
        with speaking(code):
            assert mail.subject in {text(brand=BRAND, key="", url="").subject for _, text in NOTICES}
        assert "Nightly" in mail.body
    assert len(mails(app, user.email)) == len(NOTICES)


@pytest.mark.parametrize(("code", "month"), [("en", "Sept"), ("de", "Sept."), ("ar", "سبتمبر")])
def test_end_of_a_key_is_told_with_a_date_of_the_language(
    app: Flask, frozen: time_machine.Traveller, code: str, month: str
) -> None:
    frozen.move_to(1_787_000_000)
    user = person(app, locale=code)
    make_api_key(app.extensions["authserver.house"], user, expires_in=20 * 86400)
    frozen.shift(15 * 86400)
    commit(app, lambda: notices.ending(settings_of(app)))
    (mail,) = mails(app, user.email)
    assert month in mail.body


def test_who_never_chose_gets_the_language_of_the_page(app: Flask) -> None:
    user = person(app)
    at_home(app, "fr").send("/forgot", email=user.email)
    assert WORDS["fr"] in mails(app, user.email)[-1].body


def test_LG2_sign_up_at_an_address_that_is_taken_speaks_to_its_owner(app: Flask) -> None:
    owner = person(app, locale="es")
    sign_up(app, owner.email, someone(), "de")
    (mail,) = mails(app, owner.email)
    with speaking("es"):
        assert mail.subject == messages.address_taken(brand=BRAND, url="").subject


@pytest.mark.parametrize("code", OFFERED)
def test_account_begins_in_the_language_of_its_sign_up(app: Flask, code: str) -> None:
    name = someone()
    at = sign_up(app, f"{name}@people.example", name, code)
    (mail,) = mails(app, f"{name}@people.example")
    with speaking(code):
        assert mail.subject == messages.confirm_address(brand=BRAND, url="").subject
    link = link_in(mail.body)
    assert at.post(link, {"csrf_token": token_in(at.get(link).text)}).status_code == 303
    made = commit(app, lambda: users.find_by_login(name))
    assert made is not None
    assert made.locale == code


@pytest.mark.parametrize("code", OFFERED)
def test_IJ2_subjects_are_safe_headers_in_every_language(app: Flask, code: str) -> None:
    with speaking(code):
        made = [text() for text in TEXTS.values()]
    for message in made:
        recipient = f"{someone()}@people.test"
        commit(app, lambda message=message, to=recipient: queue.post(settings_of(app), message, recipient=to))  # type: ignore[misc]
        (mail,) = mails(app, recipient)
        wire = smtp.compose(settings_of(app), mail).as_bytes()
        head, _, _ = wire.partition(b"\r\n\r\n")
        assert head.isascii()
        assert all(len(line) <= 998 for line in wire.split(b"\r\n"))
        assert smtp.compose(settings_of(app), mail)["Subject"] == message.subject


def sign_up(app: Flask, email: str, username: str, accept: str) -> Browser:
    at = at_home(app, accept)
    at.send("/signup", email=email, username=username, name="", password="a quiet harbour at dawn")
    return at


NOTICES: list[tuple[Callable[..., None], Callable[..., Message]]] = [
    (notices.revoked, messages.key_revoked),
    (notices.rotated, messages.key_rotated),
    (notices.leaked, messages.key_leaked),
]
