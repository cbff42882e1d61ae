"""After consent the browser goes on through other hosts and into an app: the security policy blocks none of it.

Chromium applies `form-action` to every redirect that follows a form: pages of an authorization have none (decision 12).
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.gallery.looking import watched
from tests.gallery.site import READING, VISITOR, Gallery, application, fill_in_login, open_context

pytestmark = pytest.mark.browser


class Hops(BaseHTTPRequestHandler):
    """/callback on 127.0.0.1 leads to /next on localhost, that to /end on 127.0.0.1, or to an app on this computer."""

    def do_GET(self) -> None:
        port = self.server.server_address[1]  # type: ignore[index]
        onward = {
            "/callback": f"http://localhost:{port}/next",
            "/next": f"http://127.0.0.1:{port}/end",
            "/to-app": f"http://localhost:{port}/app",
            "/app": "com.example.reports:/done",
        }
        target = onward.get(self.path.partition("?")[0])
        if self.path != "/favicon.ico":
            self.server.seen.append(f"{self.headers['Host']}{self.path.partition('?')[0]}")  # type: ignore[attr-defined]
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"" if target else b"<!doctype html><title>arrived</title><h1>Arrived</h1>")

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def hops() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hops)
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_through_a_second_host(gallery: Gallery, browser: Browser, hops: ThreadingHTTPServer) -> None:
    """Login and consent in one go: both are forms, and every redirect after them counts for the policy."""
    port = hops.server_address[1]
    client = application(gallery, "Two hosts", redirect_uris=[f"http://127.0.0.1:{port}/callback"])
    with open_context(browser) as context, watched(context, gallery.url) as (page, watch):
        page.goto(gallery.authorize(client, scope=READING))
        fill_in_login(page, VISITOR)
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_role("heading", name="Arrived")).to_be_visible()
        assert watch.complaints == []
    assert hops.seen == [f"127.0.0.1:{port}/callback", f"localhost:{port}/next", f"127.0.0.1:{port}/end"]  # type: ignore[attr-defined]


def test_by_login_alone_when_consent_stands(gallery: Gallery, browser: Browser, hops: ThreadingHTTPServer) -> None:
    port = hops.server_address[1]
    client = application(gallery, "Again", redirect_uris=[f"http://127.0.0.1:{port}/callback"])
    gallery.allow(client, READING, VISITOR)
    with open_context(browser) as context, watched(context, gallery.url) as (page, watch):
        page.goto(gallery.authorize(client, scope=READING))
        fill_in_login(page, VISITOR)
        expect(page.get_by_role("heading", name="Arrived")).to_be_visible()
        assert watch.complaints == []


@pytest.mark.parametrize("directly", [True, False])
def test_into_an_app(gallery: Gallery, browser: Browser, hops: ThreadingHTTPServer, directly: bool) -> None:
    """Nobody here opens `com.example.reports:`; the browser must try, and say nothing of a policy."""
    port = hops.server_address[1]
    uri = "com.example.reports:/callback" if directly else f"http://127.0.0.1:{port}/to-app"
    client = application(gallery, f"App {directly}", type="native", redirect_uris=[uri])
    asked: list[str] = []
    with gallery.signed_in(browser, VISITOR) as context, watched(context, gallery.url) as (page, watch):
        page.on("request", lambda request: asked.append(request.url))
        page.goto(gallery.authorize(client, scope=READING))
        page.get_by_role("button", name="Allow").click()
        page.wait_for_timeout(1000)
        assert not [text for text in watch.complaints if "Content Security Policy" in text]
        assert not [text for text in watch.complaints if "com.example.reports:" not in text]
    if not directly:
        assert hops.seen[-1] == f"localhost:{port}/app"  # type: ignore[attr-defined]
    assert [url for url in asked if url.startswith("com.example.reports:")]


def test_the_policy_of_other_pages_would_stop_it(gallery: Gallery, browser: Browser, hops: ThreadingHTTPServer) -> None:
    """What this file guards against does happen in this browser."""
    port = hops.server_address[1]
    client = application(gallery, "Blocked", redirect_uris=[f"http://127.0.0.1:{port}/callback"])
    with gallery.signed_in(browser, VISITOR) as context, watched(context, gallery.url) as (page, watch):
        page.goto(gallery.authorize(client, scope=READING))
        page.route("**/consent?*", lambda route: with_policy(route, f"form-action 'self' http://127.0.0.1:{port}"))
        page.reload()
        page.get_by_role("button", name="Allow").click()
        page.wait_for_timeout(1000)
        assert any("form-action" in text for text in watch.complaints)


def with_policy(route: Route, policy: str) -> None:
    """The same page under another security policy."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})
