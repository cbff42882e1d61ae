"""RFC 7523 section 2.1: how far an assertion of another issuer goes, and which issuers are trusted."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey

from authserver.fetch import Fetched, Fetcher
from authserver.models import audit_events, users
from authserver.oauth import trusted_issuers, withdrawal
from authserver.oauth.trusted_issuers import BadIssuer
from tests.factories import make_client, make_resource_server, within
from tests.relying_party import Credentials, RelyingParty
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


# -- how far it goes ---------------------------------------------------------------------------------------------------


def test_s2_1_a_client_without_the_grant(elsewhere: Elsewhere, party: MakeParty) -> None:
    refuses(party().token(grant_type=GRANT, assertion=elsewhere.assertion()), "unauthorized_client")


@pytest.mark.parametrize("scope", ["delete:realms", "no:such", "openid", "offline_access", "admin"])
def test_s2_1_scope_beyond_the_client(elsewhere: Elsewhere, scope: str) -> None:
    refuses(elsewhere.ask(scope=scope), "invalid_scope")


def test_s2_1_scope_and_audience_beyond_the_issuer(house: "House", elsewhere: Elsewhere, api: Credentials) -> None:
    distrust(house, elsewhere)
    trust(house, elsewhere, scope="read:realms", audience=(api[0].audience,))
    refuses(elsewhere.ask(scope="write:realms"), "invalid_scope")
    refuses(elsewhere.ask(resource=make_resource_server(house)[0].audience), "invalid_target")
    refuses(elsewhere.ask(resource="https://unknown.example"), "invalid_target")
    assert granted(elsewhere.ask())["scope"] == "read:realms"
    assert is_active(elsewhere.rp.introspect(as_=api))["aud"] == [api[0].audience]


def test_s2_1_a_reserved_scope_is_only_for_whoever_has_it(house: "House", app: Flask, elsewhere: Elsewhere) -> None:
    made = make_client(house, type="machine", grant_types=[GRANT], scope="admin", trusted=True)
    elsewhere.rp = RelyingParty(app.test_client(), *made)
    refuses(elsewhere.ask(), "invalid_scope")
    with within(house):
        users.change(elsewhere.user.id, is_admin=True)
    assert granted(elsewhere.ask())["scope"] == "admin"


def test_s2_1_for_other_clients_only_what_the_person_has_allowed_before(
    elsewhere: Elsewhere, party: MakeParty, api: Credentials, house: "House"
) -> None:
    """Nobody is there to be asked, so what was not allowed is not given."""
    grant_types = ["authorization_code", GRANT]
    rp = party(user=elsewhere.user, trusted=False, scope=f"openid {SCOPE}", grant_types=grant_types)
    elsewhere.rp = rp
    refuses(elsewhere.ask(), "invalid_scope")
    rp.authorize(scope="openid read:realms").consent("allow")
    assert granted(elsewhere.ask())["scope"] == "read:realms"
    refuses(elsewhere.ask(scope="write:realms"), "invalid_scope")
    with within(house):
        user_id = elsewhere.user.id
        withdrawal.withdraw(user_id=user_id, client_id=rp.client.client_id, actor=user_id)
    is_inactive(rp.introspect(as_=api))
    refuses(elsewhere.ask(), "invalid_scope")


@pytest.mark.parametrize("how", ["removed", "disabled"])
def test_an_issuer_that_is_trusted_no_more(house: "House", elsewhere: Elsewhere, api: Credentials, how: str) -> None:
    granted(elsewhere.ask())
    is_active(elsewhere.rp.introspect(as_=api))
    with within(house):
        if how == "removed":
            trusted_issuers.forget(elsewhere.name, actor="tests")
        else:
            trusted_issuers.switch(elsewhere.name, False, actor="tests")
    is_inactive(elsewhere.rp.introspect(as_=api))
    refuses(elsewhere.ask(), "invalid_grant")


def test_it_is_audited(house: "House", elsewhere: Elsewhere) -> None:
    assertion = elsewhere.assertion()
    granted(elsewhere.ask(assertion))
    with within(house):
        event = next(one for one in audit_events.latest(limit=5, user_id=elsewhere.user.id))
    assert (event.tag, event.actor) == ("assertion.taken", elsewhere.rp.client.client_id)
    assert event.details["issuer"] == elsewhere.name
    assert assertion not in json.dumps(event.details)


# -- keys elsewhere, and the command line ------------------------------------------------------------------------------


def test_s3_keys_at_a_jwks_uri(house: "House", elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    uri, asked = f"{elsewhere.name}/jwks", []
    distrust(house, elsewhere)
    trust(house, elsewhere, jwks_uri=uri)

    def get(_fetcher: Fetcher, url: str, **_: Any) -> Fetched:
        asked.append(url)
        return Fetched(200, {}, json.dumps(elsewhere.jwks).encode())

    monkeypatch.setattr(Fetcher, "get", get)
    granted(elsewhere.ask())
    granted(elsewhere.ask())
    refuses(elsewhere.ask(elsewhere.assertion(key=ECKey.generate_key("P-256"))), "invalid_grant")
    assert asked == [uri]


@pytest.mark.parametrize(
    "wish",
    [
        {"jwks": None}, {"jwks_uri": "https://a.example/jwks"}, {"jwks": {"keys": []}}, {"jwks": "x"},
        {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, {"subject": "name"}, {"scope": "no:such"},
        {"audience": ("https://unknown.example",)}, {"jwks": None, "jwks_uri": "https://10.0.0.1/jwks"},
        {"issuer": "http://a.example"}, {"issuer": "a"}, {"issuer": "https://a.example/#x"},
    ],
    ids=str,
)  # fmt: skip
def test_an_issuer_that_cannot_be_trusted_like_that(house: "House", elsewhere: Elsewhere, wish: dict[str, Any]) -> None:
    good = {"issuer": "https://a.example", "own": HERE, "jwks": elsewhere.jwks, "subject": "id", "actor": "tests"}
    with within(house), pytest.raises(BadIssuer):
        trusted_issuers.trust(**{**good, **wish})


def test_server_metadata_names_the_grant_types(app: Flask) -> None:
    document = app.test_client().get("/.well-known/oauth-authorization-server").json
    assert document is not None
    assert {GRANT, "urn:ietf:params:oauth:grant-type:token-exchange"} <= set(document["grant_types_supported"])
