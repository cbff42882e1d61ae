"""Writing audit events: a row in the transaction of the change, and one log line (decision 6)."""

import json
import logging

from authserver.audit.tags import Tag
from authserver.models import audit_events

logger = logging.getLogger("authserver.audit")

Detail = str | int | bool | None | tuple[str, ...]


def record(
    tag: Tag,
    *,
    actor: str | None = None,
    user_id: str | None = None,
    client_id: str | None = None,
    address: str | None = None,
    **details: Detail,
) -> None:
    """`actor` (a user id, a client id or `cli`) did this. `details` are ids and digests, never a secret."""
    kept = {name: list(value) if isinstance(value, tuple) else value for name, value in details.items()}
    audit_events.record(tag.value, actor=actor, user_id=user_id, client_id=client_id, address=address, details=kept)
    line = {"actor": actor, "user_id": user_id, "client_id": client_id, "address": address, **kept}
    told = {name: value for name, value in line.items() if value is not None}
    # As JSON, so that no value can break the line (IJ5).
    logger.info("%s %s", tag.value, json.dumps(told), extra={"audit": {"tag": tag.value, **told}})
