"""Durations (contract: `15m 24h 90d never`; decision 43: `0` is one)."""

import pytest

from authserver.cli.durations import seconds


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("1s", 1), ("15m", 900), ("24h", 86400), ("90d", 7776000), ("0d", 0)]
)
def test_contract_durations_are_read(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "15", "m", "-1h", "1.5h", "1h30m", "1w", " 1h", "٣m", "9999999999d", "never"])
def test_contract_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        seconds(text)
