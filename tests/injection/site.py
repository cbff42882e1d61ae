"""Every form of the site, found by walking through it as a person would who has one of everything."""

import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

from authserver.models.users import User
from authserver.oauth import api_keys
from tests.factories import PASSWORD, make_api_key, make_client, make_key_client, make_user, unique, within
from tests.forms import Form, forms
from tests.injection.doors import page_doors
from tests.pages.people import Browser, link_in, mails
from tests.relying_party import challenge_of, encoded

#: Of one kind: an administrator sees the accounts and applications of all tests, and those of this one come first.
MOST_ALIKE = 4
_LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
_OTHER_ACTION = re.compile(r'<button [^>]*form="([^"]+)" formaction="([^"]+)"')
#: Only on a database without accounts.
NOT_HERE = frozenset({"account.joining.set_up"})
#: For clients; it has no form of ours.
FOR_CLIENTS = frozenset({"authorize.begin_by_post", "end_session.begin_by_post"})


@dataclass
class Site:
    """A signed-in browser, and the forms that it has seen: one for each place and set of fields."""

    app: Flask
    at: Browser
    user: User
    forms: dict[str, Form] = field(default_factory=dict)

    def names(self) -> set[str]:
        """The views that take some form."""
        return {name for form in self.forms.values() if (name := view_of(self.app, form.action))}


def explored(app: Flask, *, is_admin: bool = True) -> Site:
    """Make a person with keys, one of them being replaced, three applications and two sessions; look at everything."""
    house = app.extensions["authserver.house"]
    user, _ = make_user(house, is_admin=is_admin)
    site = Site(app, Browser(app), user)
    Browser(app).sign_in(user, PASSWORD)
    site.at.sign_in(user, PASSWORD)
    make_api_key(house, user)
    replaced, _ = make_api_key(house, user)
    with within(house):
        api_keys.rotate(replaced, overlap=3600, actor=user.id)
    client, _ = make_client(house, owner=user)
    signer, _ = make_key_client(house, owner=user)
    begin = f"/authorize?{encoded(_request(client.client_id))}"
    asked = _followed(site, begin)
    _collect(site, asked)
    consent = next(form for form in forms(site.at.get(asked).text) if form.action == "/consent")
    site.at.post("/consent", {**consent.values, "decision": "allow"})  # now it is a connected app
    own = (
        f"/settings/apps/{client.client_id}",
        f"/settings/apps/{signer.client_id}/credentials",
        f"/account/apps/{client.client_id}",
        f"/settings/api-keys/{replaced.id}",
        f"/admin/users/{user.id}",
        f"/admin/apps/{client.client_id}",
    )
    _walk(site, [*own, *(path for method, path in page_doors(app) if method == "GET")])
    for prompt in ("login", "select_account", "consent"):
        _collect(site, _followed(site, f"{begin}&prompt={prompt}"))
    _collect(site, _followed(site, f"{begin}&response_mode=form_post&prompt=none"))
    _collect(site, _cancelled(site, f"{begin}&prompt=login"), status=400)  # where it starts again
    for link in _links_in_mail(app, user):
        _collect(site, link)
    for page in ("set-tier", "send-reset"):
        _collect(site, f"/admin/users/{user.id}/{page}")
    _collect(site, _new_address(site))
    _collect(site, _failed(site, begin))
    _play(site)
    return site


def view_of(app: Flask, action: str, *, method: str = "POST") -> str | None:
    """The name of the view that takes a form sent there."""
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(action).path, method=method)[0])
    except HTTPException:
        return None


def views_with_forms(app: Flask) -> set[str]:
    """The views that must have been found."""
    rules = app.url_map.iter_rules()
    return {rule.endpoint for rule in rules if "POST" in (rule.methods or set())} - NOT_HERE - FOR_CLIENTS


def _request(client_id: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": client_id,
        "scope": "openid read:realms",
        "redirect_uri": "https://client.example/callback",
        "code_challenge": challenge_of("v" * 43),
        "code_challenge_method": "S256",
    }


def _followed(site: Site, path: str) -> str:
    """Where a request ends up: the last page of ours."""
    for _ in range(6):
        answer = site.at.get(path)
        if answer.status_code not in {301, 302, 303}:
            return path
        path = answer.headers["Location"]
    raise AssertionError(f"no page at the end of {path}")


def _walk(site: Site, paths: list[str]) -> None:
    seen: set[str] = set()
    kinds: Counter[str | None] = Counter()
    while paths:
        path = paths.pop(0)
        kind = view_of(site.app, path, method="GET")
        if path in seen or kinds[kind] >= MOST_ALIKE:
            continue
        seen.add(path)
        kinds[kind] += 1
        page = _collect(site, path)
        paths += [found.replace("&amp;", "&") for found in _LINK.findall(page)]


def _cancelled(site: Site, begin: str) -> str:
    """A login page whose request was answered by going back."""
    page = _followed(site, begin)
    (cancel,) = [form for form in forms(site.at.get(page).text) if form.action == "/authorize/cancel"]
    assert site.at.post(cancel.action, cancel.values).status_code == 303
    return page


def _new_address(site: Site) -> str:
    """The link that waits at another address of the same person."""
    email = f"{unique('other')}@people.test"
    site.at.send("/account/profile/email", of="/account/profile", email=email)
    return link_in(mails(site.app, email)[-1].body)


def _failed(site: Site, begin: str) -> str:
    """The explanation of a request whose redirect URI is not registered, for the owner of the application."""
    page = site.at.get(begin.replace("callback", "elsewhere")).text
    return "/explain/" + re.findall(r"/explain/([0-9a-f]{16})", page)[-1]


def _play(site: Site) -> None:
    """The playground's own code flow, to the end."""
    (build,) = [form for form in forms(site.at.get("/playground").text) if form.action == "/playground/request"]
    site.at.post(build.action, build.values)
    begin = re.findall(r'href="(/authorize[^"]*)"', site.at.get("/playground/request").text)[0].replace("&amp;", "&")
    (consent,) = [form for form in forms(site.at.get(_followed(site, begin)).text) if form.action == "/consent"]
    answer = site.at.post(consent.action, {**consent.values, "decision": "allow"})
    finished = site.at.get(answer.headers["Location"]).headers["Location"]
    page = _collect(site, finished.removeprefix(site.app.extensions["authserver"].settings.issuer))
    redeem = next(form for form in forms(page) if form.action == "/playground/token" and "break" not in form.values)
    _keep(site, redeem.action, site.at.post(redeem.action, redeem.values).text)


def _collect(site: Site, path: str, *, status: int = 200) -> str:
    answer = site.at.get(path)
    if answer.status_code == status or answer.status_code < 400:
        _keep(site, path, answer.text)
    return answer.text


def _keep(site: Site, path: str, page: str) -> None:
    """Remember the forms of a page."""
    found = forms(page)
    for name, action in _OTHER_ACTION.findall(page):  # the fields of one form, sent elsewhere
        found += [Form(action, form.method, form.values) for form in found if form.action == f"/{name}"]
    for form in found:
        action, names = form.action or path, {*form.values, *form.choices}
        key = f"{view_of(site.app, action) or action} {' '.join(sorted(names))}"
        site.forms.setdefault(key, Form(action, form.method, form.values, form.choices))


def _links_in_mail(app: Flask, user: User) -> list[str]:
    stranger = Browser(app)
    email = f"{unique('new')}@people.test"
    fields = {"email": email, "username": unique("new"), "name": "New", "password": PASSWORD}
    assert stranger.send("/signup", **fields).status_code == 200
    assert stranger.send("/forgot", email=user.email).status_code == 200
    return [link_in(mail.body) for address in (email, user.email) for mail in mails(app, address)]
