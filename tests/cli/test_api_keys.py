"""`authserver api-keys`."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask.testing import FlaskClient

from authserver.oauth.credentials.api_key import generate
from tests.cli.conftest import Cli
from tests.factories import make_api_key, make_resource_server, make_user

if TYPE_CHECKING:
    from authserver.composition import House


def introspected(http: FlaskClient, house: "House", key: str, **more: str) -> dict[str, object]:
    api, secret = make_resource_server(house, environment="any")
    answer = http.post("/introspect", data={"token": key, **more}, auth=(api.client_id, secret))
    return answer.json


def test_contract_created_key_is_active(cli: Cli, http: FlaskClient, house: "House") -> None:
    user, _ = make_user(house)
    done = cli(
        *["api-keys", "create", "--user", user.email, "--name", "CI", "--scope", "read:realms download:realms"],
        *[
            "--environment",
            "test",
            "--expires",
            "90d",
            "--allow-ip",
            "203.0.113.0/24",
            "--note",
            "for CI",
            "-o",
            "json",
        ],
    )

    claims = introspected(http, house, done.json["key"], ip="203.0.113.9")
    assert (claims["active"], claims["key_id"], claims["scope"]) == (
        True,
        done.json["id"],
        "read:realms download:realms",
    )
    assert claims["exp"] == done.json["expires_at"] == done.json["created_at"] + 90 * 86400
    assert done.json["hint"] == f"rk_test_...{done.json['key'][-4:]}"
    assert introspected(http, house, done.json["key"], ip="192.0.2.1") == {"active": False}


def test_decision_43_a_key_without_expires_never_expires(cli: Cli, house: "House") -> None:
    user, _ = make_user(house)
    create = ("api-keys", "create", "--user", user.username, "--name", "CI", "--scope", "read:realms", "-o", "json")

    assert cli(*create).json["expires_at"] is None
    assert cli(*create, "--expires", "never").json["expires_at"] is None
    assert cli(*create, "--expires", "0").code == 1


@pytest.mark.parametrize("scope", ["openid", "admin", "manage", "no:such", "read:realms  write:realms", ""])
def test_decision_30_scopes_that_no_key_carries(scope: str, cli: Cli, house: "House", row_counts: object) -> None:
    user, _ = make_user(house, is_admin=True)
    before = row_counts()  # type: ignore[operator]

    done = cli("api-keys", "create", "--user", user.username, "--name", "CI", "--scope", scope)

    assert (done.code, done.out) == (1, "")
    assert row_counts() == before  # type: ignore[operator]


def test_list_shows_states_and_no_key(cli: Cli, house: "House", frozen: time_machine.Traveller) -> None:
    user, _ = make_user(house)
    live, expiring, revoked = (make_api_key(house, user, **wish) for wish in ({}, {"expires_in": 60}, {}))
    assert cli("api-keys", "revoke", revoked[0].id).code == 0
    frozen.shift(61)

    listed = cli("api-keys", "list", "--user", user.username, "-o", "json")

    states = {row["id"]: row["state"] for row in listed.json}
    assert states == {live[0].id: "live", expiring[0].id: "expired", revoked[0].id: "revoked"}
    assert not [key for _, key in (live, expiring, revoked) if key in listed.out]


def test_revoked_key_is_dead_at_once(cli: Cli, http: FlaskClient, house: "House") -> None:
    row, key = make_api_key(house, make_user(house)[0])

    assert cli("api-keys", "revoke", row.id, "-o", "json").json["state"] == "revoked"

    assert introspected(http, house, key) == {"active": False}
    assert "revoked before" in cli("api-keys", "revoke", row.id).err
    assert cli("api-keys", "revoke", "key_absent").code == 3


def test_AK6_rotation_once_with_overlap(
    cli: Cli, http: FlaskClient, house: "House", frozen: time_machine.Traveller
) -> None:
    row, old = make_api_key(house, make_user(house)[0])

    new = cli("api-keys", "rotate", row.id, "--overlap", "24h", "-o", "json").json

    assert (new["replaces"], new["scope"]) == (row.id, row.scope)
    assert [introspected(http, house, key)["active"] for key in (old, new["key"])] == [True, True]
    assert cli("api-keys", "rotate", row.id).code == 5
    frozen.shift(24 * 3600 + 1)
    assert [introspected(http, house, key)["active"] for key in (old, new["key"])] == [False, True]
    assert cli("api-keys", "rotate", new["id"], "--overlap", "8d").code == 1
    assert cli("api-keys", "rotate", "key_absent").code == 3


def test_decision_29_scan_finds_keys_by_checksum_and_shows_none(
    bare_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHSERVER_DATA_DIR", str(tmp_path / "absent"))
    key, other = generate("live"), generate("test")
    swapped = other.replace("rk_test_", "rk_live_")
    leak = tmp_path / "leak.bin"
    leak.write_bytes(b"\xff\x00first\n" + f"a = '{key}' or {key}x\n{swapped} xx{other}\n".encode())
    clean = tmp_path / "clean.txt"
    clean.write_text(f"{key[:-1]} {swapped}\n")

    done = bare_cli("api-keys", "scan", str(leak), "-o", "json")

    assert done.code == 6
    assert [(row["line"], row["column"], row["hint"]) for row in done.json] == [
        (2, 6, f"rk_live_...{key[-4:]}"),
        (2, 6 + len(key) + 5, f"rk_live_...{key[-4:]}"),
        (3, len(swapped) + 4, f"rk_test_...{other[-4:]}"),
    ]
    assert {row["state"] for row in done.json} == {None}
    assert key not in done.out + done.err
    assert bare_cli("api-keys", "scan", str(clean)).code == 0
    assert bare_cli("api-keys", "scan", "-", stdin=f"x {other}").code == 6
    assert bare_cli("api-keys", "scan", str(tmp_path / "nothing")).code == 3
    assert bare_cli("api-keys", "scan", str(tmp_path)).code == 1
    assert not (tmp_path / "absent").exists()


def test_decision_29_scan_with_a_database_says_what_became_of_them(cli: Cli, house: "House") -> None:
    user, _ = make_user(house)
    (_, live), (dead, revoked) = make_api_key(house, user), make_api_key(house, user)
    cli("api-keys", "revoke", dead.id)

    done = cli("api-keys", "scan", "-", "-o", "json", stdin=f"{live}\n{revoked}\n{generate('live')}\n")

    assert [row["state"] for row in done.json] == ["live", "revoked", "unknown"]
