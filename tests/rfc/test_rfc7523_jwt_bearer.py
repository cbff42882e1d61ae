"""RFC 7523 sections 2.1 and 3: assertions of other issuers for access tokens, and which are not believed."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask
from joserfc.jwk import ECKey

from authserver.accounts import credentials
from authserver.models import users
from authserver.oauth import trusted_issuers
from authserver.oauth.trusted_issuers import BadIssuer
from tests.factories import unique, within
from tests.relying_party import Credentials
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.assertions import GRANT, HERE, SCOPE, Elsewhere, distrust, issuer_of, trust
from tests.rfc.conftest import MakeParty
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


@pytest.fixture
def elsewhere(house: "House", app: Flask) -> Elsewhere:
    return issuer_of(house, app)


# -- what is issued ----------------------------------------------------------------------------------------------------


def test_s2_1_a_token_for_the_person_and_nothing_to_stay_with(
    elsewhere: Elsewhere, api: Credentials, frozen: time_machine.Traveller
) -> None:
    tokens = granted(elsewhere.ask(scope="read:realms", resource=api[0].audience))
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}
    assert (tokens["scope"], tokens["expires_in"]) == ("read:realms", 900)
    claims = is_active(elsewhere.rp.introspect(as_=api))
    assert (claims["sub"], claims["client_id"]) == (elsewhere.user.id, elsewhere.rp.client.client_id)
    assert claims["aud"] == [api[0].audience]
    assert "auth_time" not in claims  # nobody has signed in here


def test_s2_1_without_scope_all_that_the_client_has(elsewhere: Elsewhere) -> None:
    assert granted(elsewhere.ask())["scope"] == SCOPE


@pytest.mark.parametrize("aud", [HERE, f"{HERE}/token", [HERE]])
@pytest.mark.parametrize("typ", [None, "JWT", "authorization-grant+jwt"])
def test_s3_what_it_may_say(elsewhere: Elsewhere, aud: Any, typ: str | None) -> None:
    granted(elsewhere.ask(elsewhere.assertion({"typ": typ} if typ else {}, aud=aud)))


@pytest.mark.parametrize("subject", ["username", "email", "id"])
def test_s3_the_subject_is_what_the_operator_says(house: "House", elsewhere: Elsewhere, subject: str) -> None:
    distrust(house, elsewhere)
    trust(house, elsewhere, subject=subject)
    own = {name: getattr(elsewhere.user, name) for name in ("username", "email", "id")}
    for name, value in own.items():
        reply = elsewhere.ask(elsewhere.assertion(sub=value))
        if name == subject:
            granted(reply)
        else:
            refuses(reply, "invalid_grant")


def test_s3_an_address_that_nobody_has_confirmed_is_nobodys(house: "House", elsewhere: Elsewhere) -> None:
    distrust(house, elsewhere)
    trust(house, elsewhere, subject="email")
    with within(house):
        users.change(elsewhere.user.id, email_verified=False)
    refuses(elsewhere.ask(elsewhere.assertion(sub=elsewhere.user.email)), "invalid_grant")


# -- section 3: what is not believed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://nobody.example"}, {"iss": None}, {"iss": 7}, {"sub": "nobody-here"}, {"sub": None}, {"sub": 7},
        {"sub": "a\u0000b"}, {"aud": "https://other.example"}, {"aud": None}, {"aud": [HERE, "https://other.example"]},
        {"aud": f"{HERE}/"}, {"aud": []}, {"exp": None}, {"exp": 1}, {"exp": "soon"}, {"exp": 2**40}, {"exp": True},
        {"nbf": 2**40}, {"iat": 2**40}, {"jti": None}, {"jti": ""}, {"jti": 7}, {"jti": "x" * 256},
    ],
    ids=str,
)  # fmt: skip
def test_s3_a_claim_that_is_wrong(elsewhere: Elsewhere, changes: dict[str, Any], row_counts: RowCounts) -> None:
    before = row_counts()
    refuses(elsewhere.ask(elsewhere.assertion(**changes)), "invalid_grant")
    assert row_counts() == before


def test_s3_a_signature_of_somebody_else(elsewhere: Elsewhere) -> None:
    foreign = ECKey.generate_key("P-256", {"kid": "k1"})
    refuses(elsewhere.ask(elsewhere.assertion(key=foreign)), "invalid_grant")
    refuses(elsewhere.ask(elsewhere.assertion({"kid": "k2"})), "invalid_grant")


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "dpop+jwt", "client-authentication+jwt"])
def test_s3_a_token_of_another_kind(elsewhere: Elsewhere, typ: str) -> None:
    refuses(elsewhere.ask(elsewhere.assertion({"typ": typ})), "invalid_grant")


@pytest.mark.parametrize("text", ["x", "a.b.c", "ey.ey.", "." * 9000])
def test_s3_what_is_no_token_at_all(elsewhere: Elsewhere, text: str) -> None:
    refuses(elsewhere.ask(text), "invalid_grant")


def test_s2_1_the_assertion_must_be_there(elsewhere: Elsewhere) -> None:
    refuses(elsewhere.rp.token(grant_type=GRANT), "invalid_request")


def test_s3_our_own_tokens_are_no_assertions(house: "House", elsewhere: Elsewhere, party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    refuses(elsewhere.ask(rp.tokens["id_token"]), "invalid_grant")
    with within(house), pytest.raises(BadIssuer, match="its own tokens"):
        trusted_issuers.trust(HERE, own=HERE, jwks=elsewhere.jwks, subject="id", actor="tests")


def test_s3_a_jti_is_good_once(elsewhere: Elsewhere) -> None:
    assertion = elsewhere.assertion(jti="first")
    granted(elsewhere.ask(assertion))
    refuses(elsewhere.ask(assertion), "invalid_grant")
    refuses(elsewhere.ask(elsewhere.assertion(jti="first")), "invalid_grant")
    granted(elsewhere.ask(elsewhere.assertion(jti="second")))


def test_s3_a_request_that_fails_before_it_spends_nothing(elsewhere: Elsewhere) -> None:
    assertion = elsewhere.assertion()
    refuses(elsewhere.ask(assertion, scope="delete:realms"), "invalid_scope")
    granted(elsewhere.ask(assertion))


def test_s3_two_issuers_may_use_one_jti(house: "House", elsewhere: Elsewhere) -> None:
    other = Elsewhere(f"https://{unique('issuer')}.example", elsewhere.rp, elsewhere.user)
    trust(house, other)
    granted(elsewhere.ask(elsewhere.assertion(jti="same")))
    granted(other.ask(other.assertion(jti="same")))
    refuses(elsewhere.ask(other.assertion(iss=elsewhere.name)), "invalid_grant")


def test_s3_clocks_may_differ_by_a_minute(elsewhere: Elsewhere, frozen: time_machine.Traveller) -> None:
    now = int(time.time())
    granted(elsewhere.ask(elsewhere.assertion(exp=now - 59)))
    refuses(elsewhere.ask(elsewhere.assertion(exp=now - 60)), "invalid_grant")
    granted(elsewhere.ask(elsewhere.assertion(exp=now + 600)))
    refuses(elsewhere.ask(elsewhere.assertion(exp=now + 601)), "invalid_grant")


def test_s3_a_disabled_account_is_nobody(house: "House", elsewhere: Elsewhere, api: Credentials) -> None:
    granted(elsewhere.ask())
    with within(house):
        credentials.disable(elsewhere.user, actor="tests")
    is_inactive(elsewhere.rp.introspect(as_=api))
    refuses(elsewhere.ask(), "invalid_grant")
