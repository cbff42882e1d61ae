"""One DPoP proof under 16 parallel uses on 4 worker processes: one winner, whatever else they carry (DP1)."""

import http.client
import json
from urllib.parse import urlsplit

from authserver.oauth import dpop
from tests.races.stampede import stampede
from tests.races.test_one_winner import PARALLEL, ROUNDS, Arena, arena
from tests.relying_party import FORM, authentication, encoded
from tests.rfc.proofs import make_proof, new_key

__all__ = ["arena"]
KEY = new_key()


def test_DP1_a_proof_buys_one_token_and_its_repetition_ends_nothing(arena: Arena) -> None:
    url = f"{arena.server.url}/token"
    _, headers = authentication(arena.party.client, arena.party.secret)
    for _ in range(ROUNDS):
        redemption = {
            "grant_type": "authorization_code",
            "code": arena.code(),
            "redirect_uri": arena.party.client.redirect_uris[0],
            "code_verifier": arena.party.verifier,
        }
        proof = make_proof(KEY, "POST", url, nonce=dpop.nonce())
        request = ("/token", encoded(redemption), {"Content-Type": FORM, "DPoP": proof, **headers})
        hits = stampede(arena.server.url, [request] * PARALLEL)
        winners = [hit for hit in hits if hit.status == 200]
        assert len(winners) == 1, hits
        assert {(hit.status, hit.error) for hit in hits if hit.status != 200} == {(400, "invalid_dpop_proof")}
        assert winners[0].document["token_type"] == "DPoP"
        assert arena.active(winners[0].document["access_token"])


def test_DP1_a_proof_opens_a_door_once(arena: Arena) -> None:
    url = f"{arena.server.url}/userinfo"
    arena.party.dpop_key = KEY
    token = arena.party.authorize(scope="openid").redeem().json["access_token"]
    for _ in range(ROUNDS):
        proof = make_proof(KEY, "POST", url, token=token, nonce=dpop.nonce())
        request = ("/userinfo", "", {"Authorization": f"DPoP {token}", "DPoP": proof})
        hits = stampede(arena.server.url, [request] * PARALLEL)
        assert [hit.status for hit in hits].count(200) == 1, hits
        assert {(hit.status, hit.error) for hit in hits if hit.status != 200} == {(401, "invalid_dpop_proof")}


def test_DP1_two_header_lines_are_refused_by_a_running_server(arena: Arena) -> None:
    """Each good by itself: whatever serves must neither drop one nor hide that there are two."""
    url = f"{arena.server.url}/token"
    _, headers = authentication(arena.party.client, arena.party.secret)
    body = encoded({"grant_type": "refresh_token", "refresh_token": "rt_unknown"})
    address = urlsplit(arena.server.url)
    errors = []
    for count in (1, 2):
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=30)
        connection.putrequest("POST", "/token")
        for name, value in {"Content-Type": FORM, "Content-Length": str(len(body)), **headers}.items():
            connection.putheader(name, value)
        for _ in range(count):
            connection.putheader("DPoP", make_proof(KEY, "POST", url, nonce=dpop.nonce()))
        connection.endheaders(body.encode())
        errors.append(json.loads(connection.getresponse().read())["error"])
        connection.close()
    assert errors == ["invalid_grant", "invalid_dpop_proof"]
