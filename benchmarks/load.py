"""What is sent, whether the answers are right, and how many a second came back."""

import base64
import json
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from servers import CLIENT_CORE, HERE, Peer, Server, on_core

CONNECTIONS = 16
PATIENCE = 10  # seconds
SCOPE = "read:realms"
ISSUED, CHAINS = 1000, 40


class WrongAnswer(Exception):
    """A server that is fast and wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """One operation. `against` names the load of the peer that it is compared with, `goal` the least ratio."""

    name: str
    title: str
    kind: str  # what a right answer is: active inactive signed stored
    against: str | None
    goal: float | None = None


CASES = [
    Case("keys", "introspect 1,000 API keys", "active", "opaque", 1.5),
    Case("opaque", "introspect 1,000 opaque tokens", "active", "opaque", 1.5),
    Case("jwt", "introspect 1,000 ES256 tokens", "active", "opaque"),
    Case("jwt_unseen", "introspect ES256 tokens never seen", "active", "opaque"),
    Case("garbage", "introspect strings that are no token", "inactive", "garbage"),
    Case("cc_es256", "client_credentials, ES256", "signed", "cc_es256", 1.0),
    Case("cc_opaque", "client_credentials, opaque", "stored", "cc_opaque"),
    Case("cc_eddsa", "client_credentials, EdDSA", "signed", "cc_eddsa"),
    Case("cc_rs256", "client_credentials, RS256", "signed", "cc_rs256"),
    Case("refresh", "refresh with rotation, ES256", "chain", "refresh"),
]


@dataclass(frozen=True, slots=True)
class Load:
    """Where to send what: `path` of the endpoint, and the load file."""

    server: Server
    path: str
    file: Path
    kind: str

    @property
    def url(self) -> str:
        return self.server.url + self.path

    @property
    def authorization(self) -> str:
        with self.file.open(encoding="ascii") as lines:
            return next(lines).strip()

    def samples(self) -> list[str]:
        """The first, the middle and the last body."""
        _, *bodies = self.file.read_text(encoding="ascii").splitlines()
        return [bodies[0], bodies[len(bodies) // 2], bodies[-1]]


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the load generator."""

    per_second: float
    per_cpu_second: float  # of the server's own processor time; 0 where that is unknown
    p50_ms: float
    p99_ms: float
    failed: int  # answers that are not 2xx, broken connections, and what took longer than PATIENCE

    def document(self) -> dict[str, float]:
        return asdict(self)


def our_load(server: Server, loads: Path, case: Case, round_number: int) -> Load:
    path = "/introspect" if case.kind in {"active", "inactive"} else "/token"
    name = f"refresh-{round_number}" if case.kind == "chain" else case.name
    return Load(server, path, loads / name, case.kind)


def peer_load(peer: Peer, loads: Path, case: Case) -> Load:
    """Made anew each time: the peer's adapter holds 1,000 entries, and other cases push them out."""
    file = loads / f"peer-{case.against}"
    path, client, lines = "/token", "machine", [_client_credentials(case.against or "")]
    if case.against == "opaque":
        lines = [f"token={issue(peer)}" for _ in range(ISSUED)]
    if case.against == "garbage":
        _, *lines = (loads / "garbage").read_text(encoding="ascii").splitlines()
    if case.against in {"opaque", "garbage"}:
        path, client = "/token/introspection", "introspector"
    if case.against == "refresh":
        client, lines = "app", peer.first_refresh_tokens(CHAINS)
    file.write_text("\n".join([_basic(client, peer.secret), *lines]) + "\n", encoding="ascii")
    return Load(peer.server, path, file, case.kind)


def issue(peer: Peer) -> str:
    _, document = post(peer.server.url + "/token", _client_credentials("cc_opaque"), _basic("machine", peer.secret))
    return str(document["access_token"])


def check(load: Load) -> None:
    """Raise WrongAnswer unless the server answers rightly. Chains are left alone: their tokens are good once."""
    right: dict[str, Callable[[dict[str, Any]], bool]] = {
        "active": lambda answer: answer.get("active") is True and answer.get("scope") == SCOPE,
        "inactive": lambda answer: answer == {"active": False},
        "signed": lambda answer: answer.get("access_token", "").count(".") == 2 and answer.get("scope") == SCOPE,
        "stored": lambda answer: "." not in answer.get("access_token", ".") and answer.get("scope") == SCOPE,
    }
    if load.kind == "chain":
        return
    for body in load.samples():
        status, answer = post(load.url, body, load.authorization)
        if status != 200 or not right[load.kind](answer):
            raise WrongAnswer(f"{load.path} of {load.file.name}: {status} {answer}")


class Generator:
    """wrk on the client's core. A load file that was not sent to its end is gone on with in the next measurement."""

    def __init__(self) -> None:
        self._sent: Counter[tuple[str, Path]] = Counter()

    def measure(self, load: Load, seconds: int) -> Measured:
        """Requests a second, by the clock and by the processor time of the server."""
        script = HERE / "lua" / ("refresh.lua" if load.kind == "chain" else "post.lua")
        call = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
        call += ["--timeout", f"{PATIENCE}s", "--script", str(script), load.url, "--", str(load.file)]
        call += [str(self._sent[load.url, load.file])]
        before = load.server.cpu_seconds()
        done = subprocess.run(on_core(CLIENT_CORE, call), capture_output=True, text=True, check=True)
        used = load.server.cpu_seconds() - before
        line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
        result = json.loads(line.removeprefix("RESULT "))
        self._sent[load.url, load.file] += result["requests"] + CONNECTIONS
        return Measured(
            per_second=result["requests"] / result["microseconds"] * 1e6,
            per_cpu_second=result["requests"] / used if used else 0.0,
            p50_ms=result["p50"] / 1000,
            p99_ms=result["p99"] / 1000,
            failed=result["failed"],
        )


def post(url: str, body: str, authorization: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": authorization, "Content-Type": "application/x-www-form-urlencoded"}
    request = urllib.request.Request(url, body.encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {"body": error.read().decode("utf-8", "replace")}


def _client_credentials(kind: str) -> str:
    form = {"grant_type": "client_credentials", "scope": SCOPE}
    if kind not in {"cc_opaque", "opaque"}:
        form["resource"] = f"https://{kind.removeprefix('cc_')}.api.example"
    return urlencode(form)


def _basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()
