"""Requests that no client of ours would send, drawn by chance: the same seed draws the same ones."""

import base64
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_from_bytes

from flask import Flask
from werkzeug.test import TestResponse

from authserver.models.clients import Client
from tests.injection.doors import POISONS, parameters_of_machines
from tests.injection.site import Site

_METHODS = "GET POST PUT PATCH DELETE HEAD OPTIONS TRACE PROPFIND get \u00e9"
_HEADERS = """Authorization Cookie Origin Accept Accept-Language Content-Encoding DPoP X-Api-Key If-None-Match Range
If-Modified-Since Expect Transfer-Encoding Sec-Fetch-Site Access-Control-Request-Method"""
_WORDS = """' " <script> ../../etc/passwd %s%n {{7*7}} ${x} null [] {} -1 0 1e309 NaN true \u202e \U0001f511 \ufeff . ..
ey.ey.ey at_x rk_live_x http://127.0.0.1 javascript:x code openid S256 cross-site same-origin chunked 100-continue"""
METHODS, HEADERS = _METHODS.split(), _HEADERS.split()
WORDS = [*_WORDS.split(), " ", "\t", "\r\n", "a" * 300, "9" * 400]
SCHEMES = ("", "Basic ", "Bearer ", "DPoP ", "Basic  ", "sid=", "bytes=", "\t")
PLANES = (0x20, 0x7F, 0x100, 0x3000, 0x10000)


@dataclass
class Fuzzer:
    """One run; `statuses` counts what was answered."""

    app: Flask
    site: Site
    callers: list[tuple[Client, str]]
    draw: random.Random
    statuses: Counter[int] = field(default_factory=Counter)

    def sometimes(self, chance: float) -> bool:
        return self.draw.random() < chance

    def text(self) -> str:
        """A word, or characters of several planes."""
        if self.sometimes(0.7):
            return self.draw.choice(WORDS)
        points = [self.draw.choice(PLANES) + self.draw.randrange(0x5E) for _ in range(self.draw.randint(0, 12))]
        return "".join(map(chr, points))

    def raw(self) -> str:
        """A value as it stands in a query: often no UTF-8 at all."""
        if self.sometimes(0.3):
            return self.draw.choice(POISONS)
        if self.sometimes(0.1):
            return quote_from_bytes(self.draw.randbytes(self.draw.randint(1, 20)))
        return quote(self.text(), safe="")

    def pairs(self) -> str:
        """Names that are read somewhere, also repeated and broken."""
        names = (*parameters_of_machines(), "grant_type", "csrf_token", "username", "x")
        return "&".join(self._pair(self.draw.choice(names)) for _ in range(6))

    def _pair(self, name: str) -> str:
        shape = (
            self.draw.choice(("{0}", "{0}=&{0}={1}", "={1}", "{0}[]={1}", "{0}==", "&&"))
            if self.sometimes(0.2)
            else "{0}={1}"
        )
        return shape.format(name, self.raw())

    def header(self) -> str:
        """Latin-1 without line breaks: what HTTP lets through."""
        word = self.text().encode().decode("latin-1")
        if self.sometimes(0.3):
            word = base64.b64encode(self.draw.randbytes(12)).decode()
        return (self.draw.choice(SCHEMES) + word).replace("\r", "").replace("\n", "")

    def body(self) -> bytes:
        kinds = (self.pairs().encode(), self.draw.randbytes(60), b"", self.text().encode(), b"[" * 500)
        return self.draw.choice(kinds)

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """From a browser that is signed in, or from one that is not. Never a 5xx."""
        http = self.site.at.client if self.sometimes(0.5) else self.app.test_client()
        answer = http.open(method=method, environ_overrides={"PATH_INFO": path}, **more)
        assert answer.status_code < 500, (answer.status_code, method, path, more)
        self.statuses[answer.status_code] += 1
        return answer
