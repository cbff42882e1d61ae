"""Decision 9, IJ4: what no field may hold."""

from urllib.parse import unquote_to_bytes

import pytest

from tests.pages.people import Browser, token_in


@pytest.mark.parametrize("raw", ["%00", "%ff", "%c0%80", "%ed%a0%80", "%f5%80%80%80"])
def test_IJ4_in_path_query_and_multipart(at: Browser, raw: str) -> None:
    path = "/signup/a" + unquote_to_bytes(raw).decode("latin-1")  # as a WSGI server hands it over
    assert at.client.get("/", environ_overrides={"PATH_INFO": path}).status_code == 400
    assert at.get(f"/?a{raw}=1").status_code == 400
    part = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na\x00b\r\n--x--\r\n'
    assert at.post("/forgot", part, content_type="multipart/form-data; boundary=x").status_code == 400


def test_unicode_itself_is_welcome(at: Browser) -> None:
    answer = at.send("/login", username="Zoë 🐎 \ufffd", password="x")
    assert answer.status_code == 400
    assert "Zoë 🐎 \ufffd" in answer.text


def test_IJ2_line_breaks_split_no_header(at: Browser) -> None:
    token = token_in(at.get("/login").text)
    answer = at.post(
        "/login", {"csrf_token": token, "username": "a\r\nSet-Cookie: x=1", "password": "b", "next": "/a\r\nb"}
    )
    assert "x=1" not in str(answer.headers)
