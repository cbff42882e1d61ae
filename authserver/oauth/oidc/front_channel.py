"""Applications that the browser tells of a logout (OpenID Connect Front-Channel Logout 1.0, section 3): best effort."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from authserver.models import clients, logouts
from authserver.models.clients import Client
from authserver.models.logouts import FRONT
from authserver.oauth import connection
from authserver.oauth.oidc.subject import session_of

MOST = 20  # of one page
_ORIGIN = re.compile(r"(https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)(?:[/?]|$)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a page loads so that an application ends its own session: its address, and the origin of that."""

    name: str
    url: str
    origin: str


def of_session(sid: str, *, user_id: str, issuer: str) -> tuple[Frame, ...]:
    """The applications that were used in this session and are told by the browser."""
    found = (clients.find(client_id) for client_id in logouts.listening_in_front(sid, user_id=user_id))
    frames = (_frame(client, sid=sid, issuer=issuer) for client in found if client is not None)
    return tuple(frame for frame in frames if frame is not None)[:MOST]


def _frame(client: Client, *, sid: str, issuer: str) -> Frame | None:
    uri = client.details.get(FRONT, "")
    origin = _ORIGIN.match(uri)  # it goes into a header, so nothing else may
    if origin is None:
        return None
    separator = "&" if "?" in uri else "?"
    # Both always: an application can then tell this logout from one that a stranger's page has made up.
    query = urlencode({"iss": issuer, "sid": session_of(sid, client)})
    return Frame(connection.name_of(client), f"{uri}{separator}{query}", origin[1])
