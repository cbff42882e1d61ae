"""The rules of `docs/leak-detection.md` find keys, and nothing in the document itself."""

import re
import tomllib
from collections import Counter
from math import log2
from typing import Any

import pytest

from authserver.oauth.credentials.api_key import generate
from tests.architecture.sources import ROOT

DOCUMENT = (ROOT / "docs" / "leak-detection.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^## ([^\n]+)$.*?```(?:toml|yaml)\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE))


def gitleaks() -> dict[str, Any]:
    (rule,) = tomllib.loads(BLOCKS["gitleaks"])["rules"]
    found: dict[str, Any] = rule
    return found


def trufflehog() -> dict[str, Any]:
    """The one detector; YAML is read as far as this file uses it."""
    block = BLOCKS["trufflehog"]
    keywords = re.findall(r"^ +- (rk_\w+)$", block, re.MULTILINE)
    pattern = re.search(r"key: '(.+)'", block)
    entropy = re.search(r"entropy: ([0-9.]+)", block)
    assert pattern
    assert entropy
    return {"regex": pattern[1], "keywords": keywords, "entropy": float(entropy[1])}


def entropy(text: str) -> float:
    """Shannon's, in bits a character, as both programs compute it."""
    return -sum(count / len(text) * log2(count / len(text)) for count in Counter(text).values())


@pytest.mark.parametrize("rule", [gitleaks(), trufflehog()], ids=["gitleaks", "trufflehog"])
def test_decision_29_a_rule_finds_every_key_and_only_what_looks_like_one(rule: dict[str, Any]) -> None:
    pattern = re.compile(rule["regex"])
    for environment in ("live", "test") * 500:
        key = generate(environment)
        found = pattern.search(f'api_key = "{key}";')
        assert found
        assert found[1] == key
        assert any(word in key for word in rule["keywords"])
        assert entropy(key) > rule["entropy"]
    for other in (
        generate("live")[:-1],
        generate("live") + "A",
        generate("live").replace("rk_", "sk_"),
        "rk_live_example",
    ):
        assert not pattern.search(f" {other} ")


def test_the_document_holds_no_key() -> None:
    assert not re.search(r"rk_(?:live|test)_[0-9A-Za-z]{32}", DOCUMENT)
