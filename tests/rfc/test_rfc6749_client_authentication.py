"""Client authentication (RFC 6749 section 2.3; cases CA1-CA5), at every endpoint that asks for it."""

import base64
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from authserver import opaque
from authserver.models import client_secrets, clients, rows
from authserver.models.client_secrets import ClientSecret
from tests.factories import make_client, make_resource_server, unique, within
from tests.relying_party import FORM, Credentials, Local, RelyingParty, Reply, basic, encoded
from tests.rfc.answers import challenge, refuses
from tests.rfc.answers import grants as granted
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
ENDPOINTS = ("/token", "/introspect", "/revoke")


@pytest.fixture(params=ENDPOINTS)
def path(request: pytest.FixtureRequest) -> str:
    """Every endpoint at which clients authenticate."""
    endpoint: str = request.param
    return endpoint


@pytest.fixture
def worker(house: "House") -> Credentials:
    """A confidential client, client_secret_basic."""
    return make_client(house, type="machine")


def _ask(machine: Local, path: str, fields: dict[str, Any], **headers: str) -> Reply:
    """A request that is good in all but the authentication."""
    body = encoded({"grant_type": "client_credentials", "token": "at_unknown", **fields})
    return machine.send("POST", path, body=body, headers={"Content-Type": FORM, **headers})


def _pair(pair: bytes) -> str:
    return "Basic " + base64.b64encode(pair).decode()


# -- CA1: malformed Basic ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        _pair(b"client:\xff"),
        _pair(b"\xff:secret"),
        _pair(b"client:%ff"),
        _pair(b"client:%ed%a0%80"),
        _pair(b"client:\x00"),
        _pair(b"cl\x00ient:secret"),
        _pair(b"client:%00"),
        _pair(b"no colon"),
        _pair(b":secret"),
        _pair(b""),
        _pair(b"client:" + b"s" * 10_000),
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic Y2xpZW50OnNlY3JldA",  # no padding
        "Basic Y2xpZW50OnNlY3JldA===",
        "Basic Y2xpZW50\tOnNlY3JldA==",
        "Basic\tY2xpZW50OnNlY3JldA==",
        "Basic Y2xpZW50OnNlY3JldA==, Basic Y2xpZW50OnNlY3JldA==",
        "Basic _-_-",  # the other base64
        "Basic \xe9\xe9\xe9\xe9",
        "Bearer Y2xpZW50OnNlY3JldA==",
        "DPoP x",
        "x",
    ],
)
def test_CA1_malformed_header_is_invalid_client(machine: Local, row_counts: RowCounts, path: str, header: str) -> None:
    before = row_counts()
    reply = _ask(machine, path, {}, Authorization=header)
    refuses(reply, "invalid_client", 401)
    scheme, parameters = challenge(reply)
    assert scheme == "Basic"
    assert parameters["realm"]
    assert row_counts() == before


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic  "])
def test_CA1_scheme_is_read_in_any_case_and_spaces_may_repeat(machine: Local, worker: Credentials, scheme: str) -> None:
    client, secret = worker
    header = basic(client.client_id, secret).replace("Basic", scheme, 1)
    granted(_ask(machine, "/token", {}, Authorization=header))


# -- CA2: encoding -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_CA2_id_and_secret_are_form_encoded(house: "House", machine: Local, method: str) -> None:
    """RFC 6749 section 2.3.1: in the header as in the form, `+` is a space."""
    odd = " : % + é %3A"
    client = _odd_client(house, name=f"{unique('odd')}{odd}", secret=f"{unique('secret')}{odd}", method=method)
    rp = RelyingParty(machine, client[0], client[1])
    granted(rp.token(grant_type="client_credentials"))
    with_spaces = _pair(f"{quote(client[0].client_id)}:{quote(client[1])}".encode())  # %20, which is the same
    if method == "client_secret_basic":
        granted(_ask(machine, "/token", {}, Authorization=with_spaces))
        raw = _pair(f"{client[0].client_id}:{client[1]}".encode())  # not encoded: another id
        refuses(_ask(machine, "/token", {}, Authorization=raw), "invalid_client", 401)


def test_CA2_needless_percent_encoding_is_the_same(machine: Local, worker: Credentials) -> None:
    client, secret = worker
    everything = ["".join(f"%{ord(char):02x}" for char in text) for text in (client.client_id, secret)]
    granted(_ask(machine, "/token", {}, Authorization=_pair(":".join(everything).encode())))


def _odd_client(house: "House", *, name: str, secret: str, method: str) -> Credentials:
    """Ids and secrets of our own making need no encoding; imported ones may."""
    plain, _ = make_client(house, type="machine", token_endpoint_auth_method=method)
    client = replace(plain, client_id=name)
    with within(house):
        assert clients.create(client)
        digest = opaque.digest("client_secret", secret)
        row = ClientSecret(opaque.identifier("sec"), name, digest, secret[-4:], client.created_at, None)
        rows.add(client_secrets.client_secrets, row)
    return client, secret


# -- CA3: one method ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"client_secret": "right"},
        {"client_secret": "wrong"},
        {"client_id": "own", "client_secret": "right"},
        {"client_id": "other"},
        {"client_id": "other", "client_secret": "right"},
        {"client_assertion": "x"},
        {"client_assertion": "x", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
    ],
)
def test_CA3_two_methods_at_once_are_invalid_request(
    house: "House", machine: Local, row_counts: RowCounts, path: str, fields: dict[str, str]
) -> None:
    client, secret = make_resource_server(house) if path == "/introspect" else make_client(house, type="machine")
    known = {"own": client.client_id, "right": secret}
    before = row_counts()
    sent = {name: known.get(value, value) for name, value in fields.items()}
    reply = _ask(machine, path, sent, Authorization=basic(client.client_id, secret))
    refuses(reply, "invalid_request")
    assert row_counts() == before


def test_CA3_secret_and_assertion_in_the_form_are_invalid_request(house: "House", machine: Local, path: str) -> None:
    client, secret = make_client(house, type="machine", token_endpoint_auth_method="client_secret_post")
    fields = {"client_id": client.client_id, "client_secret": secret, "client_assertion": "x"}
    refuses(_ask(machine, path, fields), "invalid_request")


def test_CA3_no_client_at_all_is_invalid_client(machine: Local, path: str) -> None:
    refuses(_ask(machine, path, {}), "invalid_client", 401)
    refuses(_ask(machine, path, {"client_secret": "x"}), "invalid_client", 401)


# -- CA4: nothing tells whether a client exists ------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_CA4_unknown_client_and_wrong_secret_get_the_same_bytes(
    house: "House", machine: Local, path: str, method: str
) -> None:
    known, _ = make_client(house, type="machine")
    disabled, right = make_client(house, type="machine")
    with within(house):
        clients.change(disabled.client_id, disabled_at=1)
    asked = [(known.client_id, "cs_wrong"), (opaque.identifier("cl"), "cs_wrong"), (disabled.client_id, right)]
    replies = [_as(machine, path, method, client_id, secret) for client_id, secret in asked]
    for reply in replies:
        refuses(reply, "invalid_client", 401)
    assert len({reply.text for reply in replies}) == 1
    assert len({tuple(_fixed_headers(reply)) for reply in replies}) == 1


def test_CA4_unknown_client_and_wrong_secret_take_the_same_time(house: "House", machine: Local, path: str) -> None:
    known, _ = make_client(house, type="machine")
    asked = {name: basic(name, "cs_" + "w" * 43) for name in (known.client_id, opaque.identifier("cl"))}
    for _ in range(3):  # a busy machine may spoil one measurement, not three
        times: dict[str, list[int]] = {name: [] for name in asked}
        for _ in range(500):
            for name, header in asked.items():
                began = time.perf_counter_ns()
                _ask(machine, path, {}, Authorization=header)
                times[name].append(time.perf_counter_ns() - began)
        one, other = (statistics.median(found) for found in times.values())
        if abs(one - other) <= 0.1 * max(one, other):
            return
    pytest.fail(f"median {one} ns for a known client, {other} ns for an unknown one")


def _as(machine: Local, path: str, method: str, client_id: str, secret: str) -> Reply:
    if method == "client_secret_basic":
        return _ask(machine, path, {}, Authorization=basic(client_id, secret))
    fields = {"client_id": client_id, "client_secret": secret if method == "client_secret_post" else None}
    return _ask(machine, path, fields)


def _fixed_headers(reply: Reply) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in reply.headers.items() if name != "X-Request-Id")


# -- CA5: the registered method and no other ---------------------------------------------------------------------------


@pytest.mark.parametrize("registered", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("used", ["client_secret_basic", "client_secret_post", "none"])
def test_CA5_only_the_registered_method_is_accepted(
    house: "House", machine: Local, row_counts: RowCounts, registered: str, used: str
) -> None:
    client, secret = make_client(house, type="machine", token_endpoint_auth_method=registered)
    before = row_counts()
    reply = _as(machine, "/token", used, client.client_id, secret)
    if used == registered:
        granted(reply)
    else:
        refuses(reply, "invalid_client", 401)
        assert row_counts() == before


@pytest.mark.parametrize("used", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("secret", ["", "x"])
def test_CA5_public_client_has_no_secret_to_present(house: "House", machine: Local, used: str, secret: str) -> None:
    client, _ = make_client(house, type="spa")
    reply = _as(machine, "/token", used, client.client_id, secret)
    if used == "client_secret_post" and not secret:  # a parameter without a value counts as omitted
        refuses(reply, "unauthorized_client")
    else:
        refuses(reply, "invalid_client", 401)


@pytest.mark.parametrize("secret", ["", " ", "cs_", "0", "%", "\u00e9" * 100])
def test_CA5_wrong_secrets_are_invalid_client(machine: Local, worker: Credentials, path: str, secret: str) -> None:
    client, right = worker
    for wrong in (secret, right + secret, right[:-1]):
        if wrong != right:
            refuses(_as(machine, path, "client_secret_basic", client.client_id, wrong), "invalid_client", 401)


def test_CA5_secret_of_another_client_is_invalid_client(house: "House", machine: Local, path: str) -> None:
    (one, _), (_, secret) = make_client(house, type="machine"), make_client(house, type="machine")
    refuses(_as(machine, path, "client_secret_basic", one.client_id, secret), "invalid_client", 401)
