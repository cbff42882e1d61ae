"""Assertions of other issuers (RFC 7523) and exchanges (RFC 8693), 16 at once on 4 worker processes.

AUTHSERVER_TEST_ROUNDS=200 is the full run; CI does fewer rounds of the same test.
"""

from collections.abc import Callable

from flask import Flask

from tests.factories import make_client, make_resource_server
from tests.processes import RunningServer
from tests.races.stampede import Hit, stampede
from tests.races.test_one_winner import PARALLEL, ROUNDS, WORKERS, Arena
from tests.relying_party import FORM, RelyingParty, Remote, authentication, encoded
from tests.rfc.assertions import GRANT, SCOPE, Elsewhere, trust
from tests.rfc.delegation import ACCESS_TOKEN
from tests.rfc.delegation import GRANT as EXCHANGE


def at_once(url: str, rp: RelyingParty, *forms: dict[str, str]) -> list[Hit]:
    """Each form by this client, the last one in all places that are left."""
    _, headers = authentication(rp.client, str(rp.secret))
    known = {"Content-Type": FORM, **headers}
    bodies = [*forms[:-1]] + [forms[-1]] * (PARALLEL - len(forms) + 1)
    paths = ["/revoke" if "grant_type" not in form else "/token" for form in bodies]
    hits = stampede(url, [(path, encoded(form), known) for path, form in zip(paths, bodies, strict=True)])
    assert not [hit for hit in hits if hit.status >= 500], hits
    return hits


def test_RFC7523_s3_an_assertion_has_one_winner(
    running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    server = running_server(workers=WORKERS)
    arena = Arena(server, app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url))
    made = make_client(arena.house, type="machine", grant_types=[GRANT], scope=SCOPE, trusted=True)
    issuer = Elsewhere("https://issuer.example", RelyingParty(Remote(server.url), *made), arena.user)
    trust(arena.house, issuer)
    for _ in range(ROUNDS):
        form = {"grant_type": GRANT, "assertion": issuer.assertion(aud=server.url)}
        hits = at_once(server.url, issuer.rp, form)
        assert [hit.status for hit in hits].count(200) == 1, hits
        assert {(hit.status, hit.error) for hit in hits if hit.status != 200} == {(400, "invalid_grant")}


def test_TX6_whatever_is_exchanged_while_the_subject_token_is_revoked_ends_with_it(
    running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    server = running_server(workers=WORKERS)
    arena = Arena(server, app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url))
    api = make_resource_server(arena.house)
    policy = {"subject_clients": ["cl_racing"], "audiences": [api[0].audience], "impersonation": True}
    types = ["authorization_code", EXCHANGE]
    own = make_client(arena.house, grant_types=types, token_exchange=policy, client_id="cl_racing", trusted=True)
    rp = RelyingParty(arena.party.transport, *own)
    for _ in range(ROUNDS):
        token = rp.authorize(scope="openid read:realms").redeem().json["access_token"]
        good = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}
        asked = {**good, "resource": str(api[0].audience)}
        hits = at_once(server.url, rp, asked, asked, asked, {"token": token}, asked)
        assert {hit.error for hit in hits if hit.status != 200} <= {"invalid_request"}
        for hit in hits:
            if "access_token" in hit.document:
                assert rp.introspect(hit.document["access_token"], as_=api).json == {"active": False}
