"""LG5: where `next` may lead."""

import pytest

from authserver.browser import targets


@pytest.mark.parametrize(
    "target", ["/", "/account/security", "/a?b=//c.test&d=%2F", "/settings/api-keys/new?name=CI#x", "/a//b"]
)
def test_LG5_paths_of_ours(target: str) -> None:
    assert targets.own(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None, "", "account", "//e.test", "///e.test", "/\\e.test", "\\/e.test", "/\t/e.test", "/%09/e.test",
        "/%2F/e.test", "/ /e.test", "/a\r\nSet-Cookie: x=1", "/a\\b", "/\u3002/e.test", "/\x00", "javascript:alert(1)",
        "https:e.test", "https://e.test", " /a", "/login", "/login?next=/login", "/logout", "/" + "a" * 2001,
    ],
)  # fmt: skip
def test_LG5_everything_else_is_the_first_page(target: str | None) -> None:
    assert targets.own(target) == "/"
