"""Rate headers by the syntax of draft-ietf-httpapi-ratelimit-headers and RFC 9651."""

import pytest

from authserver.resource_server import RateLimit

NOW = 1795500000


def limit(policy: str = "standard", *, resets_at: int = NOW + 1740) -> RateLimit:
    return RateLimit(policy=policy, limit=1000, window=3600, remaining=12, resets_at=resets_at, exceeded=False)


def test_both_families() -> None:
    assert dict(limit().headers(NOW)) == {
        "RateLimit-Policy": '"standard";q=1000;w=3600',
        "RateLimit": '"standard";r=12;t=1740',
        "X-RateLimit-Limit": "1000",
        "X-RateLimit-Remaining": "12",
        "X-RateLimit-Reset": str(NOW + 1740),
    }


def test_a_kept_answer_counts_down_and_says_nothing_of_the_next_window() -> None:
    assert dict(limit().headers(NOW + 1740))["RateLimit"] == '"standard";r=12;t=0'
    assert limit().headers(NOW + 1741) == []


@pytest.mark.parametrize(("name", "text"), [('a"b', r'"a\"b"'), ("a\\b", r'"a\\b"'), ("gold\r\nX: é", '"gold??X: ?"')])
def test_rfc9651_s3_3_3_a_name_is_a_string(name: str, text: str) -> None:
    assert dict(limit(name).headers(NOW))["RateLimit"].startswith(f"{text};r=")
