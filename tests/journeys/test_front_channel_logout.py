"""A real browser tells an application that the session is over, and goes on to where that is at home."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.factories import make_client, make_user
from tests.gallery.site import PASSWORD, Gallery, fill_in_login, open_context
from tests.relying_party import claims_of

pytestmark = pytest.mark.browser


class Site(ThreadingHTTPServer):
    """An application's own pages; keeps what it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Page)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Page(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = b"<!doctype html><title>App</title><h1>The application</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Silently."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
        yield site
        site.shutdown()


@pytest.mark.parametrize("scripts", [True, False])
def test_hidden_frames_reach_the_application_and_the_browser_goes_on(
    gallery: Gallery, browser: Browser, site: Site, scripts: bool
) -> None:
    callback, goodbye = f"{site.url}/callback", f"{site.url}/goodbye"
    client, secret = make_client(
        gallery.house,
        client_name="Front Channel",
        redirect_uris=[callback],
        post_logout_redirect_uris=[goodbye],
        frontchannel_logout_uri=f"{site.url}/out",
        require_pkce=False,
        trusted=True,
    )
    user, _ = make_user(gallery.house, password=PASSWORD)
    with open_context(browser, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        asked = f"response_type=code&client_id={client.client_id}&redirect_uri={callback}&scope=openid&state=s"
        page.goto(f"{gallery.url}/authorize?{asked}")
        fill_in_login(page, user.username)
        page.wait_for_url(re.compile(r"/callback\?"))
        code = parse_qs(urlsplit(page.url).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback}
        tokens = requests.post(f"{gallery.url}/token", data=form, auth=(client.client_id, secret), timeout=10).json()
        hint = tokens["id_token"]
        page.goto(f"{gallery.url}/end_session?id_token_hint={hint}&post_logout_redirect_uri={goodbye}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("You are signed out")
        page.wait_for_url(goodbye)
    (out,) = [path for path in site.asked if path.startswith("/out")]
    query = parse_qs(urlsplit(out).query)
    assert query == {"iss": [claims_of(hint)["iss"]], "sid": [claims_of(hint)["sid"]]}
