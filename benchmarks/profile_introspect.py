"""Where one introspection spends its time: in this process, in one thread, without any server.

    python benchmarks/profile_introspect.py [--case keys|opaque|jwt|garbage] [--requests 20000] [--top 25]

First the time of one whole request and of its parts, each called alone on the same input; a part may contain another,
so they do not add up. Then what cProfile counts: its own cost lies on every call, so its order is good and its times
are not.
"""

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import servers
from seed import environ_of

from authserver import opaque, wire
from authserver.factory import create_app
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import client_auth
from authserver.oauth.answer import json_answer
from authserver.oauth.credentials import CREDENTIALS
from authserver.oauth.credentials.credential import Question
from authserver.oauth.introspection import introspect
from authserver.oauth.request import Request

CASES = ("keys", "opaque", "jwt", "garbage")
PASSES = 5
Work = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """A whole server in this process, and what it is asked."""

    app: Any
    authorization: str
    bodies: list[bytes]

    @property
    def house(self) -> Any:
        return self.app.extensions["authserver.house"]

    def environ(self, body: bytes) -> dict[str, Any]:
        return environ_of("/introspect", body, self.authorization)

    def request(self, body: bytes) -> Request:
        return wire.read(self.environ(body), trace_id="0", limit=65536)

    def answer(self, body: bytes) -> Any:
        return self.app.wsgi_app(self.environ(body), _ignore)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=CASES, default="keys")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--top", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="authserver-profile-") as name:
        loads = servers.seed(Path(name), unseen=1000)
        os.environ.update(servers.environment(Path(name)))
        authorization, *lines = (loads / options.case).read_text(encoding="ascii").splitlines()
        repeated = lines * (options.requests // len(lines) + 1)
        subject = Subject(create_app(), authorization, [line.encode() for line in repeated[: options.requests]])
        show_parts(options.case, subject)
        show_profile(subject, options.top)
        subject.house.database.dispose()


def show_parts(case: str, subject: Subject) -> None:
    total = best(subject.answer, subject.bodies)
    print(f"{case}: {total:.1f} us a request, {1e6 / total:,.0f} a second in one thread\n")
    for name, part in parts(subject).items():
        cost = best(part, subject.bodies)
        print(f"  {cost:6.2f} us  {100 * cost / total:4.0f} %  {name}")


def parts(subject: Subject) -> dict[str, Work]:
    """What a request passes through, by what it does."""
    server = subject.house.server
    request = subject.request(subject.bodies[0])
    form = request.form()
    presented = client_auth.present(request.headers, form)
    question = Question(presented.client_id, presented.secret, None, server.verifier)
    kind = next((kind for kind in CREDENTIALS if kind.recognises(form.required("token"))), None)

    def within_unit(work: Work) -> Work:
        def run(body: bytes) -> None:
            with unit_of_work(subject.house.database) as unit:
                work(body)
                unit.commit()

        return run

    def find(body: bytes) -> Any:
        return kind.introspect(body.removeprefix(b"token=").decode(), question) if kind else None

    with unit_of_work(subject.house.database):
        claims = introspect(request, server.verifier, server.misses)
    return {
        "the WSGI environ (made by this script, not by the server)": subject.environ,
        "wire.read, with that environ": subject.request,
        "Request.form": lambda _body: request.form(),
        "client_auth.present": lambda _body: client_auth.present(request.headers, form),
        "an empty unit of work, with its commit": within_unit(lambda _body: None),
        "opaque.digest, twice": lambda body: (opaque.digest("a", body.decode()), opaque.digest("b", presented.secret)),
        "credential.introspect: digests, look-up, claims (with the unit of work)": within_unit(find),
        "introspect as a whole (with wire.read and the unit of work)": within_unit(
            lambda body: introspect(subject.request(body), server.verifier, server.misses)
        ),
        "json_answer": lambda _body: json_answer(claims),
    }


def best(work: Work, bodies: list[bytes]) -> float:
    """Microseconds a call, of the fastest pass: the others were disturbed."""
    times = []
    for _ in range(PASSES):
        begun = time.perf_counter()
        for body in bodies:
            work(body)
        times.append(time.perf_counter() - begun)
    return min(times) / len(bodies) * 1e6


def show_profile(subject: Subject, top: int) -> None:
    environs = [subject.environ(body) for body in subject.bodies]
    profiler = cProfile.Profile()
    profiler.enable()
    for environ in environs:
        subject.app.wsgi_app(environ, _ignore)
    profiler.disable()
    print()
    pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(top)


def _ignore(_status: str, _headers: list[tuple[str, str]]) -> None:
    """A `start_response` that nobody waits for."""


if __name__ == "__main__":
    main()
