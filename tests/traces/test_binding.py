"""What is wrong with a proof of possession is told to the owner of the application, and to nobody else."""

from typing import Any

import pytest
from flask import Flask

from authserver.oauth import dpop
from tests.conftest import ISSUER
from tests.gateways.asking import AUTH
from tests.relying_party import FORM, authentication, encoded
from tests.rfc.conftest import Party, party_at
from tests.rfc.proofs import make_proof, new_key
from tests.traces.conftest import TraceOf, explains

CHECK = "Proof of possession"
KEY = new_key()


def refresh(rp: Party, proof: str) -> Any:
    form, headers = authentication(rp.client, rp.secret)
    body = encoded({**form, "grant_type": "refresh_token", "refresh_token": rp.tokens["refresh_token"]})
    return rp.transport.send("POST", "/token", body=body, headers={"Content-Type": FORM, **headers, "DPoP": proof})


@pytest.fixture
def bound(app: Flask) -> Party:
    rp = party_at(app, method="none")
    rp.dpop_key = KEY
    rp.authorize().redeem()
    return rp


@pytest.mark.parametrize(
    ("changes", "error", "case", "says"),
    [
        ({"htm": "GET"}, "invalid_dpop_proof", "proof_not_good", f"POST {ISSUER}/token"),
        ({"iat": 1}, "invalid_dpop_proof", "proof_not_good", "iat"),
        ({"nonce": None}, "use_dpop_nonce", "nonce_missing", "nonce"),
    ],
)
def test_at_the_token_endpoint(
    bound: Party, trace_of: TraceOf, changes: dict[str, Any], error: str, case: str, says: str
) -> None:
    made = make_proof(KEY, "POST", f"{ISSUER}/token", **{"nonce": dpop.nonce(), **changes})
    trace = trace_of(refresh(bound, made))
    assert says in explains(trace, error, case, CHECK)["says"]
    assert made not in str(trace)


def test_another_key_and_a_replay(bound: Party, trace_of: TraceOf) -> None:
    made = make_proof(new_key(), "POST", f"{ISSUER}/token", nonce=dpop.nonce())
    explains(trace_of(refresh(bound, made)), "invalid_grant", "refresh_token_of_another_key", CHECK)
    explains(trace_of(refresh(bound, made)), "invalid_dpop_proof", "proof_replayed", CHECK)


def test_what_was_shown_stands_in_the_trace_of_a_success(bound: Party, trace_of: TraceOf) -> None:
    trace = trace_of(bound.refresh())
    (check,) = [check for check in trace.checks["checks"] if check["name"] == CHECK]
    assert (check["passed"], KEY.thumbprint() in check["says"]) == (True, True)


def test_at_userinfo_and_at_the_gateway(app: Flask, bound: Party, trace_of: TraceOf) -> None:
    token = bound.tokens["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    trace = trace_of(bound.transport.send("GET", "/userinfo", body=None, headers=bearer))
    explains(trace, "invalid_token", "token_without_proof", CHECK)
    assert (trace.endpoint, trace.client_id) == ("userinfo", bound.client.client_id)
    proof = make_proof(KEY, "GET", "https://api.example/", token=token)
    sent = {"Authorization": f"DPoP {token}", "DPoP": proof}
    trace = trace_of(app.test_client().get(AUTH, headers=sent))
    explains(trace, "invalid_token", "request_not_known", CHECK)
    assert (trace.endpoint, trace.client_id) == ("gateway", bound.client.client_id)
    assert token not in str(trace)
