"""Further metadata of an application, over HTTP: the form, the rules beside its fields, and all that is registered."""

import html
import json
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey

from authserver.models import client_secrets
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import clients
from tests import state
from tests.factories import make_client, make_key_client, make_resource_server
from tests.forms import forms
from tests.pages.settings.developers import MakeDeveloper, events_of, found, page_of, works
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.models.clients import Client

KEY = ECKey.generate_key("P-256", {"kid": "mine"})
SET = json.dumps({"keys": [KEY.as_dict(private=False)]})
METHOD = "token_endpoint_auth_method"
FLAGS = ("dpop_bound_access_tokens", "require_pushed_authorization_requests", "require_signed_request_object")
#: What the form sends -> what is registered then.
CHANGES: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(FLAGS, ("y", True)),
    "jwks": (SET, {"keys": [KEY.as_dict(private=False)]}),
    "request_object_signing_alg": ("ES256", "ES256"),
    "authorization_signed_response_alg": ("ES256", "ES256"),
    "id_token_signed_response_alg": ("PS256", "PS256"),
    "userinfo_signed_response_alg": ("EdDSA", "EdDSA"),
    "subject_type": ("pairwise", "pairwise"),
    "default_acr_values": (" 2  1 ", ["2", "1"]),
    "default_max_age": ("0", 0),
}


def tab(client: "Client") -> str:
    return page_of(client, "/advanced")


def registered(house: "House", client: "Client") -> dict[str, Any]:
    """The document as it stands in the database."""
    now = found(house, client)
    assert now is not None
    return clients.document(now)


def box_of(page: str) -> str:
    """What "All metadata" shows."""
    return html.unescape(page.partition('<code id="metadata">')[2].partition("</code>")[0])


def error_at(page: str, field: str) -> str:
    return html.unescape(page).partition(f'id="{field}-error"')[2].partition("</p>")[0]


def test_rfc7591_s2_every_member_of_the_form_is_kept_audited_shown_and_taken_back(
    app: Flask, developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, client_uri="https://tours.example")
    before = registered(house, client)
    answer = at.fill(tab(client), **{name: typed for name, (typed, _) in CHANGES.items()})
    assert (answer.status_code, answer.headers["Location"]) == (303, tab(client))
    wanted = {**before, **{name: value for name, (_, value) in CHANGES.items()}}
    assert registered(house, client) == wanted
    assert json.loads(box_of(at.get(tab(client)).text)) == wanted
    (event,) = events_of(app, at, "client.changed")
    assert (event.actor, event.client_id) == (at.user.id, client.client_id)
    assert event.details["fields"] == ["details", "id_token_signed_response_alg"]

    unset = dict.fromkeys(FLAGS)
    empty = dict.fromkeys(["jwks", "request_object_signing_alg", "userinfo_signed_response_alg"], "")
    empty |= dict.fromkeys(["default_acr_values", "default_max_age"], "")
    back = {"authorization_signed_response_alg": "RS256", "subject_type": "public"}
    assert at.fill(tab(client), **unset, **empty, **back, id_token_signed_response_alg="RS256").status_code == 303
    assert registered(house, client) == {**before, **back}


def test_what_is_sent_as_it_was_shown_changes_nothing(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    web, _ = make_client(house, owner=at.user, **{name: value for name, (_, value) in CHANGES.items()})
    signer, _ = make_key_client(house, owner=at.user)
    plain, _ = make_client(house, owner=at.user)
    for client in (web, signer, plain):
        before = found(house, client)
        assert at.fill(tab(client)).status_code == 303
        assert found(house, client) == before
    assert events_of(app, at, "client.changed") == []


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({METHOD: "private_key_jwt"}, METHOD, "private_key_jwt needs jwks or jwks_uri."),
        ({METHOD: "none"}, METHOD, "Choose one of these."),
        ({METHOD: "tls_client_auth"}, METHOD, "Choose one of these."),
        ({"jwks": "no JSON"}, "jwks", "This is not JSON"),
        ({"jwks": json.dumps(KEY.as_dict(private=True))}, "jwks", "jwks:"),
        ({"jwks_uri": "http://app.example/jwks"}, "jwks_uri", "jwks_uri must be an https URL."),
        ({"jwks_uri": "https://127.0.0.1/jwks"}, "jwks_uri", "jwks_uri"),
        ({"require_signed_request_object": "y"}, "require_signed_request_object", "Signed request objects need a key"),
        ({"request_object_signing_alg": "ES256"}, "request_object_signing_alg", "Signed request objects need a key"),
        ({"request_object_signing_alg": "HS256"}, "request_object_signing_alg", "Choose one of these."),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg", "Choose one of these."),
        ({"userinfo_signed_response_alg": "none"}, "userinfo_signed_response_alg", "Choose one of these."),
        ({"subject_type": "secret"}, "subject_type", "Choose one of these."),
        ({"sector_identifier_uri": "https://10.0.0.1/x"}, "sector_identifier_uri", "must lead to a public address."),
        ({"default_acr_values": "x" * 301}, "default_acr_values", "default_acr_values must be at most"),
        ({"default_max_age": "-1"}, "default_max_age", "default_max_age must be a number of seconds."),
        ({"default_max_age": "9" * 5000}, "default_max_age", "default_max_age must be a number of seconds."),
        ({"default_max_age": "٣"}, "default_max_age", "default_max_age must be a number of seconds."),
    ],
)
def test_DC2_DC6_a_broken_rule_stands_beside_its_field_and_nothing_is_changed(
    developer: MakeDeveloper, house: "House", fields: dict[str, str], field: str, text: str
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    before = state.of(house.database)
    answer = at.fill(tab(client), **{"dpop_bound_access_tokens": "y", **fields})
    assert answer.status_code == 400
    assert text in error_at(answer.text, field)
    assert "<title>Error:" in answer.text
    assert f'href="#{field}"' in answer.text
    (form,) = [form.values for form in forms(answer.text) if form.action == tab(client)]
    assert form["dpop_bound_access_tokens"] == ["y"]  # what was typed is still there
    assert state.of(house.database) == before


def test_each_of_several_faults_stands_beside_its_own_field(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, request_object_signing_alg="none")
    wrong = {"default_max_age": "soon", "sector_identifier_uri": "ftp://x"}
    good = {"require_signed_request_object": "y", "request_object_signing_alg": "ES256", "jwks": SET}
    answer = at.fill(tab(client), **wrong, **good)
    assert answer.status_code == 400
    assert all(error_at(answer.text, name) for name in wrong)
    assert not any(error_at(answer.text, name) for name in good)
    assert at.fill(tab(client), **good).status_code == 303


def test_oidc_core_s8_1_what_a_list_of_the_sector_does_not_prove_is_said_there(
    developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    before = state.of(house.database)
    uri = "https://sector.invalid/list"
    answer = at.fill(tab(client), subject_type="pairwise", sector_identifier_uri=uri)
    assert answer.status_code == 400
    assert "sector_identifier_uri cannot be fetched." in error_at(answer.text, "sector_identifier_uri")
    assert not error_at(answer.text, "subject_type")
    assert state.of(house.database) == before


# -- how it proves itself ----------------------------------------------------------------------------------------------


def test_rfc6749_s2_3_1_the_way_of_the_secret_changes_and_the_secret_stays(
    app: Flask, developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, secret = make_client(house, owner=at.user)
    assert at.fill(tab(client), **{METHOD: "client_secret_post"}).status_code == 303
    now = found(house, client)
    assert now is not None
    assert now.token_endpoint_auth_method == "client_secret_post"
    assert works(app, now, secret)
    assert not works(app, client, secret)  # by the header


def test_rfc7523_an_application_begins_to_sign_and_its_secrets_end_for_good(
    app: Flask, developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, secret = make_client(house, owner=at.user, type="machine")
    assert at.fill(tab(client), **{METHOD: "private_key_jwt", "jwks": SET}).status_code == 303
    signer = found(house, client)
    assert signer is not None
    ask: Any = {"grant_type": "client_credentials"}
    assert RelyingParty(app.test_client(), signer, KEY).token(**ask).status_code == 200
    assert RelyingParty(app.test_client(), client, secret).token(**ask).status_code == 401
    (ended,) = events_of(app, at, "client.secret_revoked")
    assert ended.actor == at.user.id
    form = at.form(tab(client), tab(client)).values
    assert form.keys().isdisjoint({"jwks", "jwks_uri"})  # they have a page
    assert page_of(client, "/credentials") in at.get(tab(client)).text

    assert at.fill(tab(client), **{METHOD: "client_secret_basic"}).status_code == 303
    assert "It has no secret yet" in at.get(tab(client)).text
    assert RelyingParty(app.test_client(), client, secret).token(**ask).status_code == 401
    with unit_of_work(house.database):
        assert client_secrets.alive(client.client_id) == []


def test_other_methods_are_told_and_not_asked(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    named = {METHOD: "tls_client_auth", "tls_client_auth_san_dns": "app.example"}
    for metadata in ({"type": "spa"}, {"type": "native"}, named):
        client, _ = make_client(house, owner=at.user, **metadata)
        assert METHOD not in at.form(tab(client), tab(client)).values
        before = registered(house, client)
        assert at.fill(tab(client), **{METHOD: "client_secret_basic"}).status_code == 303
        assert registered(house, client) == before


def test_each_type_is_asked_what_fits_it(developer: MakeDeveloper, house: "House") -> None:
    at = developer(is_admin=True)
    machine, _ = make_client(house, type="machine")
    api, _ = make_resource_server(house)
    common = {"csrf_token", METHOD, "jwks", "jwks_uri"}
    asked = {name: at.form(tab(one), tab(one)) for name, one in (("machine", machine), ("api", api))}
    fields = {name: {*form.values, *form.choices} for name, form in asked.items()}
    assert fields["machine"] == {*common, "dpop_bound_access_tokens"}
    assert fields["api"] == {*common, "introspection_signed_response_alg"}
    assert at.fill(tab(api), introspection_signed_response_alg="ES256").status_code == 303
    assert registered(house, api)["introspection_signed_response_alg"] == "ES256"


# -- whose it is, and what stands in it --------------------------------------------------------------------------------


def test_AD4_a_change_touches_only_what_the_form_shows(developer: MakeDeveloper, house: "House") -> None:
    at, other = developer(), developer()
    client, _ = make_client(house, owner=at.user)
    before = found(house, client)
    answer = at.fill(
        tab(client), trusted="true", audience="https://evil.example", environment="any", meter="y",
        token_exchange='{"subject_clients": ["cl_x"]}', owner_id=other.user.id, verified_at="1", type="machine",
        scope="admin", require_pkce="", redirect_uris="https://evil.example/", client_name="Mine", may_act="{}",
        grant_types="client_credentials", tls_client_certificate_bound_access_tokens="y",
    )  # fmt: skip
    assert answer.status_code == 303
    assert found(house, client) == before


def test_AD1_the_application_of_another_is_absent(developer: MakeDeveloper, house: "House") -> None:
    owner, at = developer(), developer()
    client, _ = make_client(house, owner=owner.user)
    own, _ = make_client(house, owner=at.user)
    values = at.form(tab(own), tab(own)).values
    before = state.of(house.database)
    assert at.get(tab(client)).status_code == 404
    assert at.post(tab(client), {**values, "dpop_bound_access_tokens": "y"}).status_code == 404
    assert state.of(house.database) == before


def test_LG7_without_a_csrf_token_nothing_changes_and_what_was_typed_stays(
    developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    before = state.of(house.database)
    answer = at.fill(tab(client), csrf_token="stale", default_max_age="123456")
    assert answer.status_code == 400
    assert "open for too long" in answer.text
    assert 'value="123456"' in answer.text
    assert state.of(house.database) == before


HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'


def test_XS1_what_is_typed_and_what_is_registered_are_text(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    name, contact = "<img src=x onerror=alert(1)>", "\u202e</code></pre><b>x@y.example"
    client, _ = make_client(house, owner=at.user, client_name=name, contacts=[contact])
    page = at.get(tab(client)).text
    assert "<img src=x" not in page
    assert "</code></pre><b>" not in page
    assert "\u202e" not in page
    shown = json.loads(box_of(page))
    assert (shown["client_name"], shown["contacts"]) == (name, [contact])
    for field in ("jwks", "jwks_uri", "sector_identifier_uri", "default_max_age"):
        answer = at.fill(tab(client), **{field: HOSTILE})
        assert answer.status_code == 400
        assert "<script>alert" not in answer.text
        assert HOSTILE in html.unescape(answer.text)
        assert "49" not in error_at(answer.text, field)


def test_the_command_that_does_the_same_is_shown(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    assert f"authserver clients update {client.client_id} --metadata" in at.get(tab(client)).text
    assert "Advanced" not in at.get("/settings/apps/new").text
