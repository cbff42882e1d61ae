"""What is measured on a page, and what its browser says while it is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")
#: The console repeats the status of the page itself; pages that refuse are looked at on purpose.
STATUS = "Failed to load resource: the server responded with a status of"
MOST_TABS = 150
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")


@dataclass
class Watch:
    """What went wrong, and how much came over the wire for the page that is open."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    transferred: int = 0

    def console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(STATUS):
            self.complaints.append(message.text)

    def request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:")):
            self.foreign.append(request.url)

    def begun(self, event: dict[str, Any]) -> None:
        if event.get("type") == "Document":  # of the page that is looked at, not of those on the way
            self.transferred = 0

    def loaded(self, event: dict[str, Any]) -> None:
        self.transferred += int(event["encodedDataLength"])


def double_texts(page: Page) -> None:
    """What a person does who sets the browser to very large letters."""
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})


@contextmanager
def watched(context: BrowserContext, origin: str) -> Iterator[tuple[Page, Watch]]:
    """A page without a cache, and what it says."""
    page, watch = context.new_page(), Watch(origin)
    page.on("console", watch.console)
    page.on("pageerror", lambda error: watch.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (watch.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", watch.request)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.on("Network.requestWillBeSent", watch.begun)
    wire.on("Network.loadingFinished", watch.loaded)
    yield page, watch
    page.close()


def measured(page: Page, *names: str) -> list[str]:
    """Measures of `measures.js`: what does not hold, in words."""
    found: list[str] = page.evaluate(
        f"(names => {{ const m = ({MEASURES})(); return names.flatMap(n => m[n]()) }})", names
    )
    return found


def unseen_focus(page: Page) -> list[str]:
    """Go through the page with the Tab key, to the end: wherever the focus is, it can be seen (2.4.7, 2.4.11)."""
    page.evaluate("document.activeElement.blur()")
    wrong: dict[str, None] = {}
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found: list[str] | None = page.evaluate(f"({MEASURES})().unfocused()")
        if found is None:
            break
        wrong.update(dict.fromkeys(found))
    return list(wrong)


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core says of WCAG 2.2 A and AA."""
    page.evaluate(axe)
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
    result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
