"""`/par`, and what a browser brings from it, explained; request objects too."""

from typing import Any

import pytest
from flask import Flask

from tests.relying_party import PUSHED
from tests.rfc.conftest import Party, party_at
from tests.rfc.request_objects import ask, make_object
from tests.traces.conftest import TraceOf, explains

NOTHING: dict[str, Any] = {"body": None, "headers": {}}


def uri(rp: Party) -> str:
    return str(rp.push().json["request_uri"])


def names(trace: Any) -> list[str]:
    return [check["name"] for check in trace.checks["checks"]]


def test_a_pushed_request_has_passed_every_check(rp: Party, trace_of: TraceOf) -> None:
    trace = trace_of(rp.push())
    assert (trace.endpoint, trace.client_id, trace.error) == ("par", rp.client.client_id, None)
    assert all(check["passed"] for check in trace.checks["checks"])
    assert names(trace)[0] == "Client authentication"
    assert {"Client", "Redirect URI", "Response type", "PKCE", "Scope"} <= set(names(trace))


def test_an_error_names_its_case_because_the_client_has_authenticated(rp: Party, trace_of: TraceOf) -> None:
    reply = rp.push(scope="no:such")
    explains(trace_of(reply), "invalid_scope", "scope_unknown", "Scope")
    assert reply.json["error_uri"].endswith("/docs/errors/invalid_scope#scope_unknown")


@pytest.mark.parametrize(
    ("changes", "cause", "check"),
    [
        ({"request_uri": "urn:x"}, "request_uri_pushed", "Parameters"),
        ({"dpop_jkt": "x"}, "dpop_jkt", "Parameters"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri_mismatch", "Redirect URI"),
    ],
)
def test_every_check_that_can_fail(rp: Party, trace_of: TraceOf, changes: Any, cause: str, check: str) -> None:
    explains(trace_of(rp.push(**changes)), "invalid_request", cause, check)


def test_the_browser_goes_on_with_what_was_checked(app: Flask, trace_of: TraceOf) -> None:
    rp = party_at(app, trusted=False)
    first = rp.transport.send("GET", f"/authorize?client_id={rp.client.client_id}&request_uri={uri(rp)}", **NOTHING)
    trace = trace_of(first)
    assert (trace.client_id, trace.error) == (rp.client.client_id, None)
    assert names(trace)[:2] == ["Client", "Pushed request"]


def test_an_unknown_request_uri_is_explained_to_the_owner(rp: Party, trace_of: TraceOf) -> None:
    reply = rp.authorize(request_uri=f"{PUSHED}ar_unknown").reply
    assert reply is not None
    explains(trace_of(reply), "invalid_request_uri", "request_uri_unknown", "Parameters")


def test_one_that_was_used_is_explained_as_stale(rp: Party, trace_of: TraceOf) -> None:
    used = uri(rp)
    assert rp.authorize(request_uri=used).code
    reply = rp.authorize(request_uri=used).reply
    assert reply is not None
    assert trace_of(reply).cause == "request_stale"


def test_a_client_that_must_push_or_sign(app: Flask, trace_of: TraceOf) -> None:
    rp = party_at(app, require_pushed_authorization_requests=True).authorize()
    assert rp.reply is not None
    explains(trace_of(rp.reply), "invalid_request", "not_pushed", "Parameters")
    rp = party_at(app, method="private_key_jwt", require_signed_request_object=True).authorize()
    assert rp.reply is not None
    explains(trace_of(rp.reply), "invalid_request", "not_signed", "Parameters")


def test_why_a_request_object_is_not_believed(app: Flask, trace_of: TraceOf) -> None:
    rp = party_at(app, method="private_key_jwt")
    reply = ask(rp, make_object(rp, claims={"aud": "https://other.example"})).reply
    assert reply is not None
    last = explains(trace_of(reply), "invalid_request_object", "request_object", "Request object")
    assert "aud must be" in last["says"]
    good = ask(rp, make_object(rp)).reply
    assert good is not None
    assert names(trace_of(good))[:2] == ["Client", "Request object"]
