"""One accent for two backgrounds: the hue stays, the lightness moves until texts can be read (WCAG 2.2, 1.4.3)."""

import colorsys
from dataclasses import dataclass

READABLE = 4.5
STEP = 0.01
#: Of a marked piece of text, its background is mixed with so much of its own colour (style.css, `ins`).
TINT = 0.12
Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Scheme:
    """Where an accent stands: on these backgrounds as text, under this text as a button."""

    name: str
    backgrounds: tuple[str, ...]
    on: str
    darkens: bool


#: The backgrounds of style.css.
LIGHT = Scheme("light", ("#F6F7F5", "#FFFFFF"), on="#FFFFFF", darkens=True)
DARK = Scheme("dark", ("#11161A", "#1A2126"), on="#0C1714", darkens=False)


def accent(wish: str, scheme: Scheme) -> str:
    """The wish itself where it can be read, else the nearest lightness of the same hue that can."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*parsed(wish))
    candidate, end = parsed(wish), 0.0 if scheme.darkens else 1.0
    while not _can_be_read(candidate, scheme) and lightness != end:
        lightness = min(1.0, max(0.0, lightness + (-STEP if scheme.darkens else STEP)))
        candidate = parsed(written(colorsys.hls_to_rgb(hue, lightness, saturation)))
    return written(candidate)


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21, the relative luminance of the lighter to that of the darker."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def parsed(text: str) -> Colour:
    """`#rrggbb` as three numbers from 0 to 1."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def written(colour: Colour) -> str:
    """The other way round."""
    return "#" + "".join(f"{round(part * 255):02X}" for part in colour)


def mixed(colour: Colour, background: Colour, share: float = TINT) -> Colour:
    """So much of the colour over the background."""
    red, green, blue = (share * own + (1 - share) * under for own, under in zip(colour, background, strict=True))
    return red, green, blue


def _can_be_read(colour: Colour, scheme: Scheme) -> bool:
    grounds = [parsed(background) for background in scheme.backgrounds]
    against = [*grounds, *(mixed(colour, ground) for ground in grounds), parsed(scheme.on)]
    return all(contrast(colour, other) >= READABLE for other in against)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
