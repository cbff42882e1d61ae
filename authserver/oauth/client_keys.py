"""The public keys of clients: registered as `jwks`, or kept by the client at its `jwks_uri` (RFC 7591 section 2)."""

import json
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from authserver import clock
from authserver.fetch import Failed, Fetcher, Refused
from authserver.models import unit_of_work
from authserver.models.clients import Client
from authserver.oauth import client_jwt
from authserver.oauth.client_jwt import BadToken

FRESH = 600  # seconds for which fetched keys are believed
PATIENCE = 60  # seconds between two looks for a kid that was not there, or after a failure
MOST = 1000  # clients whose keys are kept

Keys = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was last seen at a `jwks_uri`, and when; no keys after a failure."""

    at: int
    keys: Keys
    due: bool = False  # another key was wanted when it could not be looked for


class ClientKeys:
    """Keys by client. Those at a URI are fetched at most once a minute, whoever asks."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._kept: dict[str, Fetched] = {}
        self._lock = Lock()

    def of(self, client: Client, *, kid: object = None) -> Keys:
        """The keys, looked for anew when none has this kid. Raises BadToken when there are none to be had."""
        if registered := client.details.get("jwks"):
            return tuple(registered["keys"])
        uri = client.details.get("jwks_uri")
        if not uri:
            raise BadToken("The application has registered no keys.")
        return self.at(uri, kid=kid)

    def at(self, uri: str, *, kid: object = None) -> Keys:
        """The same of whoever keeps keys at this address. Raises BadToken."""
        keys = self._at(uri, kid)
        if not keys:
            raise BadToken("The keys cannot be fetched from the jwks_uri.")
        return keys

    def _at(self, uri: str, kid: object) -> Keys:
        kept, now = self._kept.get(uri), clock.now()
        if kept is not None:
            known = not kept.due and any(kid in (None, key.get("kid")) for key in kept.keys)
            if 0 <= now - kept.at < (FRESH if known else PATIENCE):
                return kept.keys
            if unit_of_work.is_writing():  # no host of others keeps our database locked: the next request looks
                self._remind(uri, kept)
                return kept.keys
        return self._keep(uri, Fetched(now, self._fetch(uri)))

    def _keep(self, uri: str, found: Fetched) -> Keys:
        """A client whose server is away for a while goes on with the keys that were seen last, by whomever."""
        with self._lock:
            last = self._kept.get(uri)
            if not found.keys and last is not None:
                found = replace(found, keys=last.keys)
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[uri] = found
        return found.keys

    def _remind(self, uri: str, kept: Fetched) -> None:
        with self._lock:
            if self._kept.get(uri) is kept:
                self._kept[uri] = replace(kept, due=True)

    def _fetch(self, uri: str) -> Keys:
        try:
            answer = self._fetcher.get(uri, accept="application/jwk-set+json, application/json")
            return client_jwt.check_set(json.loads(answer.body)) if answer.status == 200 else ()
        except (Refused, Failed, BadToken, ValueError, RecursionError):
            return ()
