"""Address, telephone and the rest of the profile (OpenID Connect Core sections 5.1, 5.1.1 and 5.4)."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from authserver.models import users
from authserver.oauth.api_keys import ApiKeyError
from authserver.oauth.oidc.claims import BY_SCOPE
from tests.factories import make_api_key, make_client, make_user, within
from tests.forms import forms
from tests.relying_party import FORM, Local, basic, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty, Party

if TYPE_CHECKING:
    from authserver.composition import House

ALL = "openid profile email address phone read:realms"
PAGE, ABOUT = "/account/profile", "/account/profile/about"
ADDRESS = {
    "street_address": "12 St James's Square\n2nd floor",
    "postal_code": "SW1Y 4JH",
    "locality": "London",
    "region": "Greater London",
    "country": "United Kingdom",
}
MORE = {
    "given_name": "Ada",
    "family_name": "Lovelace",
    "website": "https://ada.example",
    "zoneinfo": "Europe/London",
}
TOLD = {**ADDRESS, **MORE, "phone_number": "+44 20 7123 4567"}


@pytest.fixture
def rp(party: MakeParty) -> Party:
    return party(scope=ALL)


def fill_in(rp: Party, **fields: str) -> None:
    """As a person does: on the profile page of the browser that is signed in."""
    page = rp.transport.send("GET", PAGE, body=None, headers={}).text
    form = next(form for form in forms(page) if form.action == ABOUT)
    body = encoded({**form.values, **fields})
    reply = rp.transport.send("POST", ABOUT, body=body, headers={"Content-Type": FORM})
    assert reply.status_code == 303, reply.text


def told(rp: Party, scope: str) -> dict[str, Any]:
    granted(rp.authorize(scope=scope).redeem())
    claims: dict[str, Any] = rp.userinfo().json
    return {name: value for name, value in claims.items() if name != "sub"}


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("openid", set()),
        ("openid address", {"address"}),
        ("openid phone", {"phone_number", "phone_number_verified"}),
        ("openid email", {"email", "email_verified"}),
        ("openid profile", {"name", "preferred_username", "updated_at", *MORE}),
        ("openid address phone", {"address", "phone_number", "phone_number_verified"}),
    ],
)
def test_s5_4_each_scope_tells_its_own_claims(rp: Party, scope: str, names: set[str]) -> None:
    fill_in(rp, **TOLD)
    assert set(told(rp, scope)) == names


def test_s5_1_1_an_address_has_its_parts_and_is_formatted(rp: Party) -> None:
    fill_in(rp, **TOLD)
    assert told(rp, "openid address")["address"] == {
        "formatted": "12 St James's Square\n2nd floor\nSW1Y 4JH London\nGreater London\nUnited Kingdom",
        **ADDRESS,
    }


def test_s5_1_1_parts_that_are_not_told_are_left_out(rp: Party) -> None:
    fill_in(rp, locality="London", country="United Kingdom")
    found = told(rp, "openid address")["address"]
    assert found == {"formatted": "London\nUnited Kingdom", "locality": "London", "country": "United Kingdom"}


def test_s5_1_a_telephone_number_is_e164_and_never_called_verified(rp: Party) -> None:
    fill_in(rp, phone_number="+44 (20) 7123-4567")
    assert told(rp, "openid phone") == {"phone_number": "+442071234567", "phone_number_verified": False}


def test_s5_1_language_is_that_of_the_account(rp: Party, house: "House") -> None:
    assert "locale" not in told(rp, "openid profile")
    with within(house):
        users.change(rp.user.id, locale="de")
    assert told(rp, "openid profile")["locale"] == "de"


def test_s5_3_2_what_was_never_told_is_left_out(rp: Party) -> None:
    found = told(rp, ALL)
    assert set(found) == {"name", "preferred_username", "updated_at", "email", "email_verified"}
    assert not any(value in (None, "", {}) for value in found.values())


def test_s5_3_claims_are_those_of_now(rp: Party) -> None:
    fill_in(rp, **TOLD)
    granted(rp.authorize(scope="openid address phone").redeem())
    fill_in(rp, **dict.fromkeys(TOLD, ""))
    assert set(rp.userinfo().json) == {"sub"}


def test_s5_4_a_refused_scope_tells_nothing(party: MakeParty) -> None:
    rp = party(scope=ALL, trusted=False, allow_scope_deselect=True)
    fill_in(rp, **TOLD)
    rp.authorize(scope="openid address phone").consent("allow", scope=["phone"])
    granted(rp.redeem())
    assert set(rp.userinfo().json) == {"sub", "phone_number", "phone_number_verified"}


def test_s5_4_the_person_is_told_what_the_scopes_are(party: MakeParty) -> None:
    rp = party(scope=ALL, trusted=False)
    page = rp.authorize(scope="openid address phone").reply
    assert page is not None
    assert "See your postal address" in page.text
    assert "See your telephone number" in page.text


def test_d30_keys_and_machines_never_carry_them(house: "House", machine: Local) -> None:
    user = make_user(house)[0]
    for scope in ("address", "phone"):
        with pytest.raises(ApiKeyError, match=scope):
            make_api_key(house, user, scopes=(scope,))
    client, secret = make_client(house, type="machine")
    headers = {"Content-Type": FORM, "Authorization": basic(client.client_id, secret)}
    body = encoded({"grant_type": "client_credentials"})
    scope = machine.send("POST", "/token", body=body, headers=headers).json["scope"]
    assert not {"address", "phone"} & set(scope.split())


def test_discovery_announces_scopes_and_claims(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert {"address", "phone"} <= set(document["scopes_supported"])
    named = {"address", "phone_number", "phone_number_verified", "locale", *MORE}
    assert named <= set(document["claims_supported"])


def test_the_guide_tells_every_scope_and_its_claims() -> None:
    """`docs/subjects.md`."""
    guide = (Path(__file__).parents[2] / "docs" / "subjects.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", guide, re.MULTILINE))
    assert {scope: set(re.findall(r"`(\w+)`", text)) - {"formatted"} for scope, text in rows.items()} == {
        scope: set(names) for scope, names in BY_SCOPE.items()
    }
