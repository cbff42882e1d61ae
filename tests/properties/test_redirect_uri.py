"""RFC 9700 section 4.1.3: a redirect URI matches when it is equal; on a loopback address the port may differ."""

import re
from urllib.parse import urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from authserver.oauth import redirect_uri
from authserver.oauth.errors import InvalidRedirectUriError
from tests.properties.conftest import EXAMPLES, steady

WEB = ["https://ok.test/cb", "https://ok.test:8443/a/b?x=1&y=%C3%A9", "https://ok.test", "http://localhost:8080/cb"]
LOOPBACK = [
    "http://127.0.0.1/cb",
    "http://127.0.0.1:8080/cb?x=1",
    "http://[::1]/cb",
    "http://[::1]:99/",
    "http://127.0.0.1",
]
NATIVE = ["com.example.app:/cb", "com.example.app://host/cb"]
REGISTERED = st.sampled_from([*WEB, *LOOPBACK, *NATIVE])
CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("/\\:@?#[]%.;&=0127\t\r\n ")
PORTS = st.integers(1, 65535).map(str)
DIGITS = st.text(st.characters(categories=["Nd"]), min_size=1, max_size=6) | st.text("0123456789", max_size=7)
NAMED = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(:[1-9][0-9]*)?((?:/.*)?)", re.DOTALL)


def allowed(requested: str, registered: str) -> bool:
    """The rule, said a second time and in another way."""
    if requested == registered:
        return True
    ours, theirs = NAMED.fullmatch(registered), NAMED.fullmatch(requested)
    if ours is None or theirs is None or "#" in requested:
        return False
    port = int(theirs[2][1:]) if theirs[2] else 80
    return (ours[1], ours[3]) == (theirs[1], theirs[3]) and port <= 65535


@steady(3 * EXAMPLES)
@given(registered=REGISTERED, position=st.integers(0, 60), character=CHARACTERS, insert=st.booleans())
def test_one_character_changed(registered: str, position: int, character: str, insert: bool) -> None:
    at = position % (len(registered) + 1)
    requested = registered[:at] + character + registered[at + (0 if insert else 1) :]
    assert redirect_uri.matches(requested, (registered,)) is allowed(requested, registered)


@steady(EXAMPLES)
@given(registered=REGISTERED, other=REGISTERED, port=PORTS | DIGITS)
@example(registered="http://127.0.0.1/cb", other="http://127.0.0.1/cb", port="\u0665\u0661")
def test_another_port(registered: str, other: str, port: str) -> None:
    named = re.sub(r"^(http://[^/:]+|http://\[::1\])(:\d+)?", rf"\1:{port}", other)
    assert redirect_uri.matches(named, (registered,)) is allowed(named, registered)


@steady(EXAMPLES)
@given(requested=st.text(max_size=60) | st.builds("http://127.0.0.1{}".format, st.text(max_size=20)))
def test_anything_at_all(requested: str) -> None:
    registered = (*WEB, *LOOPBACK, *NATIVE)
    assert redirect_uri.matches(requested, registered) is any(allowed(requested, uri) for uri in registered)


@steady(EXAMPLES)
@given(port=PORTS, registered=st.sampled_from(LOOPBACK))
def test_every_port_of_a_loopback_address(port: str, registered: str) -> None:
    requested = re.sub(r"^(http://(?:127\.0\.0\.1|\[::1\]))(:\d+)?", rf"\1:{port}", registered)
    assert redirect_uri.matches(requested, (registered,))
    elsewhere = requested.replace("127.0.0.1", "127.0.0.2").replace("::1", "::2")
    assert not redirect_uri.matches(elsewhere, (registered,))


SCHEMES = st.sampled_from(["https", "http", "com.app"])
URIS = st.builds("{}://{}/{}".format, SCHEMES, st.text(max_size=20), st.text(max_size=20))


@steady(2 * EXAMPLES)
@given(uri=st.text(max_size=40) | URIS, native=st.booleans())
@example(uri="https://[", native=False)
@example(uri="https://[::1]x/", native=False)
@example(uri="http://localhost:\u0665/", native=True)
@example(uri="https://ok.test:99999/", native=False)
def test_what_may_be_registered_can_be_sent_in_a_header(uri: str, native: bool) -> None:
    try:
        kept = redirect_uri.check(uri, native=native)
    except InvalidRedirectUriError:
        return
    assert kept == uri
    assert uri.isascii()
    assert uri.isprintable()
    assert not set(" #\\*") & set(uri)
    assert "@" not in urlsplit(uri).netloc
    assert redirect_uri.matches(uri, (uri,))
    assert redirect_uri.kind(uri) in {"web", "loopback", "native"}
