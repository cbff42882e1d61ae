"""What a page says of its language, and requests of applications that ask for one."""

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import make_client
from tests.pages.people import Browser
from tests.relying_party import challenge_of, encoded

SIGN_IN = {"en": "Sign in", "de": "Anmelden", "fr": "Se connecter", "es": "Iniciar sesión", "ar": "تسجيل الدخول"}


def language_of(answer: TestResponse) -> str:
    """The language in which a page says that it is, in three places that must agree."""
    found = re.search(r'<html lang="([^"]*)" dir="([^"]*)">', answer.text)
    assert found, answer.text[:300]
    assert found[2] == ("rtl" if found[1] == "ar" else "ltr")
    assert answer.headers["Content-Language"] == found[1]
    return found[1]


def asking(app: Flask, **parameters: Any) -> str:
    """The address of an authorization request by an application of its own: `ui_locales="de"`."""
    client, _ = make_client(app.extensions["authserver.house"], scope="openid read:realms")
    good = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uris[0],
        "scope": client.scope,
        "state": "s",
        "code_challenge": challenge_of("v" * 43),
        "code_challenge_method": "S256",
    }
    return f"/authorize?{encoded({**good, **parameters})}"


def follow(at: Browser, path: str) -> TestResponse:
    """The first page at the end of our own redirects."""
    answer = at.get(path)
    while answer.status_code == 303:
        assert answer.location.startswith("/"), answer.location
        answer = at.get(answer.location)
    return answer
