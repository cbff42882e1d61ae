"""Mail of a server without SMTP: it stands in the log (decision 33)."""

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.processes import RunningServer


def link_to(server: "RunningServer", recipient: str) -> str:
    """The link in the last mail to this address, once it is there."""
    for _ in range(150):
        letters = server.log.split("no SMTP server is set; mail to ")
        own = [letter for letter in letters if letter.startswith(f"{recipient}:")]
        if own and (found := re.search(rf"{re.escape(server.url)}/\w+/lk_[\w-]+", own[-1])):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no link for {recipient} in the log:\n{server.log}")
