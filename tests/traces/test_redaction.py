"""Nothing secret is in any trace: canaries through every parameter, and the rules one by one (IJ6)."""

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from authserver.models import traces
from authserver.models.unit_of_work import read
from authserver.traces.redaction import LONGEST, REDACTED, clean
from tests.factories import make_api_key, make_client, make_user, unique, within
from tests.relying_party import RelyingParty, basic
from tests.rfc.conftest import party_at
from tests.rfc.front_channel import ask, parameters_for

if TYPE_CHECKING:
    from authserver.composition import House

CANARY = "canary4711secret"


def everything(house: "House") -> str:
    """All traces of the database, as text."""
    house.server.traces.flush()
    with within(house):
        return "\n".join(str(tuple(row)) for row in read().execute(select(traces.traces)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.example/cb?code=abc&tenant=1", f"https://a.example/cb?code={REDACTED}&tenant=1"),
        ("https://a.example/cb?x=1&access_token=abc#id_token=def", f"?x=1&access_token={REDACTED}#id_token={REDACTED}"),
        ("https://me:pass@a.example/cb", f"https://{REDACTED}@a.example/cb"),
        ("Bearer abcdefghijk", "Bearer [redacted]"),
        ("rt_" + "a" * 43, "rt_[redacted]"),
        ("line\nbreak\x1b[31m", "line\ufffdbreak\ufffd[31m"),
    ],
)
def test_values_that_may_be_secret_are_left_out(text: str, shown: str) -> None:
    assert clean(text).endswith(shown)


def test_a_long_text_is_cut() -> None:
    assert len(clean("x" * 10_000)) == LONGEST
    assert clean("x" * 10_000).endswith("...")


def test_IJ6_canaries_in_every_parameter_of_the_token_endpoint(app: Flask, house: "House") -> None:
    rp = party_at(app)
    names = ("code", "refresh_token", "client_secret", "code_verifier", "token", "password", "subject_token")
    for grant_type in ("authorization_code", "refresh_token", "password"):
        for name in names:
            rp.token(**{"grant_type": grant_type, "code": "x", "refresh_token": "x", name: f"{CANARY}-{name}"})
    rp.post("/token", {"grant_type": "x"}, headers={"Authorization": basic(rp.client.client_id, CANARY)})
    rp.post("/token", {"grant_type": "x"}, headers={"Authorization": f"Basic {CANARY}"})
    rp.revoke(CANARY)
    rp.userinfo(CANARY)
    app.test_client().get("/gateway/auth", headers={"X-API-Key": CANARY})
    found = everything(house)
    assert rp.client.client_id in found
    assert CANARY not in found


def test_IJ6_canaries_in_every_parameter_of_the_authorization_endpoint(app: Flask, house: "House") -> None:
    client, _ = make_client(house)
    http = app.test_client()
    for name in [*parameters_for(client), "client_secret", "access_token", "id_token_hint", "login_hint", "unknown"]:
        if name not in {"client_id", "redirect_uri", "response_type", "scope", "code_challenge_method"}:
            ask(http, client, **{name: f"{CANARY}-{name}"})
    for member in ("code", "access_token", "password", "client_secret", "api_key", "session"):
        ask(http, client, redirect_uri=f"https://client.example/callback?{member}={CANARY}")
        ask(http, client, redirect_uri=f"https://{CANARY}@client.example/callback")
    found = everything(house)
    assert client.client_id in found
    assert CANARY not in found


def test_IJ6_a_whole_life_of_real_secrets_leaves_none(app: Flask, house: "House") -> None:
    rp = party_at(app)
    _, key = make_api_key(house, make_user(house)[0])
    code = rp.authorize().code
    rp.redeem(code=code)
    tokens = [rp.tokens[name] for name in ("access_token", "refresh_token", "id_token")]
    secrets = [rp.secret, rp.verifier, code, *tokens]
    rp.userinfo()
    rp.refresh()
    rp.refresh(refresh_token=tokens[1])
    secrets += [rp.tokens["access_token"], rp.tokens["refresh_token"], key]
    rp.redeem(code=code)
    rp.revoke()
    rp.userinfo()
    RelyingParty(app.test_client(), rp.client, "").post(
        "/token", {"grant_type": "x"}, headers={"Authorization": basic(key, rp.secret)}
    )
    found = everything(house)
    assert rp.client.client_id in found
    assert [secret for secret in secrets if secret in found or quote(secret) in found] == []


def test_what_a_stranger_calls_itself_is_bounded(app: Flask, house: "House") -> None:
    name = unique("x") + "y" * 3000
    RelyingParty(app.test_client(), make_client(house)[0]).post(
        "/token", {"grant_type": "x", "client_id": name}, headers={}
    )
    assert name not in everything(house)
