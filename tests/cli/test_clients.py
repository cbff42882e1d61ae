"""`authserver clients`: RFC 7591 documents in and out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import ECKey

from authserver import clock
from authserver.models import clients
from tests.cli.conftest import Cli
from tests.factories import make_api_key, make_client, make_user, unique, within
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

CALLBACK = "https://client.example/callback"


def token_status(http: FlaskClient, client_id: str, secret: str) -> int:
    answer = http.post("/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret))
    return answer.status_code


def test_RFC7591_s3_2_1_web_client_with_all_flags(cli: Cli, house: "House") -> None:
    owner, _ = make_user(house)
    client_id = unique("web")
    done = cli(
        *["clients", "create", "--name", "Web", "--client-id", client_id, "--owner", owner.email, "-o", "json"],
        *["--redirect-uri", CALLBACK, "--redirect-uri", "http://127.0.0.1/cb"],
        *["--grant-type", "authorization_code", "--grant-type", "refresh_token", "--scope", "openid read:realms"],
        *["--auth-method", "client_secret_post", "--trusted", "--no-require-pkce", "--access-token-format", "opaque"],
        *["--post-logout-redirect-uri", "https://client.example/bye", "--origin", "https://client.example"],
        *["--backchannel-logout-uri", "https://client.example/told"],
    )

    assert done.code == 0
    expected = {
        "backchannel_logout_uri": "https://client.example/told",
        "client_id": client_id,
        "client_name": "Web",
        "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid read:realms",
        "token_endpoint_auth_method": "client_secret_post",
        "trusted": True,
        "require_pkce": False,
        "access_token_format": "opaque",
        "post_logout_redirect_uris": ["https://client.example/bye"],
        "allowed_origins": ["https://client.example"],
    }
    assert expected.items() <= done.json.items()
    assert len(done.json["client_secret"]) >= 43
    shown = cli("clients", "show", client_id, "-o", "json")
    assert shown.json["owner"] == owner.id
    assert done.json["client_secret"] not in shown.out
    assert shown.json["secrets"][0]["hint"] == done.json["client_secret"][-4:]


def test_created_client_gets_tokens_at_once(cli: Cli, http: FlaskClient) -> None:
    made = cli("clients", "create", "--name", "CI", "--grant-type", "client_credentials", "-o", "json").json

    assert token_status(http, made["client_id"], made["client_secret"]) == 200


def test_contract_resource_server_introspects(cli: Cli, http: FlaskClient, house: "House") -> None:
    audience = f"https://{unique('api')}.example"
    _, key = make_api_key(house, make_user(house)[0], environment="test")
    create = ("clients", "create", "--resource-server", "--name", "API", "--audience", audience, "-o", "json")

    made = cli(*create, "--environment", "any", "--meter").json

    answer = http.post("/introspect", data={"token": key}, auth=(made["client_id"], made["client_secret"]))
    assert answer.json["active"] is True
    assert (made["audience"], made["environment"], made["meter"]) == (audience, "any", True)
    again = cli(*create)
    assert (again.code, again.out) == (5, "")


def test_taken_client_id_is_a_conflict(cli: Cli) -> None:
    create = ("clients", "create", "--name", "CI", "--grant-type", "client_credentials", "--client-id", unique("ci"))

    assert [cli(*create).code, cli(*create).code] == [0, 5]


@pytest.mark.parametrize(
    "options",
    [
        ["--name", "X"],
        ["--name", "X", "--redirect-uri", "http://far.example/"],
        ["--name", "X", "--redirect-uri", CALLBACK, "--scope", "no:such"],
        ["--name", "X", "--redirect-uri", CALLBACK, "--grant-type", "password"],
        ["--name", "X", "--resource-server"],
        ["--name", "X\u202e", "--redirect-uri", CALLBACK],
        ["--name", "X", "--redirect-uri", CALLBACK, "--auth-method", "none", "--no-require-pkce"],
        ["--name", "X", "--redirect-uri", CALLBACK, "--client-id", "realmkit-web"],
        ["--metadata", "/no/such/file"],
    ],
)
def test_refused_metadata_changes_nothing(options: list[str], cli: Cli, row_counts: object) -> None:
    before = row_counts()  # type: ignore[operator]

    done = cli("clients", "create", *options)

    assert (done.code, done.out) == (1, "")
    assert row_counts() == before  # type: ignore[operator]


def test_decision_43_metadata_goes_with_three_flags_only(cli: Cli, tmp_path: Path) -> None:
    document = {"client_name": "From a file", "redirect_uris": [CALLBACK], "unknown_member": 1}
    path = tmp_path / "client.json"
    path.write_text(json.dumps(document))
    client_id, origin = unique("file"), "https://client.example"

    from_file = cli(
        *["clients", "create", "--metadata", str(path), "--client-id", client_id, "--origin", origin, "-o", "json"]
    )
    from_stdin = cli("clients", "create", "--metadata", "-", "-o", "json", stdin=json.dumps(document))

    assert from_file.json["client_id"] == client_id
    assert from_file.json["allowed_origins"] == [origin]
    assert from_stdin.json["client_name"] == "From a file"
    assert "unknown_member" not in from_stdin.json
    for flag in (["--name", "X"], ["--trusted"], ["--redirect-uri", CALLBACK], ["--resource-server"]):
        assert cli("clients", "create", "--metadata", "-", *flag, stdin=json.dumps(document)).code == 2
    for broken in ("", "[]", "{", '"text"', "[" * 100_000):
        assert cli("clients", "create", "--metadata", "-", stdin=broken).code == 1


def test_update_changes_what_is_named_and_keeps_the_rest(cli: Cli, house: "House") -> None:
    client, _ = make_client(house, scope="openid read:realms", trusted=True)

    changed = cli("clients", "update", client.client_id, "--redirect-uri", "https://new.example/cb", "-o", "json").json

    assert changed["redirect_uris"] == ["https://new.example/cb"]
    assert (changed["scope"], changed["trusted"]) == ("openid read:realms", True)
    assert cli("clients", "update", client.client_id, "--no-trusted", "-o", "json").json["trusted"] is False
    assert cli("clients", "update", "no-such-client", "--no-trusted").code == 3


def test_C2_an_operator_says_that_a_client_was_looked_at(cli: Cli, house: "House") -> None:
    client, _ = make_client(house)

    def update(*flags: str) -> Any:
        return cli("clients", "update", client.client_id, *flags, "-o", "json").json

    assert cli("clients", "show", client.client_id, "-o", "json").json["verified_at"] is None
    at = update("--verified")["verified_at"]
    assert abs(at - clock.now()) < 60
    assert update("--name", "Renamed")["verified_at"] == at  # whoever may say so may also rename it
    assert update("--verified")["verified_at"] == at
    assert update("--unverified", "--name", "Again")["verified_at"] is None
    assert cli("clients", "update", client.client_id).code == 2
    assert cli("clients", "update", "no-such-client", "--verified").code == 3


def test_CA10_rotated_secret_and_its_overlap(cli: Cli, http: FlaskClient, house: "House") -> None:
    client, first = make_client(house, type="machine")

    second = cli("clients", "rotate-secret", client.client_id, "--overlap", "24h", "-o", "json").json["client_secret"]
    both = [token_status(http, client.client_id, secret) for secret in (first, second)]
    third = cli("clients", "rotate-secret", client.client_id, "-o", "json").json["client_secret"]
    after = [token_status(http, client.client_id, secret) for secret in (first, second, third)]

    assert both == [200, 200]
    assert after == [401, 401, 200]
    assert cli("clients", "rotate-secret", client.client_id, "--overlap", "8d").code == 1
    assert cli("clients", "rotate-secret", "no-such-client").code == 3


def test_decision_25_disabled_and_deleted_clients_end_their_tokens(cli: Cli, http: FlaskClient, house: "House") -> None:
    client, secret = make_client(house, type="machine")
    rp = RelyingParty(http, client, secret)
    rp.token(grant_type="client_credentials")

    def active() -> bool:
        reply = rp.introspect()
        return reply.status_code == 200 and reply.json["active"]

    assert active()
    assert cli("clients", "disable", client.client_id, "-o", "json").json["disabled"] is True
    assert not active()
    assert cli("clients", "disable", client.client_id).code == 0
    assert cli("clients", "enable", client.client_id, "-o", "json").json["disabled"] is False
    assert active()
    assert cli("clients", "delete", client.client_id).code == 0
    assert not active()
    assert [cli("clients", verb, client.client_id).code for verb in ("delete", "show", "disable")] == [3, 3, 3]
    assert client.client_id not in cli("clients", "list").out


def test_RFC7523_a_client_with_a_key_of_its_own_gets_no_secret(cli: Cli, http: FlaskClient, house: "House") -> None:
    key = ECKey.generate_key("P-256", {"kid": "one"})
    document = {
        "client_name": "Signer",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.as_dict(private=False)]},
    }
    made = cli("clients", "create", "--metadata", "-", "-o", "json", stdin=json.dumps(document))
    assert made.code == 0
    assert document.items() <= made.json.items()
    assert "client_secret" not in made.json
    assert "client_secret" not in made.err
    with within(house):
        client = clients.find(made.json["client_id"])
    assert client is not None
    assert RelyingParty(http, client, key).token(grant_type="client_credentials").status_code == 200
    assert cli("clients", "rotate-secret", client.client_id).code == 1
    assert cli("clients", "show", client.client_id, "-o", "json").json["secrets"] == []


@pytest.mark.parametrize("uri", ["https://127.0.0.1/jwks", "https://169.254.169.254/", "http://app.example/jwks"])
def test_SF1_keys_at_an_address_that_is_not_public(cli: Cli, uri: str) -> None:
    document = {"client_name": "Signer", "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri}
    refused = cli("clients", "create", "--metadata", "-", stdin=json.dumps({**document, "redirect_uris": [CALLBACK]}))
    assert refused.code == 1
    assert "jwks_uri" in refused.err
