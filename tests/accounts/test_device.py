"""Browsers and systems in words, by the User-Agent header (RFC 9110 section 10.1.5)."""

import pytest

from authserver.accounts.device import BROWSERS, SYSTEMS, Device, recognised

CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0{} Safari/537.36"
APPLE = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) {} Safari/604.1"
WINDOWS, MAC = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"
PHONE, TABLET = "iPhone; CPU iPhone OS 17_5 like Mac OS X", "iPad; CPU OS 17_5 like Mac OS X"
ANDROID = "Linux; Android 14; Pixel 8"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
        (f"Mozilla/5.0 ({WINDOWS}; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "Firefox on Android"),
        (CHROME.format(WINDOWS, ""), "Chrome on Windows"),
        (CHROME.format(ANDROID, "") + "", "Chrome on Android"),
        (CHROME.format("X11; CrOS x86_64 14541.0.0", ""), "Chrome on ChromeOS"),
        (CHROME.format(WINDOWS, "") + " Edg/126.0.0.0", "Edge on Windows"),
        (CHROME.format(ANDROID, "") + " EdgA/126.0.0.0", "Edge on Android"),
        (CHROME.format(MAC, "") + " OPR/112.0.0.0", "Opera on macOS"),
        (CHROME.format(MAC, "") + " Vivaldi/6.8", "Vivaldi on macOS"),
        (CHROME.format("Linux; Android 14; SM-S921B", "").replace("Chrome/", "SamsungBrowser/25.0 Chrome/"),
         "Samsung Internet on Android"),
        (APPLE.format(MAC, "Version/17.5"), "Safari on macOS"),
        (APPLE.format(PHONE, "Version/17.5 Mobile/15E148"), "Safari on iPhone"),
        (APPLE.format(TABLET, "Version/17.5 Mobile/15E148"), "Safari on iPad"),
        (APPLE.format(PHONE, "CriOS/126.0 Mobile/15E148"), "Chrome on iPhone"),
        (APPLE.format(PHONE, "FxiOS/128.0 Mobile/15E148"), "Firefox on iPhone"),
        ("Mozilla/5.0 (Haiku) Konqueror/5", "Unknown browser"),
        ("Mozilla/5.0 (X11; Linux x86_64) Something/1", "Unknown browser on Linux"),
        ("curl/8.5.0", "Unknown browser"),
        ("python-requests Linux Firefox/1", "Unknown browser"),
        ("<script>alert(1)</script>", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_device_is_named(header: str, words: str) -> None:
    assert recognised(header).in_words == words


def test_whatever_the_header_says_only_our_names_are_shown() -> None:
    names = {name for _part, name in (*BROWSERS, *SYSTEMS)} | {""}
    for header in ("Mozilla/5.0 Firefox/<b>", "Mozilla/" + "Chrome/" * 5000, "Mozilla/5.0 Linux\u202e Edg/\n1"):
        found = recognised(header)
        assert {found.browser, found.system} <= names


def test_an_event_from_before_devices_were_kept_has_an_unknown_one() -> None:
    assert Device().in_words == "Unknown browser"
