"""Pairwise subjects (OpenID Connect Core section 8): one person is another one for every sector."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from authserver.models import grants
from authserver.models.logouts import Logout
from authserver.oauth import inspection
from authserver.oauth.oidc import front_channel
from tests.factories import PASSWORD, make_api_key, make_client, make_resource_server, make_user, unique, within
from tests.relying_party import Credentials, Local, RelyingParty, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.devices import GRANTS, Device
from tests.rfc.test_oidc_core_id_token_hint import signed_by_us

if TYPE_CHECKING:
    from authserver.composition import House

SCOPE = "openid offline_access read:realms"
MakePairwise = Callable[..., Party]


@pytest.fixture
def pairwise(party: MakeParty) -> MakePairwise:
    """A client with a host of its own that knows people by pairwise subjects."""

    def make(**metadata: Any) -> Party:
        own = {"redirect_uris": [f"https://{unique('app')}.example/callback"], "scope": SCOPE}
        return party(**{"subject_type": "pairwise", **own, **metadata})

    return make


def sub_of(rp: RelyingParty) -> str:
    return str(claims_of(granted(rp.authorize().redeem())["id_token"])["sub"])


# -- section 8.1: the subject ------------------------------------------------------------------------------------------


def test_s8_1_every_sector_has_another_subject_for_a_person(pairwise: MakePairwise) -> None:
    one = pairwise()
    other, public = pairwise(user=one.user), pairwise(user=one.user, subject_type="public")
    subjects = [sub_of(rp) for rp in (one, other, public)]
    assert len(set(subjects)) == 3
    assert subjects[2] == one.user.id
    assert not any(one.user.id in sub or one.user.username in sub for sub in subjects[:2])
    assert all(len(sub) <= 255 and sub.isascii() for sub in subjects)  # section 2


def test_s8_1_two_people_are_two_subjects(pairwise: MakePairwise, app: Flask) -> None:
    one = pairwise()
    other = RelyingParty(app.test_client(), one.client, one.secret)
    other.authorize().sign_in(*make_user(app.extensions["authserver.house"]))
    assert sub_of(one) != sub_of(other)


def test_s8_1_the_clients_of_one_host_share_it(pairwise: MakePairwise) -> None:
    host = unique("suite")
    one = pairwise(redirect_uris=[f"https://{host}.example/a"])
    other = pairwise(redirect_uris=[f"https://{host}.example:8443/b"], user=one.user)
    assert sub_of(one) == sub_of(other) != one.user.id


def test_s8_1_it_is_the_same_in_every_answer_and_for_ever(
    pairwise: MakePairwise, api: Credentials, token_format: str
) -> None:
    rp = pairwise(access_token_format=token_format)
    sub = sub_of(rp)
    assert rp.userinfo().json == {"sub": sub}
    assert is_active(rp.introspect(as_=api))["sub"] == is_active(rp.introspect())["sub"] == sub
    if token_format == "jwt":
        assert claims_of(rp.tokens["access_token"])["sub"] == sub
    assert claims_of(granted(rp.refresh())["id_token"])["sub"] == sub
    assert is_active(rp.introspect(as_=api))["sub"] == sub
    assert sub_of(rp) == sub


@pytest.mark.parametrize("uri", ["http://127.0.0.1/callback", "http://localhost/callback", "com.example.app:/callback"])
def test_s8_1_programs_on_the_device_are_sectors_of_their_own(pairwise: MakePairwise, uri: str) -> None:
    one = pairwise(type="native", method="none", redirect_uris=[uri])
    other = pairwise(type="native", method="none", redirect_uris=[uri], user=one.user)
    assert len({sub_of(one), sub_of(other), one.user.id}) == 3


def test_s8_1_nobody_joins_the_sector_of_a_host_that_does_not_get_the_answers(pairwise: MakePairwise) -> None:
    """Anybody may register the address of somebody else beside a way of their own to the tokens."""
    uri = f"https://{unique('victim')}.example/callback"
    victim = pairwise(redirect_uris=[uri])
    own = "http://127.0.0.1/callback"
    local = pairwise(type="native", method="none", redirect_uris=[own, uri], user=victim.user)
    device = pairwise(redirect_uris=[uri], grant_types=["authorization_code", *GRANTS], user=victim.user)
    assert len({sub_of(victim), sub_of(local), sub_of(device)}) == 3
    joined = Device(device, scope="openid")
    joined.answer("allow")
    granted(joined.poll())
    assert claims_of(device.tokens["id_token"])["sub"] == sub_of(device) != sub_of(victim)


def test_s8_1_sessions_do_not_join_what_subjects_keep_apart(pairwise: MakePairwise) -> None:
    one = pairwise()
    two, third = pairwise(user=one.user), pairwise(user=one.user, subject_type="public")
    two.transport = third.transport = one.transport  # one browser
    tokens = [granted(rp.authorize().redeem())["id_token"] for rp in (one, two, third)]
    sids = [claims_of(token)["sid"] for token in tokens]
    assert len(set(sids)) == 3
    assert claims_of(granted(one.refresh())["id_token"])["sid"] == sids[0]


# -- RFC 9068 section 6: what else would tell who it is ----------------------------------------------------------------


def test_s8_names_are_told_only_where_the_person_has_allowed_it(
    pairwise: MakePairwise, api: Credentials, machine: Local, token_format: str
) -> None:
    rp = pairwise(access_token_format=token_format, scope="openid profile email read:realms")
    for scope, username, email in (
        ("openid read:realms", "", ""),
        ("openid profile read:realms", rp.user.username, ""),
        ("openid email read:realms", "", rp.user.email),
    ):
        token = granted(rp.authorize(scope=scope).redeem())["access_token"]
        assert is_active(rp.introspect(as_=api)).get("username", "") == username
        headers = machine.send("GET", "/gateway/auth", body=None, headers={"Authorization": f"Bearer {token}"}).headers
        assert headers["X-Auth-Request-Preferred-Username"] == username
        assert headers["X-Auth-Request-Email"] == email
        assert headers["X-Auth-Request-User"] == rp.userinfo().json["sub"] != rp.user.id


def test_s8_public_subjects_are_told_by_name_as_before(party: MakeParty, api: Credentials, token_format: str) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize(scope="openid read:realms").redeem())
    assert is_active(rp.introspect(as_=api))["username"] == rp.user.username


def test_s8_nothing_of_a_token_holds_the_user_id(pairwise: MakePairwise, api: Credentials, token_format: str) -> None:
    rp = pairwise(access_token_format=token_format)
    tokens = granted(rp.authorize().redeem())
    told = [str(claims_of(tokens["id_token"])), rp.introspect(as_=api).text, rp.userinfo().text, str(tokens)]
    if token_format == "jwt":
        told.append(str(claims_of(tokens["access_token"])))
    assert not any(rp.user.id in text or rp.user.username in text or rp.user.email in text for text in told)


def test_s8_a_key_that_is_exchanged_becomes_a_pairwise_token(app: Flask, house: "House") -> None:
    client, secret = make_client(
        house,
        grant_types=["urn:ietf:params:oauth:grant-type:token-exchange"],
        type="machine",
        subject_type="pairwise",
        scope="read:realms",
    )
    user, api = make_user(house)[0], make_resource_server(house)
    rp = RelyingParty(app.test_client(), client, secret)
    exchanged = rp.token(
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token=make_api_key(house, user)[1],
        subject_token_type="urn:realmkit:params:oauth:token-type:api-key",
        resource=api[0].audience,
    )
    assert exchanged.status_code == 200, exchanged.text
    told = is_active(rp.introspect(as_=api))
    assert told["sub"] != user.id
    assert "username" not in told


# -- the way back: whom a client means ---------------------------------------------------------------------------------


def test_s3_1_2_1_id_token_hint_names_the_person_by_it(house: "House", pairwise: MakePairwise) -> None:
    rp = pairwise()
    hint = str(granted(rp.authorize().redeem())["id_token"])
    assert rp.authorize(id_token_hint=hint, prompt="none").code
    other, password = make_user(house)
    rp._browse("GET", "/login?reauth=1")
    rp.sign_in(other, password)
    assert rp.authorize(id_token_hint=hint, prompt="none").answer["error"] == "login_required"
    rp.authorize(id_token_hint=hint)
    assert rp.at == "/login"
    assert rp.sign_in(other, password).answer["error"] == "login_required"
    rp.authorize(id_token_hint=hint).sign_in(rp.user, PASSWORD)
    assert rp.code


def test_s8_a_subject_of_elsewhere_names_nobody(house: "House", pairwise: MakePairwise) -> None:
    """Otherwise two clients could find out together that theirs is the same person."""
    rp = pairwise()
    claims = claims_of(granted(rp.authorize().redeem())["id_token"])
    for sub in (rp.user.id, sub_of(pairwise(user=rp.user)), "", "é"):
        hint = signed_by_us(house, {**claims, "sub": sub})
        assert rp.authorize(id_token_hint=hint, prompt="none").answer["error"] == "login_required", sub


def test_rpinitiated_s2_a_hint_of_it_signs_the_person_out(pairwise: MakePairwise) -> None:
    after = "https://client.example/bye"
    rp = pairwise(post_logout_redirect_uris=[after])
    hint = granted(rp.authorize().redeem())["id_token"]
    reply = rp.transport.send(
        "GET", f"/end_session?id_token_hint={hint}&post_logout_redirect_uri={after}", body=None, headers={}
    )
    assert (reply.status_code, reply.location) == (303, after)
    assert rp.authorize(prompt="none").answer["error"] == "login_required"


def test_logout_speaks_of_the_same_subject_and_session(house: "House", pairwise: MakePairwise) -> None:
    """Back-Channel Logout 1.0 section 2.4, Front-Channel Logout 1.0 section 3."""
    host = unique("app")
    told = {f"{way}channel_logout_uri": f"https://{host}.example/{way}" for way in ("back", "front")}
    rp = pairwise(redirect_uris=[f"https://{host}.example/callback"], **told)
    known = claims_of(granted(rp.authorize().redeem())["id_token"])
    issuer = house.settings.issuer
    with within(house):
        sid = grants.of_user(rp.user.id)[0].sid
        assert sid is not None
        logout = Logout(sid, rp.client.client_id, rp.user.id, created_at=0, due_at=0, attempts=0)
        letter = house.server.logout_letter(logout)
        frame = front_channel.of_session(sid, user_id=rp.user.id, issuer=issuer)[0]
    assert letter is not None
    told_behind = claims_of(letter.token)
    assert (told_behind["sub"], told_behind["sid"]) == (known["sub"], known["sid"])
    assert parse_qs(urlsplit(frame.url).query)["sid"] == [known["sid"]]


def test_v1_knows_who_manages(pairwise: MakePairwise, machine: Local, token_format: str) -> None:
    rp = pairwise(scope="openid manage", access_token_format=token_format)
    token = granted(rp.authorize().redeem())["access_token"]
    reply = machine.send("GET", "/v1/api-keys", body=None, headers={"Authorization": f"Bearer {token}"})
    assert (reply.status_code, reply.json["items"]) == (200, [])


def test_the_state_of_a_token_is_told_to_its_person(house: "House", pairwise: MakePairwise, token_format: str) -> None:
    rp = pairwise(access_token_format=token_format)
    token = granted(rp.authorize().redeem())["access_token"]
    with within(house):
        own, other = (
            inspection.inspect(token, user=user, verifier=house.server.verifier).checks[-1]
            for user in (rp.user, make_user(house)[0])
        )
        assert grants.of_user(rp.user.id)
    assert (own.passed, other.passed) == (True, None)


def test_rfc8414_both_types_are_announced(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert document["subject_types_supported"] == ["public", "pairwise"]
