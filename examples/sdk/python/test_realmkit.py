"""The SDK against a server of its own, which answers what it is told to."""

import json
import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

from realmkit import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    PermissionDeniedError,
    RateLimitError,
    RealmKit,
)
from realmkit.waiting import pause, seconds_of

KEY = "test-key"
ANSWERS: list[tuple[int, dict[str, str], Any]] = []
SEEN: list[tuple[str, str, str | None, Any]] = []


class Api(BaseHTTPRequestHandler):
    """Answers from the list, and keeps what was asked."""

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = json.loads(self.rfile.read(length)) if length else None
        SEEN.append((self.command, self.path, self.headers["Authorization"], asked))
        status, headers, document = ANSWERS.pop(0)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class RealmKitTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
        cls.url = f"http://127.0.0.1:{cls.server.server_port}"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self) -> None:
        ANSWERS.clear()
        SEEN.clear()
        self.slept: list[float] = []

    def client(self, **options: Any) -> RealmKit:
        return RealmKit(**{"api_key": KEY, "base_url": self.url, "sleep": self.slept.append, **options})

    def test_lists_with_the_key_in_the_header(self) -> None:
        ANSWERS.append((200, {}, {"items": [{"id": "r1", "name": "One", "later": 1}], "next": "r1"}))
        page = self.client().realms.list(limit=1)
        self.assertEqual([realm.name for realm in page], ["One"])
        self.assertEqual(page.next, "r1")
        self.assertEqual(SEEN, [("GET", "/v1/realms?limit=1", f"Bearer {KEY}", None)])

    def test_iterates_over_all_pages(self) -> None:
        pages = [(["a", "b"], "b"), (["c"], None)]
        ANSWERS.extend((200, {}, {"items": [{"id": i, "name": i} for i in ids], "next": n}) for ids, n in pages)
        self.assertEqual([realm.id for realm in self.client().realms.iterate()], ["a", "b", "c"])
        self.assertEqual([path for _, path, _, _ in SEEN], ["/v1/realms", "/v1/realms?cursor=b"])

    def test_ids_are_escaped(self) -> None:
        ANSWERS.append((204, {}, b""))
        self.client().realms.delete("../x?y")
        self.assertEqual(SEEN[0][:2], ("DELETE", "/v1/realms/..%2Fx%3Fy"))
        with self.assertRaises(ValueError):
            self.client().realms.delete("..")

    def test_sends_only_what_is_given(self) -> None:
        ANSWERS.append((200, {}, {"id": "r1", "name": "New"}))
        self.client().realms.update("r1", name="New")
        self.assertEqual(SEEN[0], ("PATCH", "/v1/realms/r1", f"Bearer {KEY}", {"name": "New"}))

    def test_errors_have_types(self) -> None:
        cases = [(401, AuthenticationError), (403, PermissionDeniedError), (429, RateLimitError), (404, APIError)]
        for status, kind in cases:
            ANSWERS.append((status, {"Retry-After": "7"}, {"title": "T", "missing_scopes": ["write:realms"]}))
            with self.subTest(status=status), self.assertRaises(kind) as caught:
                self.client(max_retries=0).realms.list()
            self.assertIs(type(caught.exception), kind)
            self.assertEqual(caught.exception.status, status)
            if isinstance(caught.exception, PermissionDeniedError):
                self.assertEqual(caught.exception.missing_scopes, ["write:realms"])
            if isinstance(caught.exception, RateLimitError):
                self.assertEqual(caught.exception.retry_after, 7)

    def test_429_is_tried_again_after_retry_after(self) -> None:
        ANSWERS.extend((429, {"Retry-After": wait}, {}) for wait in ("3", "5"))
        ANSWERS.append((200, {}, {"items": [], "next": None}))
        self.assertEqual(len(self.client().realms.list()), 0)
        self.assertEqual(self.slept, [3, 5])

    def test_retries_are_bounded(self) -> None:
        ANSWERS.extend([(429, {"Retry-After": "1"}, {})] * 3)
        with self.assertRaises(RateLimitError):
            self.client().realms.list()
        self.assertEqual((len(SEEN), self.slept), (3, [1, 1]))

    def test_a_long_wait_is_an_error_at_once(self) -> None:
        ANSWERS.append((429, {"Retry-After": "1740", "X-RateLimit-Limit": "1000"}, {}))
        with self.assertRaises(RateLimitError) as caught:
            self.client().realms.list()
        self.assertEqual((caught.exception.retry_after, caught.exception.limit, self.slept), (1740, 1000, []))

    def test_other_errors_are_not_tried_again(self) -> None:
        ANSWERS.append((503, {"Retry-After": "1"}, b"<html>"))
        with self.assertRaises(APIError):
            self.client().realms.create(name="x")
        self.assertEqual((len(SEEN), self.slept), (1, []))

    def test_back_off_without_retry_after_grows_and_is_bounded(self) -> None:
        for attempt, most in enumerate((0.5, 1, 2, 4, 8, 8)):
            self.assertTrue(most / 2 <= pause(attempt, None) <= most)

    def test_retry_after_may_be_a_date(self) -> None:
        self.assertEqual(seconds_of("Wed, 21 Oct 2015 07:28:00 GMT"), 0)
        self.assertIsNone(seconds_of("soon"))
        self.assertIsNone(seconds_of("Wed, 99 Oct 2015 07:28:00 GMT"))
        self.assertIsNone(seconds_of(None))

    def test_a_redirect_does_not_carry_the_key_away(self) -> None:
        ANSWERS.append((302, {"Location": f"{self.url}/elsewhere"}, b""))
        with self.assertRaises(APIError):
            self.client().realms.list()
        self.assertEqual(len(SEEN), 1)

    def test_no_server_is_a_connection_error(self) -> None:
        with self.assertRaises(APIConnectionError):
            self.client(base_url="http://127.0.0.1:1").realms.list()

    def test_an_answer_that_is_no_json_is_a_connection_error(self) -> None:
        ANSWERS.append((200, {}, b"<html>"))
        with self.assertRaises(APIConnectionError):
            self.client().realms.list()

    def test_environment_names_key_and_server(self) -> None:
        ANSWERS.append((200, {}, {"items": [], "next": None}))
        with mock.patch.dict(os.environ, {"REALMKIT_API_KEY": "from-env", "REALMKIT_BASE_URL": self.url}):
            RealmKit().realms.list()
        self.assertEqual(SEEN[0][2], "Bearer from-env")

    def test_the_key_is_neither_shown_nor_sent_broken(self) -> None:
        self.assertNotIn(KEY, repr(vars(self.client())))
        with self.assertRaises(ValueError) as caught:
            self.client(api_key="secret\r\nX: y")
        self.assertNotIn("secret", str(caught.exception))
        with mock.patch.dict(os.environ, {"REALMKIT_API_KEY": ""}), self.assertRaises(ValueError):
            RealmKit()


if __name__ == "__main__":
    unittest.main()
