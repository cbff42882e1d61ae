"""More about you: what people tell of themselves, kept only where it can be so, and never as anything but text."""

from typing import Any
from unicodedata import normalize

import pytest
from flask import Flask

from tests.forms import Form, forms
from tests.injection.payloads import PAYLOADS
from tests.pages.people import Browser, person, reload

PAGE, ABOUT = "/account/profile", "/account/profile/about"
EVERYTHING = {
    "given_name": "Ada",
    "family_name": "Lovelace",
    "website": "https://ada.example/notes?of=engine",
    "zoneinfo": "Europe/London",
    "phone_number": "+442071234567",
    "street_address": "12 St James's Square\n2nd floor",
    "postal_code": "SW1Y 4JH",
    "locality": "London",
    "region": "Greater London",
    "country": "United Kingdom",
}
ADDRESS = ("street_address", "postal_code", "locality", "region", "country")
TEXTS = ("given_name", "family_name", *ADDRESS)
WRONG_NUMBERS = (
    "12345678", "0049 30 123456", "+49", "+0301234567", "+49x30123456", f"+{'1' * 16}", "+٤٩٣٠١٢٣٤٥٦٧",
    "+49 30 1234567;ext=1", "tel:+49301234567",
)  # fmt: skip
WRONG_ZONES = ("Europe/Nowhere", "europe/berlin", "../../etc/passwd", "/etc/passwd", "CEST!")
WRONG_SITES = (
    "ada.example", "javascript:alert(1)", "data:text/html,x", "https://", "//x", "https://u@ada.example",
    "https://ada.example/\u202e", "https://[/", "ftp://a.b",
)  # fmt: skip


def form_in(page: str) -> Form:
    return next(form for form in forms(page) if form.action == ABOUT)


def send(at: Browser, **fields: str) -> Any:
    return at.send(ABOUT, of=PAGE, **fields)


@pytest.fixture
def ada(app: Flask, at: Browser) -> Any:
    ada = person(app)
    at.sign_in(ada)
    return ada


def test_everything_may_be_left_empty(app: Flask, at: Browser, ada: Any) -> None:
    assert send(at).status_code == 303
    assert reload(app, ada).profile == {}


def test_what_is_told_is_kept_by_the_names_of_claims(app: Flask, at: Browser, ada: Any) -> None:
    assert send(at, **EVERYTHING).status_code == 303
    kept = reload(app, ada)
    assert kept.profile["address"] == {name: EVERYTHING[name] for name in ADDRESS}
    assert {**kept.profile, "address": None} == {
        **{name: value for name, value in EVERYTHING.items() if name not in ADDRESS},
        "address": None,
    }
    shown = form_in(at.get(PAGE).text).values
    assert {name: str(shown[name]).strip() for name in EVERYTHING} == EVERYTHING
    assert (kept.name, kept.email) == (ada.name, ada.email)


def test_what_is_emptied_is_forgotten_and_what_is_not_sent_stays(app: Flask, at: Browser, ada: Any) -> None:
    send(at, **EVERYTHING)
    assert send(at, phone_number="", region="").status_code == 303
    kept = reload(app, ada).profile
    assert "phone_number" not in kept
    assert set(kept["address"]) == {*ADDRESS} - {"region"}
    assert send(at, **dict.fromkeys(EVERYTHING, "")).status_code == 303
    assert reload(app, ada).profile == {}


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("phone_number", " +49 (30) 1234-567 ", "+49301234567"),
        ("phone_number", "+1.415.555.2671", "+14155552671"),
        ("given_name", "  Ada   Augusta ", "Ada Augusta"),
        ("given_name", "Ada\u0308", "Ad\u00e4"),
        ("family_name", "Ó Súilleabháin", "Ó Súilleabháin"),
        ("country", "日本", "日本"),
        ("locality", "القاهرة", "القاهرة"),
        ("street_address", "a\r\n\r\nb  c\r\n", "a\nb c"),
        ("website", " http://ada.example ", "http://ada.example"),
        ("zoneinfo", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("zoneinfo", "UTC", "UTC"),
    ],
)
def test_values_are_kept_in_one_form(app: Flask, at: Browser, ada: Any, field: str, typed: str, kept: str) -> None:
    assert send(at, **{field: typed}).status_code == 303
    profile = reload(app, ada).profile
    assert {**profile, **profile.get("address", {})}[field] == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(("phone_number", value) for value in WRONG_NUMBERS),
        *(("zoneinfo", value) for value in WRONG_ZONES),
        *(("website", value) for value in WRONG_SITES),
        ("website", f"https://ada.example/{'x' * 300}"),
        *((name, "x" * 101) for name in TEXTS),
        *((name, "a\u202eb") for name in TEXTS),
        *((name, "a\x1bb") for name in TEXTS),
        ("given_name", "a\nb"),
        ("street_address", "a\nb\nc\nd\ne"),
    ],
)  # fmt: skip
def test_what_cannot_be_so_is_said_beside_its_field_and_nothing_is_kept(
    app: Flask, at: Browser, ada: Any, field: str, typed: str
) -> None:
    answer = send(at, **{"locality": "London", field: typed})
    assert answer.status_code == 400
    assert reload(app, ada) == ada
    page = answer.text
    assert f'id="{field}-error"' in page
    assert page.count('aria-invalid="true"') == 1
    if field != "locality":
        assert form_in(page).values["locality"] == "London"  # what was typed stays


def test_several_faults_are_said_at_once(at: Browser, ada: Any) -> None:
    page = send(at, phone_number="x", zoneinfo="x", website="x").text
    assert page.count('aria-invalid="true"') == 3


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_XS1_hostile_text_is_text(app: Flask, at: Browser, ada: Any, number: int) -> None:
    payload = PAYLOADS[number]
    before = at.get(PAGE).text
    answer = send(at, **dict.fromkeys(TEXTS, payload))
    page = answer.text if answer.status_code == 400 else at.get(PAGE).text
    assert answer.status_code in {303, 400}
    assert len(forms(page)) == len(forms(before))
    assert page.count("<script") == before.count("<script")
    # As it was typed, or after it was kept with single spaces and composed characters.
    typed = normalize("NFC", str(form_in(page).values["locality"]))
    assert typed.split() == normalize("NFC", payload).split()


def test_AD4_only_these_are_kept(app: Flask, at: Browser, ada: Any) -> None:
    more = {"email": "x@evil.example", "email_verified": "1", "phone_number_verified": "1", "is_admin": "1", "sub": "x"}
    assert send(at, given_name="Ada", profile="{}", address="x", **more).status_code == 303
    kept = reload(app, ada)
    assert kept.profile == {"given_name": "Ada"}
    assert (kept.email, kept.is_admin, kept.email_verified) == (ada.email, False, True)


def test_a_stale_page_keeps_what_was_typed(app: Flask, at: Browser, ada: Any) -> None:
    answer = at.post(ABOUT, {"csrf_token": "x", "locality": "London"})
    assert answer.status_code == 400
    assert form_in(answer.text).values["locality"] == "London"
    assert reload(app, ada).profile == {}


def test_the_change_is_seen_in_the_activity(at: Browser, ada: Any) -> None:
    send(at, locality="London")
    assert "profile was changed" in at.get("/account/activity").text
