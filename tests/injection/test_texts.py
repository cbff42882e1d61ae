"""XS1, IJ4: any text in any field of a form of ours, with its good token: no 5xx, and what comes back is escaped."""

import itertools

from flask import Flask

from tests.forms import Form
from tests.injection.doors import page_doors, parameters_of
from tests.injection.site import explored
from tests.relying_party import FORM, encoded

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{1234*4321}}${1234*4321}"
TEXTS = (
    SCRIPT,
    "\U0001f511\u202e\u200b\ufeff \u4e16\u754c",
    "e\u0301" * 40,
    "x" * 3000,
    "9" * 30,
    "-1",
    "' OR 1=1 --",
    "a\r\nb\tc\x0b\x1b\x7f\x85\u2028",
    " ",
)
#: Some text is good in them and ends the session: they come last.
ENDING = ("/reset/", "/logout", "/account/security", "/login")


def _order(form: Form) -> tuple[bool, str]:
    return form.action.startswith(ENDING), form.action


def test_any_text_in_any_field(app: Flask) -> None:
    site = explored(app)
    own = sorted((form for form in site.forms.values() if form.action.startswith("/")), key=_order)
    for form in own:
        names = sorted({*form.values, *form.choices} - {"csrf_token"})
        for name, text in itertools.product(names, TEXTS):
            answer = site.at.post(form.action, encoded({**form.values, name: text}), content_type=FORM)
            assert answer.status_code < 500, (form.action, name, text)
            for trace in ("<script>alert", "<img src=x", "5332114"):
                assert trace not in answer.text, (form.action, name)


def test_any_text_in_the_address_of_any_page(app: Flask) -> None:
    site = explored(app)
    for method, path in page_doors(app):
        for name, text in itertools.product(parameters_of(app, (method, path)), TEXTS[:2]) if method == "GET" else ():
            answer = site.at.get(f"{path}?{encoded({name: text})}")
            assert answer.status_code < 500, (path, name, text)
            assert "<script>alert" not in answer.text, (path, name)
