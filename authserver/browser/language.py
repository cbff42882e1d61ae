"""The language of a page: what the application asked for, else what the person chose, else what the browser prefers."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from authserver import clock, languages
from authserver.browser import cookies, identity
from authserver.browser.cookies import Cookie
from authserver.models import authorization_requests, users

#: Pages for everybody, by the package of `pages/`. All others are for developers and administrators, and in English.
TRANSLATED = frozenset(
    {
        "account",
        "authorize",
        "connected_apps",
        "consent",
        "device",
        "end_session",
        "errors",
        "home",
        "language",
        "login",
    }
)
#: Where an application itself names languages (OpenID Connect Core section 3.1.2.1, RP-Initiated Logout section 2).
ASKED_DIRECTLY = frozenset({"authorize", "end_session"})
#: What of an address leads to the same page again. Nothing else that was sent is repeated on it.
REPEATED = ("req", "next", "reauth", "show", "after", "before", "user_code", "scope")
#: The same of a request that was refused before it was stored.
REFUSED = ("client_id", "redirect_uri")
#: Their addresses carry an ID token: they speak the language of the application, and offer no other.
UNREPEATABLE = frozenset({"end_session"})
LIFETIME = 365 * 86400
LONGEST = 100  # of ui_locales


def install(app: Flask) -> None:
    """Before anything that can refuse a request: refusals are said in the language too."""
    app.before_request(_as_the_person_wishes)
    app.after_request(_told)
    app.teardown_request(_forgotten)


def as_the_application_wishes() -> None:
    """Before each view, once the form may be read: `ui_locales` of the authorization in progress."""
    if is_translated():
        wanted, asked_at = _ui_locales()
        found = languages.negotiate(wanted.split(" "))
        if found is not None and _chosen()[1] <= asked_at:  # chosen on a page of this very authorization: that counts
            languages.speak(found)


def choose(code: str) -> None:
    """The person wants this language: in this browser from now on, and in mail."""
    languages.speak(code)
    cookies.keep(Cookie.LANGUAGE, f"{code}.{clock.now()}", lifetime=LIFETIME)
    user = identity.user()
    if user is not None and user.locale != code:
        users.change(user.id, locale=code)


def context() -> dict[str, Any]:
    """What templates may use: the language, how it is written, the choice of another, where that leads back to."""
    own, here = languages.current(), _here()
    offered = languages.OFFERED.items() if here is not None and is_translated() else ()
    return {
        "locale": own,
        "direction": languages.direction(),
        "languages": [(code, name, code == own) for code, name in offered],
        "here": here,
    }


def is_translated() -> bool:
    """Whether this request is answered in any language; an address that leads nowhere is."""
    return request.blueprint is None or request.blueprint.partition(".")[0] in TRANSLATED


def _as_the_person_wishes() -> None:
    languages.speak((is_translated() and (_chosen()[0] or _preferred())) or languages.DEFAULT)


def _preferred() -> str | None:
    return languages.negotiate(tag for tag, quality in request.accept_languages if quality > 0)


def _chosen() -> tuple[str | None, int]:
    """The language in the cookie, and when it was chosen."""
    code, _, when = (cookies.read(Cookie.LANGUAGE) or "").partition(".")
    if code not in languages.OFFERED:
        return None, 0
    return code, int(when) if when.isascii() and when.isdigit() and len(when) <= 12 else 0


def _ui_locales() -> tuple[str, int]:
    """What the application asked for, and when."""
    if request.blueprint in ASKED_DIRECTLY and (sent := request.values.get("ui_locales")):
        return sent[:LONGEST], clock.now()
    request_id = request.values.get("req") or _interrupted()
    stored = authorization_requests.recall(request_id) if request_id else None
    return (str(stored.parameters.get("ui_locales") or ""), stored.created_at) if stored is not None else ("", 0)


def _interrupted() -> str | None:
    """The authorization that waits for a sign-up or a new password, on the pages of these."""
    return cookies.read(Cookie.RESUME) if request.blueprint == "account.joining" else None


def _told(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Language", languages.current())
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def _forgotten(_error: BaseException | None) -> None:
    languages.speak(languages.DEFAULT)  # the thread goes on with something else


def _here() -> str | None:
    """The address at which this page can be seen again, in another language. None: it is a secret itself (IJ6)."""
    if request.url_rule is None:
        return "/"
    if request.blueprint in UNREPEATABLE or "secret" in (request.view_args or ()):
        return None
    sent = request.args
    if request.method not in {"GET", "HEAD"}:
        try:
            sent = request.form
            current_app.url_map.bind("").match(request.path, "GET")
        except HTTPException:  # a body that cannot be read, an address that answers no GET
            return "/"
    names = REPEATED if "req" in sent else (*REPEATED, *REFUSED)
    query = urlencode([(name, sent[name]) for name in names if name in sent])
    return quote(request.path) + (f"?{query}" if query else "")
