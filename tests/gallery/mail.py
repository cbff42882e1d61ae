"""Mail of a server without SMTP: it stands in the log (decision 33)."""

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.processes import RunningServer


def link_to(server: "RunningServer", recipient: str, purpose: str = "signup") -> str:
    """The link for this in the last mail to this address, once it is there."""
    for _ in range(150):
        letters = server.log.split("no SMTP server is set; mail to ")
        own = "".join(letter for letter in letters if letter.startswith(f"{recipient}:"))
        if found := re.findall(rf"{re.escape(server.url)}/{purpose}/lk_[\w-]+", own):
            return str(found[-1])
        time.sleep(0.1)
    raise AssertionError(f"no {purpose} link for {recipient} in the log:\n{server.log}")
