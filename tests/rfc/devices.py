"""A device without a browser: it asks for codes, polls with one, while its owner types the other on a page."""

from typing import Any

from authserver.oauth.device import GRANT_TYPE
from tests.relying_party import Reply
from tests.rfc.conftest import MakeParty, Party

GRANTS = [GRANT_TYPE, "refresh_token"]


class Device:
    """One device and its owner, who is signed in at a browser."""

    def __init__(self, rp: Party, **parameters: Any) -> None:
        self.rp = rp
        self.reply = rp.post("/device_authorization", parameters)
        self.codes: dict[str, Any] = self.reply.json

    @property
    def device_code(self) -> str:
        return str(self.codes["device_code"])

    @property
    def user_code(self) -> str:
        return str(self.codes["user_code"])

    def poll(self, **changes: Any) -> Reply:
        return self.rp.token(**{"grant_type": GRANT_TYPE, "device_code": self.device_code, **changes})

    def look(self) -> Party:
        """The owner opens the complete URI."""
        self.rp._browse("GET", f"/device?user_code={self.user_code}")
        return self.rp

    def answer(self, decision: str, **changes: Any) -> Party:
        """The owner looks, and presses a button."""
        self.look()._submit("/device", {"decision": decision, **changes})
        return self.rp


def device_of(party: MakeParty, *, scope: str | None = "openid read:realms", **metadata: Any) -> Device:
    """A new client that is registered for the flow, its device and the device's owner."""
    rp = party(**{"grant_types": GRANTS, "trusted": False, "method": "none", **metadata})
    return Device(rp, scope=scope)
