"""Writing what has been noted of API keys, when, where, by whom and how often they are used, and of client secrets."""

import logging

from authserver.models import api_keys, batches, client_secrets, key_usage
from authserver.usage.notes import Batch, Notes


class Recorder(batches.Recorder[Batch]):
    """The use of keys and secrets that this process has seen."""

    NAME = "usage"
    logger = logging.getLogger("authserver.usage")
    _notes: Notes

    def note(
        self, key_id: str, *, address: str | None, client_id: str, refused: bool = False, limited: bool = False
    ) -> None:
        """A key was used, or wanted to be. Never waits for the database, never fails (AK10)."""
        self._notes.add(key_id, address=address, client_id=client_id, refused=refused, limited=limited)
        if self._thread is None:
            self._start()

    def note_secret(self, secret_id: str, *, address: str | None) -> None:
        """A client has authenticated with this secret. As cheap as can be: it happens at most requests of machines."""
        if self._notes.has_lately(secret_id):
            return
        self._notes.add_secret(secret_id, address=address)
        if self._thread is None:
            self._start()

    def nothing_noted(self) -> Notes:
        return Notes()

    def write(self, batch: Batch) -> None:
        api_keys.used(batch.last)
        key_usage.add(batch.hours)
        client_secrets.used(batch.secrets)
