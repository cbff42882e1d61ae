"""Name, logo, accent and support address of the operator; a bad one stops the start and is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from authserver.settings import SettingsError, load
from tests.pages.people import Browser

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def svg(tmp_path: Path) -> Path:
    path = tmp_path / "logo.svg"
    path.write_text(SVG, encoding="utf-8")
    return path


def test_every_page_shows_the_brand(app_with: Callable[..., Flask], svg: Path) -> None:
    own = app_with(brand="Acme & Sons", logo=svg, accent="#FF8800", support_url="mailto:help@acme.example")
    page = Browser(own).get("/login").text
    assert "Acme &amp; Sons" in page
    assert '<img src="/brand/logo" alt=""' in page
    assert '<link rel="stylesheet" href="/brand.css">' in page
    assert 'href="mailto:help@acme.example"' in page
    assert "RealmKit" not in page
    assert "<svg width" not in page.split("</header>")[0]


def test_without_settings_nothing_is_asked_for(app: Flask) -> None:
    at = Browser(app)
    assert "/brand" not in at.get("/login").text
    assert at.get("/brand.css").status_code == at.get("/brand/logo").status_code == 404


def test_accent_is_a_small_style_sheet_that_may_be_kept(app_with: Callable[..., Flask]) -> None:
    at = Browser(app_with(accent="#ff8800"))
    answer = at.get("/brand.css")
    assert answer.mimetype == "text/css"
    assert answer.text.count("--accent:#") == 2
    assert "#ff8800" not in answer.text, "too pale on white: darkened"
    assert answer.headers["Cache-Control"].startswith("public")
    again = at.get("/brand.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")


def test_XS2_a_drawing_opened_by_its_address_is_inert(app_with: Callable[..., Flask], svg: Path) -> None:
    answer = Browser(app_with(logo=svg)).get("/brand/logo")
    assert (answer.mimetype, answer.text) == ("image/svg+xml", SVG)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["ETag"]


def test_a_png_is_served_as_one(app_with: Callable[..., Flask], tmp_path: Path) -> None:
    path = tmp_path / "logo.PNG"
    path.write_bytes(PNG)
    answer = Browser(app_with(logo=path)).get("/brand/logo")
    assert (answer.mimetype, answer.data) == ("image/png", PNG)


@pytest.mark.parametrize("accent", ["red", "#12345", "#1234567", "#12345g", "#fff;}", "url(x)"])
def test_bad_accent_stops_the_start(accent: str) -> None:
    with pytest.raises(SettingsError, match="AUTHSERVER_ACCENT: must be a colour"):
        load(environ={"AUTHSERVER_ACCENT": accent})


@pytest.mark.parametrize("url", ["javascript:alert(1)", "help.example", "https://a b"])
def test_bad_support_address_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="AUTHSERVER_SUPPORT_URL: must begin with"):
        load(environ={"AUTHSERVER_SUPPORT_URL": url})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("logo.gif", b"GIF89a", "ends in .svg or .png"),
        ("logo.png", SVG.encode(), "not an image of the kind"),
        ("logo.svg", PNG, "not an image of the kind"),
        ("logo.svg", b"<svg>" + b" " * 64 * 1024, "at most 64 KB"),
        ("absent.svg", None, "cannot be read: No such file"),
    ],
)
def test_bad_logo_stops_the_start(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"AUTHSERVER_LOGO: .*{words}"):
        load(environ={"AUTHSERVER_LOGO": str(path)})
