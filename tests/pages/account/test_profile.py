"""The profile page: the language of mail, the tier in words, and what is verified."""

import pytest
from flask import Flask

from authserver.models import tiers
from authserver.models.tiers import Tier
from tests.pages.people import Browser, commit, mails, person, reload, someone

PAGE = "/account/profile"


def test_the_language_of_mail_is_chosen_and_kept(app: Flask, at: Browser) -> None:
    ada = person(app)
    at.sign_in(ada)
    names = {"name": "Ada", "username": ada.username}
    assert 'value="de"' in at.get(PAGE).text
    assert at.send(PAGE, **names, locale="de").status_code == 303
    assert reload(app, ada).locale == "de"
    assert 'value="de" selected' in at.get(PAGE).text.replace('selected value="de"', 'value="de" selected')
    assert at.send(PAGE, **names).status_code == 303  # a form without the field leaves it
    assert reload(app, ada).locale == "de"
    Browser(app).send("/forgot", email=ada.email)
    assert "neues Passwort" in mails(app, ada.email)[-1].body
    assert at.send(PAGE, **names, locale="").status_code == 303
    assert reload(app, ada).locale is None


@pytest.mark.parametrize("locale", ["xx", "de-AT", "DE", "<b>", "None"])
def test_a_language_that_is_not_offered_is_refused(app: Flask, at: Browser, locale: str) -> None:
    ada = person(app)
    at.sign_in(ada)
    answer = at.send(PAGE, name="Other", username=ada.username, locale=locale)
    assert answer.status_code == 400
    assert (reload(app, ada).locale, reload(app, ada).name) == (None, "Ada")


def test_the_tier_is_told_in_words(app: Flask, at: Browser) -> None:
    at.sign_in(person(app, tier="premium"))
    assert "Premium: 5,000 requests to APIs an hour" in at.get(PAGE).text


def test_a_tier_of_the_operator_is_told_as_it_is(app: Flask, at: Browser) -> None:
    name = someone("tier")
    commit(app, lambda: tiers.put(Tier(name, 1, 60)))
    at.sign_in(person(app, tier=name))
    assert f"{name}: 1 request to APIs in 60 seconds" in at.get(PAGE).text


def test_what_was_typed_stays_when_something_is_wrong(app: Flask, at: Browser) -> None:
    at.sign_in(person(app))
    answer = at.send(PAGE, name="Ada Lovelace", username="Ä!", locale="fr")
    assert answer.status_code == 400
    assert 'value="Ada Lovelace"' in answer.text
    assert 'value="Ä!"' in answer.text
