"""IJ6: thirty secrets through every flow at log level debug: none of them in a log line or on an error page."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.models.clients import Client
from authserver.models.users import User
from tests.factories import make_api_key, make_client, make_resource_server, make_user, unique
from tests.injection.doors import doors
from tests.pages.people import Browser, link_in, mails
from tests.relying_party import Local, RelyingParty, Reply, basic, encoded
from tests.rfc.front_channel import parameters_for

CANARY = "canary-7f3a91"
WRONG = ("password", "code", "token", "refresh_token", "client_secret", "access_token", "code_verifier", "key")


class Canaries:
    """Every secret that has passed, and everything that was answered by an error."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog
        self.secrets: dict[str, str] = {}
        self.errors: list[str] = []

    def hatch(self, name: str) -> str:
        """A secret of our own choice."""
        return self.keep(name, f"{CANARY}-{len(self.secrets)}-{name}-{'x' * 20}")

    def keep(self, name: str, value: str) -> str:
        """A secret that the server has made."""
        assert len(value) >= 16, name
        self.secrets[name] = value
        return value

    def assert_silent(self) -> None:
        assert self.caplog.records  # of the call: asked in the test itself
        told = "\n".join([self.caplog.text, *self.errors])
        leaked = [name for name, value in self.secrets.items() if value in told or quote(value) in told]
        assert leaked == []


class Recording(Local):
    """A browser whose error pages are kept."""

    def __init__(self, http: FlaskClient, canaries: Canaries) -> None:
        super().__init__(http)
        self.http, self.canaries = http, canaries

    def send(self, method: str, path: str, *, body: str | None, headers: Mapping[str, str]) -> Reply:
        reply = super().send(method, path, body=body, headers=headers)
        if reply.status_code >= 400:
            self.canaries.errors.append(f"{reply.text}\n{reply.headers}")
        return reply


@pytest.fixture
def canaries(caplog: pytest.LogCaptureFixture) -> Canaries:
    caplog.set_level(logging.DEBUG)
    for name in ("authserver", "authserver.audit", "werkzeug", "flask", "authlib", "joserfc"):
        caplog.set_level(logging.DEBUG, logger=name)
    return Canaries(caplog)


def test_IJ6_thirty_secrets_through_every_flow(app: Flask, canaries: Canaries) -> None:
    user, password = _person(app, canaries)
    for method, form in (("client_secret_basic", "jwt"), ("client_secret_post", "opaque")):
        client, secret = make_client(
            app.extensions["authserver.house"],
            token_endpoint_auth_method=method,
            access_token_format=form,
            scope="openid offline_access read:realms",
        )
        canaries.keep(f"secret for {method}", secret)
        _flow(app, canaries, client, secret, user, password)
    _keys(app, canaries, user)
    _recovery(app, canaries, user)
    assert len(canaries.secrets) >= 30, sorted(canaries.secrets)
    assert any("grant.opened" in record.getMessage() for record in canaries.caplog.records)
    assert len(canaries.errors) > 20
    canaries.assert_silent()


@pytest.mark.parametrize("place", ["query", "form", "bearer", "basic", "cookie", "path", "x-api-key", "user-agent"])
def test_IJ6_secrets_in_the_wrong_place(app: Flask, canaries: Canaries, place: str) -> None:
    secrets = {name: canaries.hatch(f"{place} {name}".replace(" ", "-")) for name in WRONG}
    for method, path in doors(app):
        for name, secret in secrets.items():
            answer = _misplaced(app, method, path, place, name, secret)
            if answer.status_code >= 400 and place not in {"query", "form"}:  # forms give back what was typed
                canaries.errors.append(answer.text + str(answer.headers))
    canaries.assert_silent()


def test_IJ6_a_database_that_fails_tells_no_parameters(
    app_with: Any, empty_database: str, tmp_path: Any, canaries: Canaries
) -> None:
    app = app_with(database_url=empty_database, data_dir=tmp_path)
    house = app.extensions["authserver.house"]
    client, _ = make_client(house)
    with house.database.engine.connect() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX one_a_client ON authorization_requests (client_id)")
        connection.commit()
    asked = {name: canaries.hatch(name) for name in ("state", "nonce", "login_hint")}
    path = f"/authorize?{encoded({**parameters_for(client), **asked})}"
    answers = [app.test_client().get(path) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 500]
    canaries.errors.append(answers[1].text)
    assert any(record.exc_info for record in canaries.caplog.records)
    canaries.assert_silent()


def _person(app: Flask, canaries: Canaries) -> tuple[User, str]:
    """Somebody who signs up, mistypes the password, and signs in."""
    at = Browser(app)
    password = canaries.hatch("password")
    username, email = unique("canary"), f"{unique('canary')}@people.test"
    at.send("/signup", email=email, username=username, name="Ada", password=password)
    link = link_in(mails(app, email)[-1].body)
    canaries.keep("sign-up link", link.rpartition("/")[2])
    assert at.send(link).status_code == 303
    assert at.send(link, of="/forgot").status_code == 410
    canaries.errors.append(at.get(link.replace("lk_", "lk_x")).text)
    at.sign_in(username, canaries.hatch("wrong password"))
    at.sign_in(username, password)
    at.post("/account/profile", {"csrf_token": canaries.hatch("forged csrf token"), "username": "x"})
    user, _ = make_user(app.extensions["authserver.house"], username=unique("canary"), password=password)
    return user, password


def _flow(app: Flask, canaries: Canaries, client: Client, secret: str, user: User, password: str) -> None:
    transport = Recording(app.test_client(), canaries)
    rp = RelyingParty(transport, client, secret)
    label = client.access_token_format
    rp.sign_in(user, password)
    for cookie in ("sid", "browser", "csrf"):
        kept = transport.http.get_cookie(cookie)
        assert kept is not None
        canaries.keep(f"{label} cookie {cookie}", kept.value)
    state, nonce = canaries.hatch(f"{label} state"), canaries.hatch(f"{label} nonce")
    rp.authorize(state=state, nonce=nonce)
    canaries.keep(f"{label} request id", str(rp.form("/consent").values["req"]))
    rp.consent("allow")
    canaries.keep(f"{label} code", rp.code)
    canaries.keep(f"{label} verifier", rp.verifier)
    rp.redeem(code_verifier=canaries.hatch(f"{label} wrong verifier" + "y" * 30).replace(" ", "-"))
    rp.redeem(code=canaries.hatch(f"{label} wrong code"))
    rp.redeem(client_secret=canaries.hatch(f"{label} wrong secret"))
    _tokens(canaries, rp, label)


def _tokens(canaries: Canaries, rp: RelyingParty, label: str) -> None:
    """Redeem, use, refresh, replay, revoke."""
    code = rp.code
    assert rp.redeem().status_code == 200
    kinds = ("access_token", "refresh_token", "id_token")
    first = {name: canaries.keep(f"{label} {name}", rp.tokens[name]) for name in kinds}
    assert rp.userinfo().status_code == 200
    assert rp.introspect().json["active"] is True
    rp.introspect(first["access_token"], as_=(rp.client, canaries.hatch(f"{label}-caller-secret")))
    rp.userinfo(canaries.hatch(f"{label} unknown token"))
    rp.transport.send("GET", f"/userinfo?access_token={first['access_token']}", body=None, headers={})
    rp.transport.send("GET", f"/authorize?id_token_hint={first['id_token']}&client_id=x", body=None, headers={})
    assert rp.refresh().status_code == 200
    canaries.keep(f"{label} successor", rp.tokens["refresh_token"])
    assert rp.revoke().status_code == 200
    rp.refresh(refresh_token=canaries.hatch(f"{label} unknown refresh token"))
    rp.refresh(scope="admin")
    rp.redeem(code=code)  # replayed: the family ends
    rp.refresh()
    rp.userinfo()


def _keys(app: Flask, canaries: Canaries, user: User) -> None:
    house = app.extensions["authserver.house"]
    _row, key = make_api_key(house, user)
    canaries.keep("api key", key)
    rp = RelyingParty(Recording(app.test_client(), canaries), *make_resource_server(house))
    canaries.keep("resource server secret", rp.secret)
    assert rp.introspect(key).json["active"] is True
    assert rp.introspect(canaries.keep("mistyped api key", key[:-1] + "_")).json["active"] is False
    rp.userinfo(key)
    rp.revoke(key)
    headers = {"X-API-Key": key, "Authorization": f"Bearer {key}"}
    rp.transport.send("GET", f"/?api_key={key}", body=None, headers=headers)


def _recovery(app: Flask, canaries: Canaries, user: User) -> None:
    at = Browser(app)
    at.send("/forgot", email=user.email)
    link = link_in(mails(app, user.email)[-1].body)
    canaries.keep("reset link", link.rpartition("/")[2])
    new = canaries.hatch("new password")
    canaries.errors.append(at.send(link, password="short").text)
    assert at.send(link, password=new).status_code == 303
    canaries.errors.append(at.post(link, {"password": new}).text)
    assert at.sign_in(user, new).status_code == 303
    changed = canaries.hatch("changed password")
    at.send("/account/security", current_password=canaries.hatch("wrong current password"), new_password=changed)
    assert at.send("/account/security", current_password=new, new_password=changed).status_code == 303


def _misplaced(app: Flask, method: str, path: str, place: str, name: str, secret: str) -> Any:
    http = app.test_client()
    headers = {
        "bearer": {"Authorization": f"Bearer {secret}"},
        "basic": {"Authorization": basic(secret, secret)},
        "cookie": {"Cookie": f"sid={secret}; browser={secret}; csrf={secret}; resume={secret}"},
        "x-api-key": {"X-API-Key": secret, "DPoP": secret},
        "user-agent": {"User-Agent": secret},
    }.get(place, {})
    if place == "query":
        path = f"{path}?{encoded({name: secret})}"
    if place == "path":
        path = f"{path}/{secret}"
    data = {name: secret} if place == "form" else None
    return http.open(path, method=method, data=data, headers=headers)
