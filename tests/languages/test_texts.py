"""Texts, numbers, dates and lengths of time in the language that is spoken."""

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired

from authserver import languages
from authserver.browser.forms import Form
from authserver.languages import OFFERED, gettext, lazy, negotiate, speaking
from authserver.oauth import descriptions, scopes
from tests.pages.people import Browser, commit

AT = 1_772_719_380  # 5 March 2026, 14:03 UTC


def test_text_in_the_language_that_is_spoken() -> None:
    assert gettext("Wrong user name or password.") == "Wrong user name or password."
    with speaking("de"):
        assert gettext("Wrong user name or password.") == "Benutzername oder Passwort ist falsch."
        with speaking("fr"):
            assert "mot de passe" in gettext("Wrong user name or password.")
        assert languages.current() == "de"
    assert languages.current() == "en"


def test_text_without_a_translation_is_said_in_english() -> None:
    with speaking("ar"):
        assert gettext("Nobody has ever said this.") == "Nobody has ever said this."
        assert gettext("Nobody says %(what)s.", what="100%") == "Nobody says 100%."


def test_nothing_stays_nothing() -> None:
    with speaking("de"):
        assert gettext("") == ""  # not the header of the catalogue


@pytest.mark.parametrize("code", [None, "", "xx", "de-AT"])
def test_language_that_is_not_offered_changes_nothing(code: str | None) -> None:
    with speaking("es"), speaking(code):
        assert languages.current() == "es"


def test_lazy_text_is_said_by_whoever_reads_it() -> None:
    text = lazy("Please try again in %(time)s.", time="1 h")
    assert str(text) == "Please try again in 1 h."
    with speaking("de"):
        assert str(text) == gettext("Please try again in %(time)s.", time="1 h")
        assert str(text) != "Please try again in 1 h."
        assert lazy("Please try again in %(time)s.") % {"time": "1 h"} == str(text)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(["de_AT"], "de"), (["x", "FR-ca-1990"], "fr"), (["-", "--", ""], None), ([], None), (["english"], None)],
)
def test_rfc4647_s3_4_lookup(wanted: list[str], expected: str | None) -> None:
    assert negotiate(wanted) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", "5 Mar 2026, 14:03 UTC"),
        ("de", "5. März 2026, 14:03 Uhr UTC"),
        ("fr", "5 mars 2026 à 14:03 UTC"),
        ("es", "5 mar 2026, 14:03 UTC"),
        ("ar", "5 مارس 2026، 14:03 UTC"),
    ],
)
def test_moment(code: str, expected: str) -> None:
    with speaking(code):
        assert languages.moment(AT) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("en", "12,500"), ("de", "12.500"), ("fr", "12\u202f500"), ("es", "12.500"), ("ar", "12,500")],
)
def test_figure(code: str, expected: str) -> None:
    with speaking(code):
        assert languages.figure(12500) == expected


def test_moment_on_a_page_is_read_by_machines_too(app: Flask) -> None:
    with app.app_context(), speaking("de"):
        said = app.jinja_env.from_string("{{ at|datetime }}").render(at=AT)
    assert said == '<time datetime="2026-03-05T14:03:00Z">5. März 2026, 14:03 Uhr UTC</time>'


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (91, "2 minutes"),
        (900, "15 minutes"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (7201, "3 hours"),
        (172_800, "48 hours"),
        (180 * 86_400, "180 days"),
    ],
)
def test_duration(seconds: int, expected: str) -> None:
    assert languages.duration(seconds) == expected


def test_arabic_counts_in_six_ways() -> None:
    with speaking("ar"):
        said = [languages.duration(60 * minutes) for minutes in (2, 3, 11)]
        days = [languages.duration(86400 * days) for days in (3, 30, 100, 180)]
    assert said == ["دقيقتين", "3 دقائق", "11 دقيقة"]
    assert days == ["3 أيام", "30 يومًا", "100 يوم", "180 يومًا"]


def test_placeholders_of_templates_are_escaped_in_every_language(app: Flask) -> None:
    template = app.jinja_env.from_string("{% trans name=evil %}Hello, <bdi>{{ name }}</bdi>{% endtrans %}")
    for code in OFFERED:
        with app.app_context(), speaking(code):
            assert "<bdi>&lt;script&gt;</bdi>" in template.render(evil="<script>")


def test_message_of_a_validator_is_no_error_of_ours(at: Browser) -> None:
    answer = at.send("/login", username="x" * 300, password="y")
    assert answer.status_code == 400
    assert "This is too long for an e-mail or a user name." in answer.text


class Example(Form):
    """Words of ours, and words of WTForms."""

    name = StringField(validators=[InputRequired(lazy("Enter your password."))])
    code = StringField(validators=[InputRequired()])
    number = IntegerField()


@pytest.mark.parametrize("code", OFFERED)
def test_messages_of_forms_are_said_in_the_language(app: Flask, code: str) -> None:
    with app.test_request_context("/login", method="POST", data={"number": "x"}), speaking(code):
        form = Example(MultiDict({"number": "x"}), meta={"csrf": False})
        assert not form.validate()
        said = [str(form[name].errors[0]) for name in ("name", "code", "number")]
        assert said[0] == gettext("Enter your password.")
    english = ["Enter your password.", "This field is required.", "Not a valid integer value."]
    assert [one == other for one, other in zip(said, english, strict=True)] == [code == "en"] * 3


def test_descriptions_of_shipped_scopes_are_those_of_the_table(app: Flask) -> None:
    texts = {str(text) for text in descriptions.SHIPPED}
    assert texts == {scope.description for scope in commit(app, scopes.known) if scope.name in SHIPPED_NAMES}


def test_shipped_scopes_are_described_in_the_language(app: Flask) -> None:
    with speaking("de"):
        found = {scope.name: scope.description for scope in commit(app, scopes.known)}
    assert found["read:realms"] == gettext_in("de", "See your realms") != "See your realms"


def gettext_in(code: str, text: str) -> str:
    with speaking(code):
        return gettext(text)


SHIPPED_NAMES = frozenset(
    [
        *scopes.OPENID_SCOPES,
        *("read:realms", "download:realms", "write:realms", "delete:realms"),
        *("read:stats", "read:profile", "write:profile", "manage", "admin"),
    ]
)
