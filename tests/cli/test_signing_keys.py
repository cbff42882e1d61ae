"""`authserver signing-keys`."""

from tests.cli.conftest import Cli


def listed(cli: Cli, alg: str = "ES256") -> list[tuple[str, str]]:
    rows = cli("signing-keys", "list", "-o", "json").json
    return [(row["kid"], row["state"]) for row in rows if row["alg"] == alg]


def test_RFC7517_rotated_key_waits_for_caches_unless_now(own_cli: Cli) -> None:
    ((first, state),) = listed(own_cli)

    (waiting,) = own_cli("signing-keys", "rotate", "--alg", "ES256", "-o", "json").json
    at_once = own_cli("signing-keys", "rotate", "--alg", "ES256", "--now", "-o", "json").json[0]

    assert state == "current"
    assert waiting["state"] == "next"
    assert dict(listed(own_cli)) == {first: "previous", waiting["kid"]: "next", at_once["kid"]: "current"}
    assert len(listed(own_cli, "RS256")) == 1


def test_rotate_without_algorithm_rotates_all(own_cli: Cli) -> None:
    made = own_cli("signing-keys", "rotate", "--now", "-o", "json").json

    assert sorted(row["alg"] for row in made) == ["ES256", "EdDSA", "PS256", "RS256"]
    assert {row["state"] for row in made} == {"current"}


def test_retired_current_key_has_a_successor(own_cli: Cli) -> None:
    ((first, _),) = listed(own_cli)

    done = own_cli("signing-keys", "retire", first, "-o", "json")

    assert done.json["state"] == "retired"
    assert sorted(state for _, state in listed(own_cli)) == ["current", "retired"]
    assert "retired before" in own_cli("signing-keys", "retire", first).err
    assert sorted(state for _, state in listed(own_cli)) == ["current", "retired"]
    assert own_cli("signing-keys", "retire", "k_absent").code == 3
    tags = [event["tag"] for event in own_cli("audit", "export", "-o", "json").json]
    assert tags.count("signing_key.retired") == 1
