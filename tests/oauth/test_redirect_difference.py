"""Which registered URI comes nearest, and what about the requested one is not the same."""

import time

import pytest

from authserver.oauth.redirect_difference import KINDS, nearest

REGISTERED = "https://app.example:8443/callback/done?tenant=1"


@pytest.mark.parametrize(
    ("requested", "kinds"),
    [
        ("http://app.example:8443/callback/done?tenant=1", ("scheme",)),
        ("https://me@app.example:8443/callback/done?tenant=1", ("user",)),
        ("https://evil.example:8443/callback/done?tenant=1", ("host",)),
        ("https://app.example/callback/done?tenant=1", ("port",)),
        ("https://app.example:8443/Callback/done?tenant=1", ("case",)),
        ("https://APP.example:8443/callback/done?tenant=1", ("case",)),
        ("https://app.example:8443/callback/done/?tenant=1", ("slash",)),
        ("https://app.example:8443/callback%2Fdone?tenant=1", ("encoding",)),
        ("https://app.example:8443/callback?tenant=1", ("path",)),
        ("https://app.example:8443/callback/done?tenant=2", ("query",)),
        ("https://app.example:8443/callback/done", ("query",)),
        ("https://app.example:8443/callback/done?tenant=1#top", ("fragment",)),
        ("http://app.example:8443/Callback/done/?tenant=1", ("scheme", "case", "slash")),
    ],
)
def test_every_class_of_difference_is_named(requested: str, kinds: tuple[str, ...]) -> None:
    difference = nearest(requested, (REGISTERED,))
    assert difference is not None
    assert difference.kinds == kinds
    assert difference.sentences == tuple(KINDS[kind] for kind in kinds)


@pytest.mark.parametrize(
    ("registered", "requested"),
    [
        ("http://127.0.0.1/cb", "http://localhost/cb"),
        ("http://localhost:3000/cb", "http://127.0.0.1:3000/cb"),
        ("http://localhost/cb", "http://[::1]/cb"),
    ],
)
def test_localhost_is_not_127_0_0_1(registered: str, requested: str) -> None:
    difference = nearest(requested, (registered,))
    assert difference is not None
    assert difference.kinds == ("loopback",)


def test_the_nearest_one_is_compared() -> None:
    registered = ("https://other.example/", "https://app.example/cb", "http://localhost:3000/a/long/one")
    difference = nearest("https://app.example/cb/", registered)
    assert difference is not None
    assert difference.registered == "https://app.example/cb"
    assert nearest("https://app.example/cb", registered) is None
    assert nearest("https://app.example/cb", ()) is None


def test_the_characters_that_differ_are_marked_and_nothing_is_lost() -> None:
    difference = nearest("https://app.example/Callback/", ("https://app.example/callback",))
    assert difference is not None
    above, below = difference.rows
    assert "".join(text for _, text in above) == "https://app.example/callback"
    assert "".join(text for _, text in below) == "https://app.example/Callback/"
    assert [text for kind, text in above if kind == "gone"] == ["c"]
    assert [text for kind, text in below if kind == "new"] == ["C", "/"]


ODD = ("", ":", "//", "http://[", "http://a:b:c/", "\\\\", "javascript:alert(1)", "%", "a" * 9000)


@pytest.mark.parametrize("requested", ODD)
def test_any_text_can_be_compared_in_a_moment(requested: str) -> None:
    registered = tuple(f"https://app{number}.example/{'x' * 1900}" for number in range(50))
    began = time.thread_time()
    difference = nearest(requested, registered)
    assert difference is not None
    assert difference.kinds
    assert difference.rows
    assert time.thread_time() - began < 2
