"""Writing what has been noted of API keys: when, where and by whom they are used, and how often."""

import logging

from authserver.models import api_keys, batches, key_usage
from authserver.usage.notes import Batch, Notes


class Recorder(batches.Recorder[Batch]):
    """The use of keys that this process has seen."""

    NAME = "usage"
    logger = logging.getLogger("authserver.usage")
    _notes: Notes

    def note(self, key_id: str, *, address: str | None, client_id: str, refused: bool = False) -> None:
        """A key was used, or wanted to be. Never waits for the database, never fails (AK10)."""
        self._own()
        self._notes.add(key_id, address=address, client_id=client_id, refused=refused)
        if self._thread is None:
            self._start()

    def nothing_noted(self) -> Notes:
        return Notes()

    def write(self, batch: Batch) -> None:
        api_keys.used(batch.last)
        key_usage.add(batch.hours)
