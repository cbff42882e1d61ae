"""`authserver issuers` (RFC 7523)."""

import json
from pathlib import Path

from joserfc.jwk import ECKey

from tests.cli.conftest import Cli
from tests.factories import unique


def test_an_issuer_is_trusted_until_it_is_removed(cli: Cli, tmp_path: Path) -> None:
    name, keys = f"https://{unique('issuer')}.example", tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}))
    good = ("issuers", "add", name, "--jwks", str(keys), "--subject", "email")

    made = cli(*good, "--scope", "read:realms", "-o", "json").json

    assert (made["issuer"], made["subject"], made["scope"], made["disabled"]) == (name, "email", "read:realms", False)
    assert cli(*good).code == 5
    assert name in [one["issuer"] for one in cli("issuers", "list", "-o", "json").json]
    assert cli("issuers", "disable", name, "-o", "json").json["disabled"] is True
    assert cli("issuers", "enable", name, "-o", "json").json["disabled"] is False
    assert cli("issuers", "remove", name, "-o", "json").json == {"issuer": name, "removed": True}
    assert [cli("issuers", verb, name).code for verb in ("remove", "disable", "enable")] == [3, 3, 3]


def test_keys_must_be_there_and_public(cli: Cli, tmp_path: Path) -> None:
    name, keys = f"https://{unique('issuer')}.example", tmp_path / "jwks.json"
    add = ("issuers", "add", name, "--subject", "email")
    assert cli(*add).code == 1
    assert cli("issuers", "add", name, "--jwks-uri", "https://keys.example/").code == 2
    for text in ("no JSON", "{}", json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=True)]})):
        keys.write_text(text)
        assert cli(*add, "--jwks", str(keys)).code == 1
    assert cli(*add, "--jwks", str(tmp_path / "absent")).code == 1
