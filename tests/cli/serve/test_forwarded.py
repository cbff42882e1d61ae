"""X-Forwarded-For, -Proto and -Host by the exact number of trusted proxies."""

import pytest

from authserver.cli.serve.forwarded import Origin, origin

NOTHING = Origin(None, None, None)


@pytest.mark.parametrize(
    ("hops", "lines", "address"),
    [
        (1, ["203.0.113.7"], "203.0.113.7"),
        (1, ["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (1, ["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        (2, ["6.6.6.6, 203.0.113.7, 10.0.0.1"], "203.0.113.7"),
        (2, ["203.0.113.7"], None),
        (1, [], None),
        (1, ["203.0.113.7:4711"], "203.0.113.7"),
        (1, ["[2001:db8::1]:4711"], "2001:db8::1"),
        (1, ["2001:DB8::1"], "2001:db8::1"),
        (1, ["unknown"], None),
        (1, ["6.6.6.6,"], None),
    ],
)
def test_the_address_is_the_entry_of_the_outermost_trusted_proxy(
    hops: int, lines: list[str], address: str | None
) -> None:
    assert origin([("x-forwarded-for", line) for line in lines], hops=hops).address == address


def test_scheme_and_host_follow_the_same_count() -> None:
    headers = [("x-forwarded-proto", "http, HTTPS"), ("x-forwarded-host", "evil.example, id.example:8443")]
    assert origin(headers, hops=1) == Origin(None, "https", "id.example:8443")
    assert origin(headers, hops=2) == Origin(None, "http", "evil.example")
    assert origin(headers, hops=3) == NOTHING


@pytest.mark.parametrize("host", ["a b", "a/b", "a@b", "", "[::1", "a:b", "ä.example", "a\t"])
def test_nonsense_is_not_believed(host: str) -> None:
    assert origin([("x-forwarded-host", host), ("x-forwarded-proto", "ftp")], hops=1).scheme is None
    assert origin([("x-forwarded-host", host)], hops=1).host in {None, host.strip() if host == "a\t" else None}


@pytest.mark.parametrize(
    ("headers", "certificate"),
    [
        ([("x-forwarded-for", "203.0.113.7"), ("client-cert", ":AA==:")], ":AA==:"),
        ([("client-cert", ":AA==:")], None),  # it has not come the whole way
        ([("x-forwarded-for", "203.0.113.7"), ("client-cert", ":AA==:"), ("client-cert", ":BB==:")], None),
        ([("x-forwarded-for", "203.0.113.7")], None),
    ],
)
def test_the_certificate_is_what_the_proxy_has_seen(headers: list[tuple[str, str]], certificate: str | None) -> None:
    """RFC 9440 section 2.4: a field that a caller has written must not count."""
    assert origin(headers, hops=1).certificate == certificate
