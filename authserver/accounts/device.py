"""With what somebody came, in words: the common browsers and systems, by what they say of themselves.

It is a claim, good for recognising one's own devices and for nothing else. Only these names are ever shown, never the
header itself.
"""

from dataclasses import dataclass

from authserver.languages import gettext as _

#: Part of the header -> name. The first that is found counts: nearly all of them claim to be others as well.
BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and a system by their names; empty where it is unknown."""

    browser: str = ""
    system: str = ""

    @property
    def in_words(self) -> str:
        """`Firefox on Linux`, as far as it is known."""
        browser = self.browser or _("Unknown browser")
        return _("%(browser)s on %(system)s", browser=browser, system=self.system) if self.system else browser


def recognised(user_agent: str) -> Device:
    """What the header names (RFC 9110 section 10.1.5)."""
    if not user_agent.startswith("Mozilla/"):  # every browser does; whatever else there is, is none
        return Device()
    return Device(_named(BROWSERS, user_agent), _named(SYSTEMS, user_agent))


def _named(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for part, name in table if part in text), "")
