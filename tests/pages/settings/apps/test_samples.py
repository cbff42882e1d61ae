"""The programs of the code tab run as they stand: copied from the page, with the secret in the environment."""

import html
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from authserver.pages.settings.apps.code import LANGUAGES
from tests.examples.product import program
from tests.pages.settings.apps.harness import BROWSER
from tests.processes import RunningServer, running
from tests.relying_party import RelyingParty, Remote

PASSWORD = "correct-horse-battery-42"
CALLBACK = "https://client.example/call'back?a=$HOME&b=`id`"
PATIENCE = 170  # seconds; a compiler may have to build its whole library first
COMMANDS = {"curl": ["sh"], "javascript": ["node"], "python": [sys.executable], "go": ["go", "run"]}
PROGRAMS = {"curl": "curl", "javascript": "node", "python": sys.executable, "go": "go"}
TYPES = {
    "machine": ["--grant-type", "client_credentials", "--scope", "read:realms download:realms"],
    "machine_post": ["--grant-type", "client_credentials", "--auth-method", "client_secret_post"],
    "web": ["--redirect-uri", CALLBACK],
    "web_post": ["--redirect-uri", CALLBACK, "--auth-method", "client_secret_post"],
    "api": ["--resource-server", "--audience", "https://api.example"],
}
PUBLIC = ("native", "spa")


@dataclass(frozen=True, slots=True)
class Site:
    """A server, and somebody who sees the applications that it has."""

    server: RunningServer
    browser: Remote
    clients: dict[str, dict[str, Any]]

    def sample(self, kind: str, lang: str) -> str:
        """What stands in the block of the page."""
        path = f"/settings/apps/{self.clients[kind]['client_id']}/code?lang={lang}"
        page = self.browser.send("GET", path, body=None, headers={}).text
        assert '<code id="sample">' in page, page
        return html.unescape(page.partition('<code id="sample">')[2].partition("</code>")[0]) + "\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("samples"), keys_dir=keys_dir) as server:
        person = ("--username", "ada", "--name", "Ada", "--email", "ada@people.test", "--admin")
        server.cli("users", "create", *person, "--password-stdin", "-o", "json", stdin=PASSWORD)
        made = {
            kind: json.loads(server.cli("clients", "create", "--name", kind, *flags, "-o", "json").stdout)
            for kind, flags in TYPES.items()
        }
        for kind in PUBLIC:
            wish = json.dumps({"client_name": kind, "type": kind, "redirect_uris": [CALLBACK]})
            made[kind] = json.loads(server.cli("clients", "create", "--metadata", "-", "-o", "json", stdin=wish).stdout)
        browser = Remote(server.url)
        sign_in(browser)
        yield Site(server, browser, made)
        browser.close()


def sign_in(browser: Remote) -> None:
    page = browser.send("GET", "/login", body=None, headers={}).text
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"username=ada&password={PASSWORD}&csrf_token={token}"
    assert browser.send("POST", "/login", body=body, headers=form).status_code == 303


def needs(lang: str) -> None:
    program(PROGRAMS[lang])


@contextmanager
def started(site: Site, kind: str, lang: str, directory: Path, **env: str) -> Iterator["subprocess.Popen[str]"]:
    """The program of this page, running."""
    file = directory / LANGUAGES[lang].file
    file.write_text(site.sample(kind, lang), encoding="utf-8")
    secret = site.clients[kind].get("client_secret")
    own = {"CLIENT_SECRET": secret} if secret else {}
    offline = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": ""}
    with piped([*COMMANDS[lang], file.name], cwd=directory, env={**os.environ, **offline, **own, **env}) as process:
        yield process


@contextmanager
def piped(command: list[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def answer_of(process: "subprocess.Popen[str]", typed: str = "") -> dict[str, Any]:
    """What it prints in the end."""
    out, err = process.communicate(typed, timeout=PATIENCE)
    assert process.returncode == 0, err
    document: dict[str, Any] = json.loads(out)
    return document


def run(site: Site, kind: str, lang: str, directory: Path, **env: str) -> dict[str, Any]:
    needs(lang)
    with started(site, kind, lang, directory, **env) as process:
        return answer_of(process)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["machine", "machine_post"])
def test_a_machine_gets_its_token(site: Site, tmp_path: Path, kind: str, lang: str) -> None:
    tokens = run(site, kind, lang, tmp_path)
    assert tokens["token_type"] == "Bearer"
    if kind == "machine":
        assert tokens["scope"] == "read:realms download:realms"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_api_learns_whether_a_token_is_good(site: Site, tmp_path: Path, lang: str) -> None:
    token = run(site, "machine", "curl", tmp_path)["access_token"]
    claims = run(site, "api", lang, tmp_path, TOKEN=token)
    assert (claims["active"], claims["client_id"]) == (True, site.clients["machine"]["client_id"])
    assert run(site, "api", lang, tmp_path, TOKEN="no & token'$x") == {"active": False}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["web", "web_post", "native"])
def test_somebody_is_signed_in(site: Site, tmp_path: Path, kind: str, lang: str) -> None:
    needs(lang)
    with started(site, kind, lang, tmp_path) as process:
        signed_in(site, kind, process)


def test_somebody_is_signed_in_by_a_browser_application(site: Site, tmp_path: Path) -> None:
    needs("javascript")
    (tmp_path / "sign-in.mjs").write_text(site.sample("spa", "javascript"), encoding="utf-8")
    (tmp_path / "harness.mjs").write_text(BROWSER, encoding="utf-8")
    with piped(["node", "harness.mjs"], cwd=tmp_path) as process:
        signed_in(site, "spa", process)


def signed_in(site: Site, kind: str, process: "subprocess.Popen[str]") -> None:
    """Do what the program waits for: open its address, allow, and hand over where the browser has come back to."""
    assert process.stdout is not None
    address = urlsplit(process.stdout.readline().strip())
    asked = {name: value for name, (value,) in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{site.server.url}/authorize"
    assert asked["redirect_uri"] == CALLBACK
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 16
    party = RelyingParty(site.browser, SimpleNamespace(redirect_uris=(CALLBACK,)))  # type: ignore[arg-type]
    party._browse("GET", f"/authorize?{address.query}")
    if not party.answer:  # the first program of this application
        party.consent("allow")
    assert party.reply is not None
    assert party.answer["state"] == asked["state"]
    tokens = answer_of(process, party.reply.location + "\n")
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"].split()[:2] == ["openid", "profile"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_RFC6749_s10_12_the_answer_to_another_request_is_refused(site: Site, tmp_path: Path, lang: str) -> None:
    needs(lang)
    foreign = f"{CALLBACK}&code=stolen&state=of-another&iss={site.server.url}\n"
    with started(site, "web", lang, tmp_path) as process:
        out, err = process.communicate(foreign, timeout=PATIENCE)
    assert process.returncode != 0
    assert "That is not the answer to this request." in err
    assert "access_token" not in out
