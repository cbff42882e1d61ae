"""The MCP Python SDK against a protected MCP server: it connects with nothing configured but the server's address.

Discovery (RFC 9728, RFC 8414), registration (RFC 7591), the code flow with PKCE and `resource` (RFC 8707), refresh.
"""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import PASSWORD, unique
from tests.interop import mcp_server
from tests.processes import RunningServer, free_port
from tests.relying_party import RelyingParty, Remote, claims_of
from tests.rfc.documents import DocumentHost, hosting

SCOPE = "read:realms"
CALLBACK = "http://localhost:33418/callback"


@dataclass
class Place:
    """An authorization server, an MCP server that trusts it, and a person signed in at the former."""

    server: RunningServer
    url: str
    api: tuple[str, str]
    person: RelyingParty
    asked: list[str] = field(default_factory=list)  # authorization requests

    async def visit(self, url: str) -> None:
        """What the browser does with an authorization request; the person allows it."""
        self.asked.append(url)
        assert url.startswith(f"{self.server.url}/authorize?")
        await asyncio.to_thread(self._allow, url.removeprefix(self.server.url))

    def _allow(self, path: str) -> None:
        self.person._browse("GET", path)
        if self.person.at == "/consent":
            self.person.consent()

    def introspect(self, token: str) -> Any:
        client = SimpleNamespace(client_id=self.api[0], token_endpoint_auth_method="client_secret_basic")
        return self.person.introspect(token, as_=(client, self.api[1])).json  # type: ignore[arg-type]


class Storage:
    """The SDK's token storage, in memory."""

    def __init__(self) -> None:
        self.tokens: Any = None
        self.client: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client_info: Any) -> None:
        self.client = client_info


@pytest.fixture
def host(tmp_path: Path) -> Iterator[DocumentHost]:
    with hosting(tmp_path) as found:
        yield found


@pytest.fixture
def place(running_server: Callable[..., RunningServer], host: DocumentHost) -> Iterator[Place]:
    settings = {f"AUTHSERVER_{name.upper()}": str(value) for name, value in host.settings().items()}
    server, port = running_server(env={"AUTHSERVER_REGISTRATION": "open", **settings}), free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    made = server.cli("clients", "create", "--resource-server", "--name", "MCP", "--audience", url, "-o", "json")
    api = json.loads(made.stdout)
    user = unique("ada")
    naming = ("--email", f"{user}@people.test", "--username", user, "--name", "Ada")
    server.cli("users", "create", *naming, "--password-stdin", stdin=PASSWORD)
    person = RelyingParty(Remote(server.url), SimpleNamespace(redirect_uris=()))  # type: ignore[arg-type]
    person.sign_in(SimpleNamespace(username=user), PASSWORD)  # type: ignore[arg-type]
    with serving(port, server.url, api["client_id"], api["client_secret"], SCOPE):
        yield Place(server, url, (api["client_id"], api["client_secret"]), person)


@contextmanager
def serving(port: int, *arguments: str) -> Iterator[None]:
    """The MCP server as a process of its own."""
    process = subprocess.Popen([sys.executable, str(Path(mcp_server.__file__)), str(port), *arguments])
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, "the MCP server has ended"
            assert time.monotonic() < deadline, "the MCP server does not answer"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)


def provider(place: Place, storage: Storage, **metadata: Any) -> Any:
    from mcp.client.auth import OAuthClientProvider
    from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

    async def callback() -> AuthorizationCodeResult:
        answer = place.person.answer
        return AuthorizationCodeResult(code=answer["code"], state=answer["state"], iss=answer["iss"])

    url = metadata.pop("client_metadata_url", None)
    described = OAuthClientMetadata(**{"client_name": "Inspector", "redirect_uris": [CALLBACK], **metadata})
    return OAuthClientProvider(
        server_url=place.url,
        client_metadata=described,
        storage=storage,
        redirect_handler=place.visit,
        callback_handler=callback,
        client_metadata_url=url,
    )


def finished(call: Coroutine[Any, Any, str]) -> str:
    """In a thread of its own: where a browser has been driven before, this one has a running event loop."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, call).result()


async def called(place: Place, auth: Any) -> str:
    """What the tool of the protected server answers."""
    import httpx2
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with (
        httpx2.AsyncClient(auth=auth, timeout=30) as http,
        streamable_http_client(place.url, http_client=http) as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        result = await session.call_tool("realm_of", {"name": "Ada"})
        return str(result.content[0].text)  # type: ignore[union-attr]


@pytest.mark.parametrize("method", [None, "none", "client_secret_post"])
def test_client_connects_by_open_registration(place: Place, method: str | None) -> None:
    storage = Storage()

    said = finished(called(place, provider(place, storage, token_endpoint_auth_method=method)))

    assert said == "The realm of Ada"
    assert storage.client.client_id.startswith("cl_")
    assert storage.client.token_endpoint_auth_method == (method or "client_secret_basic")
    assert len(place.asked) == 1
    assert place.introspect(storage.tokens.access_token)["aud"] == [place.url]
    assert claims_of(storage.tokens.access_token)["aud"] == place.url


def test_client_connects_by_its_metadata_document(place: Place, host: DocumentHost) -> None:
    storage, url = Storage(), host.client(redirect_uris=[CALLBACK], token_endpoint_auth_method="none")

    said = finished(called(place, provider(place, storage, client_metadata_url=url)))

    assert said == "The realm of Ada"
    assert storage.client.client_id == url
    assert host.asked == [url.partition(str(host.port))[2]]
    answer = place.introspect(storage.tokens.access_token)
    assert (answer["client_id"], answer["aud"]) == (url, [place.url])


def test_client_comes_back_with_its_refresh_token(place: Place) -> None:
    storage = Storage()
    auth = provider(place, storage, token_endpoint_auth_method="none")
    finished(called(place, auth))
    before = storage.tokens
    auth.context.token_expiry_time = time.time() - 1  # as after a pause

    assert finished(called(place, auth)) == "The realm of Ada"

    assert len(place.asked) == 1  # nobody was asked again
    assert storage.tokens.access_token != before.access_token
    assert storage.tokens.refresh_token != before.refresh_token
    assert place.introspect(storage.tokens.access_token)["aud"] == [place.url]


def test_revoked_token_makes_the_client_ask_again(place: Place) -> None:
    storage = Storage()
    finished(called(place, provider(place, storage, token_endpoint_auth_method="none")))
    ended = {"token": storage.tokens.access_token, "client_id": storage.client.client_id}
    assert place.person.post("/revoke", ended, headers={}).status_code == 200

    assert finished(called(place, provider(place, storage, token_endpoint_auth_method="none"))) == "The realm of Ada"

    assert len(place.asked) == 2
