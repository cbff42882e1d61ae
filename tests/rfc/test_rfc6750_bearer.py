"""Bearer tokens and their challenges (RFC 6750), at the UserInfo endpoint."""

import re

import pytest

from tests.factories import make_resource_server
from tests.relying_party import FORM, Local, Reply, encoded
from tests.rfc.answers import challenge, refuses
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty

#: Section 3: what the values of `error` and `scope` may hold.
ERROR = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


def _ask(machine: Local, header: str | None) -> Reply:
    return machine.send("GET", "/userinfo", body=None, headers={} if header is None else {"Authorization": header})


@pytest.fixture
def token(party: MakeParty, token_format: str) -> str:
    found: str = granted(party(access_token_format=token_format).authorize().redeem())["access_token"]
    return found


def test_s3_1_without_credentials_the_challenge_has_no_error(machine: Local) -> None:
    reply = _ask(machine, None)
    assert reply.status_code == 401
    assert challenge(reply)[0] == "Bearer"
    assert set(challenge(reply)[1]) == {"realm"}
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "bad",
    ["unknown", "at_" + "A" * 43, "ey.ey.ey", "a==", "a.b-c_d~e+f/g"],
)
def test_s3_1_bad_token_is_invalid_token(machine: Local, bad: str) -> None:
    reply = _ask(machine, f"Bearer {bad}")
    refuses(reply, "invalid_token", 401)
    scheme, parameters = challenge(reply)
    assert scheme == "Bearer"
    assert parameters["error"] == "invalid_token"
    assert parameters["realm"]
    assert ERROR.fullmatch(parameters["error_description"])


def test_s3_1_expired_revoked_and_foreign_tokens_get_the_same_answer(party: MakeParty, machine: Local) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())["access_token"]
    assert rp.revoke(token).status_code == 200
    revoked, unknown = _ask(machine, f"Bearer {token}"), _ask(machine, "Bearer unknown")
    assert revoked.text == unknown.text
    assert revoked.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"]


def test_s3_1_missing_scope_is_403_and_named(party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize(scope="read:realms").redeem())
    reply = rp.userinfo()
    refuses(reply, "insufficient_scope", 403)
    scheme, parameters = challenge(reply)
    assert (scheme, parameters["error"], parameters["scope"]) == ("Bearer", "insufficient_scope", "openid")


def test_s3_1_two_tokens_are_invalid_request_with_a_challenge(machine: Local, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": FORM}
    reply = machine.send("POST", "/userinfo", body=encoded({"access_token": token}), headers=headers)
    refuses(reply, "invalid_request")
    scheme, parameters = challenge(reply)
    assert (scheme, parameters["error"]) == ("Bearer", "invalid_request")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "])
def test_s2_1_scheme_in_any_case_and_several_spaces(machine: Local, token: str, scheme: str) -> None:
    assert _ask(machine, f"{scheme}{token}").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Bearer\t{}", "Bearer \t{}", "Bearer{}", "Bearer\xa0{}", "Bearer:{}", "Bearer {} ", "Bearer {},", "Bearer {} {}",
     "Bearer, {}", "Bearer {}, Bearer {}", "Basic {}", "DPoP {}", "Token {}", "{}", "Bearer", "Bearer ", "", ",",
     'Bearer "{}"', "Bearer {}\xe9"],
)  # fmt: skip
def test_s2_1_anything_else_is_refused(machine: Local, token: str, header: str) -> None:
    """A tab is no separator (RFC 9110 section 11.4)."""
    reply = _ask(machine, header.replace("{}", token))
    assert reply.status_code == 401
    assert challenge(reply)[0] == "Bearer"


def test_s3_machine_endpoints_answer_their_own_scheme(party: MakeParty, machine: Local, token: str) -> None:
    """A bearer token is no client authentication."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": FORM}
    for path in ("/introspect", "/revoke", "/token"):
        body = encoded({"token": token, "grant_type": "client_credentials"})
        reply = machine.send("POST", path, body=body, headers=headers)
        refuses(reply, "invalid_client", 401)


def test_s5_3_answers_about_tokens_are_not_stored(party: MakeParty, machine: Local, house: object) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    server = make_resource_server(house)  # type: ignore[arg-type]
    for reply in (rp.userinfo(), rp.userinfo("bad"), rp.introspect(as_=server), rp.introspect("bad", as_=server)):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Pragma"] == "no-cache"
