"""Rules of client metadata (RFC 7591 section 2; cases DC2-DC4, DC6), and clients made and changed by them."""

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authserver.models import client_secrets
from authserver.models import clients as rows
from authserver.models.unit_of_work import UnitOfWork, unit_of_work
from authserver.oauth import client_metadata as rules
from authserver.oauth import clients
from authserver.oauth.client_members.about import PAGES
from authserver.oauth.errors import InvalidClientMetadataError, InvalidRedirectUriError, OAuth2Error
from tests.factories import ACTOR, CALLBACK, make_client, make_resource_server, make_user, unique

if TYPE_CHECKING:
    from authserver.composition import House

WEB = {"client_name": "Web", "redirect_uris": [CALLBACK]}
WEIRD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.lists(st.text(max_size=9), max_size=4)
)
NAMES = (
    *("client_name", "redirect_uris", "post_logout_redirect_uris", "allowed_origins", "grant_types", "response_types"),
    *("scope", "token_endpoint_auth_method", "require_pkce", "access_token_format", "access_token_signed_response_alg"),
    *("id_token_signed_response_alg", "trusted", "allow_scope_deselect", "audience", "environment", "meter", "type"),
    *("client_uri", "logo_uri", "policy_uri", "tos_uri", "contacts", "default_max_age", "application_type", "unknown"),
)


def read(document: dict[str, Any], *, privileged: bool = False) -> rows.Client:
    return rules.read(document, privileged=privileged)


# -- defaults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "kind", "method", "grants"),
    [
        (WEB, "web", "client_secret_basic", ("authorization_code", "refresh_token")),
        ({**WEB, "token_endpoint_auth_method": "none"}, "spa", "none", ("authorization_code", "refresh_token")),
        ({**WEB, "application_type": "native"}, "native", "none", ("authorization_code", "refresh_token")),
        ({"client_name": "M", "grant_types": ["client_credentials"]}, "machine", "client_secret_basic",
         ("client_credentials",)),
        ({"client_name": "R", "audience": "https://api.example"}, "resource_server", "client_secret_basic", ()),
    ],
)  # fmt: skip
def test_s2_type_and_defaults_follow_from_the_document(
    unit: UnitOfWork, document: dict[str, Any], kind: str, method: str, grants: tuple[str, ...]
) -> None:
    client = read(document, privileged=True)
    assert (client.type, client.token_endpoint_auth_method, client.grant_types) == (kind, method, grants)
    assert client.require_pkce is True
    assert client.trusted is False
    assert (client.access_token_format, client.id_token_signed_response_alg) == ("jwt", "RS256")


def test_s2_unknown_metadata_is_left_out(unit: UnitOfWork) -> None:
    client = read({**WEB, "software_statement": "x", "favourite_colour": "blue"})
    assert "blue" not in repr(client)


def test_s3_2_1_document_reads_back_as_itself(house: "House", unit: UnitOfWork) -> None:
    for client, _ in (make_client(house), make_client(house, type="native"), make_resource_server(house, meter=True)):
        again = read(rules.document(client), privileged=True)
        assert rules.document(again) == rules.document(client)


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["redirect_uris", "post_logout_redirect_uris"])
@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:text/html,x", "https://*.example/cb", "http://ok.test/cb"]
)
def test_DC2_redirect_uris(unit: UnitOfWork, name: str, uri: str) -> None:
    error = InvalidRedirectUriError if name == "redirect_uris" else InvalidClientMetadataError
    with pytest.raises(error):
        read({**WEB, name: [CALLBACK, uri]})


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "data:text/html,x", "http://ok.test/", "ok.test", "https://", "https://u@ok.test/",
     "https://ok.test/#x", "https://ok.test/ x", "https://ok.test/\n", "https://\u00e9.test/", 1, ["https://ok.test/"],
     "https://ok.test/" + "a" * 500, "https://[::1"],
)  # fmt: skip
def test_DC2_pages_of_a_client(unit: UnitOfWork, name: str, uri: object) -> None:
    with pytest.raises(InvalidClientMetadataError):
        read({**WEB, name: uri})


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "admin"}, {"scope": "openid unknown:scope"}, {"scope": 'a"b'}, {"scope": ["openid"]},
        {"grant_types": ["password"]}, {"grant_types": ["implicit"]}, {"grant_types": "authorization_code"},
        {"response_types": ["token"]}, {"response_types": ["code", "id_token"]},
        {"trusted": True}, {"environment": "test"}, {"meter": True}, {"audience": "https://api.example"},
        {"token_endpoint_auth_method": "client_secret_jwt"}, {"token_endpoint_auth_method": None},
        {"id_token_signed_response_alg": "none"}, {"id_token_signed_response_alg": "HS256"},
        {"access_token_signed_response_alg": "none"}, {"access_token_format": "xml"}, {"type": "admin"},
        {"require_pkce": "false"}, {"require_pkce": False, "token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]}, {"redirect_uris": []},
        {"default_max_age": -1}, {"default_max_age": True}, {"default_max_age": "60"}, {"contacts": "x"},
        {"contacts": ["x"] * 51}, {"redirect_uris": [f"https://ok.test/{number}" for number in range(51)]},
    ],
)  # fmt: skip
def test_DC3_what_nobody_may_grant_themselves(unit: UnitOfWork, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadataError) as refused:
        read({**WEB, **change})
    assert refused.value.error == "invalid_client_metadata"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "x" * 101,
        "x" * 10_000,
        "a\u202eb",
        "a\u200bb",
        "a\nb",
        "a\0b",
        "a\u2028b",
        "\ud800",
        "\ue000",
        None,
        1,
        [],
    ],
)
def test_DC6_names_that_could_deceive(unit: UnitOfWork, name: object) -> None:
    with pytest.raises(InvalidClientMetadataError):
        read({**WEB, "client_name": name})


@pytest.mark.parametrize("name", ["Ada's App", "<b>App</b>", "Åpp 東京 🚀", "a" * 100])
def test_DC6_ordinary_names(unit: UnitOfWork, name: str) -> None:
    assert read({**WEB, "client_name": f"  {name} "}).name == name


@pytest.mark.parametrize(
    "origin",
    ["https://ok.test/", "https://OK.test", "ok.test", "https://ok.test/x", "https://u@ok.test", "*", "null", "ftp://x",
     "https://ok.test:x", "https://ok.test:\u0661", "https://ok.test\n", "https://*.ok.test", 'https://ok.test"'],
)  # fmt: skip
def test_d41_malformed_origins(unit: UnitOfWork, origin: str) -> None:
    with pytest.raises(InvalidClientMetadataError):
        read({**WEB, "allowed_origins": [origin]})


@pytest.mark.parametrize("origin", ["https://ok.test", "http://localhost:5173", "https://[::1]:8443"])
def test_d41_good_origins(unit: UnitOfWork, origin: str) -> None:
    assert read({**WEB, "allowed_origins": [origin]}).allowed_origins == (origin,)


def test_d31_administrators_may_set_what_others_may_not(unit: UnitOfWork) -> None:
    assert read({**WEB, "trusted": True}, privileged=True).trusted
    assert read({**WEB, "scope": "admin"}, privileged=True).scope == "admin"
    server = read({"client_name": "R", "audience": "https://api.example", "environment": "any"}, privileged=True)
    assert (server.type, server.environment) == ("resource_server", "any")


@pytest.mark.parametrize(
    "change",
    [{"grant_types": ["client_credentials"]}, {"token_endpoint_auth_method": "none"}, {"audience": None},
     {"audience": "x"}, {"audience": "http://api.example"}, {"environment": "prod"}],
)  # fmt: skip
def test_resource_server_authenticates_and_uses_no_grant(unit: UnitOfWork, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadataError):
        read(
            {"client_name": "R", "type": "resource_server", "audience": "https://api.example", **change},
            privileged=True,
        )


@settings(max_examples=400, deadline=None, database=None)
@given(change=st.dictionaries(st.sampled_from(NAMES), WEIRD, max_size=4), privileged=st.booleans())
def test_IJ4_any_document_is_a_client_or_a_clear_refusal(
    house: "House", change: dict[str, Any], privileged: bool
) -> None:
    with unit_of_work(house.database):
        client = _read_or_none({**WEB, **change}, privileged=privileged)
        if client is not None:
            assert rules.document(read(rules.document(client), privileged=True)) == rules.document(client)


def _read_or_none(document: dict[str, Any], *, privileged: bool) -> rows.Client | None:
    try:
        return read(document, privileged=privileged)
    except OAuth2Error:
        return None


# -- ids, and clients in the database ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted", ["", "ab", "-abc", "a b", "a/b", "é" * 5, "a" * 101, "realmkit-web", "realmkit-x", "a\n"]
)
def test_d26_client_ids_that_may_not_be_chosen(wanted: str) -> None:
    with pytest.raises(InvalidClientMetadataError):
        rules.client_id(wanted)


def test_d42_made_up_client_ids_never_begin_with_a_dash() -> None:
    made = {rules.client_id(None) for _ in range(200)}
    assert len(made) == 200
    assert not any(name.startswith("-") for name in made)


def test_id_and_audience_are_taken_once(house: "House", unit: UnitOfWork) -> None:
    client, _ = make_client(house, client_id=unique("chosen"))
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, client_id=client.client_id)
    server, _ = make_resource_server(house)
    with pytest.raises(InvalidClientMetadataError):
        make_resource_server(house, audience=server.audience)


def test_public_client_gets_no_secret_and_others_one_of_43_characters(house: "House", unit: UnitOfWork) -> None:
    assert make_client(house, type="spa")[1] == ""
    assert len(make_client(house)[1]) >= 43


def test_secret_stands_in_no_repr(house: "House", unit: UnitOfWork) -> None:
    made = clients.register(WEB, owner_id=None, privileged=False, actor=ACTOR)
    assert made.secret
    assert made.secret not in repr(made)
    assert made.secret in clients.document(made.client, made.secret)["client_secret"]
    assert "client_secret" not in clients.document(made.client)


@pytest.mark.parametrize("change", [{"trusted": True}, {"scope": "admin"}, {"audience": "https://api.example"}])
def test_AD4_owner_cannot_raise_a_client(house: "House", unit: UnitOfWork, change: dict[str, Any]) -> None:
    client, _ = make_client(house, owner=make_user(house)[0])
    with pytest.raises(InvalidClientMetadataError):
        clients.change(client, change, privileged=False, actor=ACTOR)
    assert rows.find(client.client_id) == client


def test_AD4_type_and_method_are_fixed(house: "House", unit: UnitOfWork) -> None:
    client, _ = make_client(house)
    for change in (
        {"type": "spa"},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "client.example"},
    ):
        with pytest.raises(InvalidClientMetadataError):
            clients.change(client, change, privileged=True, actor=ACTOR)


def test_rfc6749_s2_3_1_the_way_of_a_secret_can_be_changed_and_secrets_end_with_it(
    house: "House", unit: UnitOfWork
) -> None:
    client, _ = make_client(house)
    secrets = client_secrets.alive(client.client_id)
    posts = clients.change(client, {"token_endpoint_auth_method": "client_secret_post"}, privileged=False, actor=ACTOR)
    assert client_secrets.alive(client.client_id) == secrets
    wish = {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://client.example/jwks"}
    with pytest.raises(InvalidClientMetadataError, match="needs jwks or jwks_uri"):
        clients.change(posts, {**wish, "jwks_uri": None}, privileged=False, actor=ACTOR)
    assert client_secrets.alive(client.client_id) == secrets
    clients.change(posts, wish, privileged=False, actor=ACTOR)
    assert client_secrets.alive(client.client_id) == []
    signer = rows.find(client.client_id)
    assert signer is not None
    assert signer.token_endpoint_auth_method == "private_key_jwt"


def test_AD4_a_public_client_cannot_be_made_confidential(house: "House", unit: UnitOfWork) -> None:
    client, _ = make_client(house, type="spa", jwks_uri="https://client.example/jwks")
    for method in ("client_secret_basic", "private_key_jwt"):
        with pytest.raises(InvalidClientMetadataError, match="cannot be changed from none"):
            clients.change(client, {"token_endpoint_auth_method": method}, privileged=True, actor=ACTOR)


def test_change_keeps_what_it_does_not_name(house: "House", unit: UnitOfWork) -> None:
    client, _ = make_client(house, scope="openid", client_uri="https://client.example", trusted=True)
    changed = clients.change(client, {"client_name": "Other"}, privileged=False, actor=ACTOR)
    kept = rows.find(client.client_id)
    assert kept is not None
    assert (kept.name, kept.scope, kept.trusted) == ("Other", "openid", True)
    assert kept.details == {"client_uri": "https://client.example"}
    assert changed.name == "Other"
