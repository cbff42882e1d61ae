"""Whatever accent an operator wishes for, texts in it, on it and marked with it can be read (WCAG 1.4.3)."""

import re

import pytest

from authserver.factory import PACKAGE
from authserver.pages.brand.colours import DARK, LIGHT, Scheme, accent, contrast, mixed, parsed

WISHES = ("#14655A", "#000000", "#FFFFFF", "#FFFF00", "#00FF00", "#0000FF", "#FF0000", "#7F7F7F", "#6FC9B9", "#0b57d0")
CSS = (PACKAGE / "static" / "style.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("wish", WISHES)
def test_any_wish_can_be_read(wish: str, scheme: Scheme) -> None:
    found = parsed(accent(wish, scheme))
    for ground in map(parsed, scheme.backgrounds):
        assert contrast(found, ground) >= 4.5
        assert contrast(found, mixed(found, ground)) >= 4.5
    assert contrast(found, parsed(scheme.on)) >= 4.5


def test_a_wish_that_can_be_read_is_granted() -> None:
    assert accent("#14655A", LIGHT) == "#14655A"
    assert accent("#6FC9B9", DARK) == "#6FC9B9"


def test_the_hue_stays() -> None:
    red, green, blue = parsed(accent("#FF0000", DARK))
    assert red > green == blue


def test_contrast_is_that_of_the_specification() -> None:
    assert contrast(parsed("#000000"), parsed("#FFFFFF")) == pytest.approx(21)
    assert contrast(parsed("#777777"), parsed("#FFFFFF")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("scheme", "block"), [(LIGHT, 0), (DARK, 1)])
def test_the_grounds_are_those_of_the_style_sheet(scheme: Scheme, block: int) -> None:
    tokens = [re.findall(rf"--{name}:(#\w+)", CSS)[block] for name in ("bg", "surface", "on")]
    assert [parsed(full(token)) for token in tokens] == [*map(parsed, scheme.backgrounds), parsed(scheme.on)]


def full(token: str) -> str:
    return token if len(token) == 7 else "#" + "".join(2 * digit for digit in token[1:])
