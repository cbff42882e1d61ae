"""What docs/token-exchange.md and docs/logout.md show is taken as it stands there."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from authserver.outbox import logouts
from tests.factories import make_client, unique

if TYPE_CHECKING:
    from authserver.composition import House

DOCS = Path(__file__).parent.parent.parent / "docs"
MEMBERS = {
    "token-exchange.md": ["token_exchange"],
    "logout.md": ["backchannel_logout_uri", "frontchannel_logout_uri"],
}


@pytest.mark.parametrize("name", MEMBERS)
def test_metadata_of_the_document(house: "House", name: str) -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)
    document: dict[str, Any] = json.loads(shown)
    client, _ = make_client(house, **document, client_id=unique("documented"))
    assert {member: client.details[member] for member in MEMBERS[name]} == {
        member: document[member] for member in MEMBERS[name]
    }


def test_pauses_of_the_document() -> None:
    minutes = [seconds // 60 for seconds in logouts.BACKOFF]
    assert (logouts.BACKOFF[0], minutes[1:]) == (10, [1, 5, 15, 30, 60, 60])
