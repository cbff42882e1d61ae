"""Redirect URIs: registration, exact comparison, the loopback rule (RFC 9700 section 4.1, RFC 8252 section 7.3)."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from authserver.oauth import redirect_uri
from authserver.oauth.errors import InvalidRedirectUriError

REGISTERED = "https://ok.test/cb"
LOOPBACK = "http://127.0.0.1/cb"
SIXTH = "http://[::1]/cb"
light = settings(max_examples=300, deadline=None, database=None)

PIECES = (
    *("/", "//", "?x", "?", "#", "#x", "%2F", "%2e", "%252f", "/..", "/.", "..;/", "\\", "\t", "\n", "\r", "\0", " "),
    *("@", "@evil.test", ":", ":443", ":0", ":80", ".", ".evil.test", "*", "&", ";", "é", "%00", "%0d%0a", "\u3002"),
)


@st.composite
def mutants(draw: st.DrawFn, uri: str) -> str:
    """The URI with something inserted, cut out, doubled, or changed in case."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(uri)))
        how = draw(st.sampled_from(["insert", "cut", "case", "replace"]))
        if how == "insert":
            uri = uri[:at] + draw(st.sampled_from(PIECES)) + uri[at:]
        elif how == "cut":
            uri = uri[:at] + uri[at + draw(st.integers(1, 3)) :]
        elif how == "case":
            uri = uri[:at] + uri[at : at + 1].swapcase() + uri[at + 1 :]
        else:
            uri = uri[:at] + draw(st.characters(codec="utf-8")) + uri[at + 1 :]
    return uri


@light
@given(uri=mutants(REGISTERED))
def test_AZ1_no_mutant_of_a_web_uri_matches(uri: str) -> None:
    assume(uri != REGISTERED)
    assert not redirect_uri.matches(uri, (REGISTERED,))


@light
@given(uri=mutants(LOOPBACK) | mutants(SIXTH))
def test_AZ4_of_a_loopback_uri_only_the_port_may_differ(uri: str) -> None:
    accepted = redirect_uri.matches(uri, (LOOPBACK, SIXTH))
    plain = re.fullmatch(r"http://(127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?/cb", uri)
    assert accepted == bool(plain and (plain[2] is None or 0 < int(plain[2]) < 65536))


@pytest.mark.parametrize(("registered", "host"), [(LOOPBACK, "127.0.0.1"), (SIXTH, "[::1]")])
@pytest.mark.parametrize("port", [1, 80, 51234, 65535])
def test_AZ4_any_port_of_the_same_address(registered: str, host: str, port: int) -> None:
    assert redirect_uri.matches(f"http://{host}:{port}/cb", (registered,))
    assert redirect_uri.matches(registered, (f"http://{host}:{port}/cb",))


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1:51234/other", "https://127.0.0.1:51234/cb", "http://localhost:51234/cb",
     "http://127.0.0.2:51234/cb", "http://[::1]:51234/cb", "http://127.0.0.1:51234/cb?x", "http://127.0.0.1:51234/cb#x",
     "http://127.0.0.1:51234/cb/", "http://127.0.0.1:0/cb", "http://127.0.0.1:65536/cb", "http://127.0.0.1:/cb",
     "http://127.0.0.1:5x/cb", "http://127.0.0.1:-1/cb", "http://127.1:51234/cb", "http://0x7f000001:51234/cb",
     "http://127.0.0.1.evil.test:51234/cb", "http://127.0.0.1:51234@evil.test/cb", "http://127.0.0.1:\u0665\u0661/cb",
     "HTTP://127.0.0.1:51234/cb", "http://127.0.0.1:51234\\@evil.test/cb"],
)  # fmt: skip
def test_AZ4_other_loopback_uris(uri: str) -> None:
    assert not redirect_uri.matches(uri, (LOOPBACK,))


@pytest.mark.parametrize("uri", ["https://ok.test:443/cb", "https://ok.test:8443/cb", "http://ok.test/cb"])
def test_AZ5_port_and_scheme_of_a_web_uri_are_fixed(uri: str) -> None:
    assert not redirect_uri.matches(uri, (REGISTERED,))


def test_AZ5_localhost_by_name_has_a_fixed_port() -> None:
    """RFC 8252 section 8.3: the name may lead elsewhere."""
    assert not redirect_uri.matches("http://localhost:51234/cb", ("http://localhost/cb",))
    assert redirect_uri.matches("http://localhost/cb", ("http://localhost/cb",))


@light
@given(uri=st.one_of(st.text(max_size=60), mutants(REGISTERED), mutants(LOOPBACK), mutants("com.example.app:/cb")))
@pytest.mark.parametrize("native", [True, False])
def test_what_may_be_registered_leads_to_one_place(native: bool, uri: str) -> None:
    kept, refusal = _registered(uri, native=native)
    if kept is None:
        assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", refusal)  # XS3
        return
    parts = urlsplit(kept)
    assert kept == uri
    assert kept.isascii()
    assert kept.isprintable()
    assert not set(" \\*#") & set(kept)
    assert "@" not in parts.netloc
    if parts.scheme == "https":
        assert parts.hostname
    elif parts.scheme == "http":
        assert parts.hostname in {"127.0.0.1", "::1", "localhost"}
    else:
        assert native
        assert "." in parts.scheme


@pytest.mark.parametrize(
    "uri",
    ["https://ok.test/cb#", "https://ok.test/cb#x", "https://ok.test@evil.test/cb", "https://user:pw@ok.test/cb",
     "https://*.ok.test/cb", "https://ok.test/*", "http://ok.test/cb", "http://127.0.0.2/cb", "javascript:alert(1)",
     "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//ok.test/cb", "/cb", "", "https://", "https:///cb",
     "https:ok.test", "https:/ok.test/cb", "https://ok.test\\@evil.test/cb", "https://ok.test/\u00e9", "https://OK.test/",
     "HTTPS://ok.test/", "https://ok.test/ x", "https://ok.test/\n", "https://ok.test:0/", "https://ok.test:99999/",
     "https://[::1", "https://ok.test/" + "a" * 2000, "myapp:/cb", None, 1, ["https://ok.test/cb"]],
)  # fmt: skip
@pytest.mark.parametrize("native", [True, False])
def test_DC2_may_not_be_registered(uri: object, native: bool) -> None:
    with pytest.raises(InvalidRedirectUriError) as refused:
        redirect_uri.check(uri, native=native)
    assert refused.value.error == "invalid_redirect_uri"


@pytest.mark.parametrize(
    ("uri", "native"),
    [("https://ok.test", False), ("https://ok.test/cb?x=1&y=2", False), ("https://ok.test:8443/cb", False),
     ("http://localhost:3000/cb", False), (LOOPBACK, True), (SIXTH, True), ("com.example.app:/cb", True),
     ("com.example.app://cb", True)],
)  # fmt: skip
def test_DC2_may_be_registered(uri: str, native: bool) -> None:
    assert redirect_uri.check(uri, native=native) == uri
    assert redirect_uri.matches(uri, (uri,))


def test_DC2_private_scheme_is_for_native_applications_only() -> None:
    with pytest.raises(InvalidRedirectUriError):
        redirect_uri.check("com.example.app:/cb", native=False)


@pytest.mark.parametrize(
    ("uri", "kind"),
    [(REGISTERED, "web"), (LOOPBACK, "loopback"), (SIXTH, "loopback"), ("http://localhost/cb", "loopback"),
     ("com.example.app:/cb", "native")],
)  # fmt: skip
def test_kind(uri: str, kind: str) -> None:
    assert redirect_uri.kind(uri) == kind


def _registered(uri: str, *, native: bool) -> tuple[str | None, str]:
    """What is registered, or why nothing is."""
    try:
        return redirect_uri.check(uri, native=native), ""
    except InvalidRedirectUriError as error:
        return None, error.description
