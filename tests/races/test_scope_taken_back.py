"""One scope taken back, on four worker processes: gone everywhere with the next request, and two at once both go."""

import http.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from authserver.models import consents, grants
from authserver.models.clients import Client
from tests.factories import make_client, make_resource_server, make_user, within
from tests.forms import forms
from tests.pages.connected_apps.connected import Connected
from tests.processes import RunningServer
from tests.races.stampede import stampede
from tests.races.test_one_winner import PARALLEL, ROUNDS, WORKERS
from tests.relying_party import FORM, Credentials, Remote, authentication, encoded

SCOPE = "openid profile offline_access read:realms write:realms delete:realms"


class Town:
    """A running server, its user, an application that the user has allowed, and an API that asks."""

    def __init__(self, server: RunningServer, app: Flask, form: str) -> None:
        self.server, self.house = server, app.extensions["authserver.house"]
        user, password = make_user(self.house)
        client, secret = make_client(self.house, scope=SCOPE, access_token_format=form)
        self.api: Credentials = make_resource_server(self.house)
        self.rp = Connected(Remote(server.url), client, secret)
        self.rp.user = user
        self.rp.sign_in(user, password)

    @property
    def client(self) -> Client:
        return self.rp.client

    def allow(self) -> str:
        """The access token of a new grant with all scopes."""
        self.rp.authorize(scope=SCOPE)
        if not self.rp.answer:
            self.rp.consent("allow")
        token: str = self.rp.redeem().json["access_token"]
        return token

    def ask_everywhere(self, token: str) -> list[dict[str, Any]]:
        _, headers = authentication(*self.api)
        request = ("/introspect", encoded({"token": token}), {"Content-Type": FORM, **headers})
        return [hit.document for hit in stampede(self.server.url, [request] * PARALLEL)]


@pytest.fixture
def towns(running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]) -> list[Town]:
    """One for signed tokens and one for opaque ones, on the same server."""
    server = running_server(workers=WORKERS)
    app = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    return [Town(server, app, form) for form in ("jwt", "opaque")]


def test_IN10_a_scope_taken_back_is_gone_on_every_worker_at_the_next_request(towns: list[Town]) -> None:
    for town in towns * max(1, ROUNDS // 4):
        token = town.allow()
        assert {said["scope"] for said in town.ask_everywhere(token)} == {SCOPE}
        assert town.rp.take_back("write:realms").status_code == 303
        left = SCOPE.replace("write:realms ", "")
        assert {said["scope"] for said in town.ask_everywhere(token)} == {left}


def test_of_scopes_taken_back_at_once_all_are_gone(towns: list[Town]) -> None:
    town, names = towns[0], ["read:realms", "write:realms", "delete:realms"]
    token, page = town.allow(), f"/account/apps/{town.client.client_id}/scope"
    (form,) = [form for form in forms(town.rp.see(f"{page}?scope=read:realms").text) if form.action == page]
    cookies = town.rp.transport._session.cookies  # type: ignore[attr-defined]
    headers = {"Content-Type": FORM, "Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)}
    hits = _statuses(town, [(page, encoded({**form.values, "scope": name}), headers) for name in names * 3])
    assert sorted(set(hits)) == [303, 404], hits
    assert hits.count(303) == len(names)
    with within(town.house):
        consent = consents.find(user_id=town.rp.user.id, client_id=town.client.client_id)
        (grant,) = grants.of_user(town.rp.user.id)
    assert consent is not None
    assert set(consent.scope.split()) == set(grant.scope_left) == {"openid", "profile", "offline_access"}
    assert {said["scope"] for said in town.ask_everywhere(token)} == {"openid profile offline_access"}


def _statuses(town: Town, requests: list[tuple[str, str, dict[str, str]]]) -> list[int]:
    def send(request: tuple[str, str, dict[str, str]]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(town.server.url).port or 80, timeout=30)
        connection.request("POST", *request)
        status = connection.getresponse().status
        connection.close()
        return status

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))
