"""What the owner of an API key is told by mail: that it ends soon, and that somebody else has ended or replaced it."""

from datetime import UTC, datetime

from authserver import clock
from authserver.models import api_keys, users
from authserver.models.api_keys import ApiKey
from authserver.outbox import messages, queue
from authserver.outbox.messages import Message
from authserver.settings import Settings

AHEAD = 7 * 86400


def revoked(settings: Settings, key: ApiKey) -> None:
    """An operator or an administrator has ended it."""
    why = "An administrator has revoked it."
    _post(settings, key, messages.key_revoked(brand=settings.brand, key=_named(key), why=why, url=_page(settings, key)))


def rotated(settings: Settings, key: ApiKey) -> None:
    """An operator or an administrator has made its successor."""
    _post(settings, key, messages.key_rotated(brand=settings.brand, key=_named(key), url=_page(settings, key)))


def leaked(settings: Settings, key: ApiKey) -> None:
    """It was found in public, and ended for that."""
    _post(settings, key, messages.key_leaked(brand=settings.brand, key=_named(key), url=_page(settings, key)))


def ending(settings: Settings) -> int:
    """Tell the owners of all keys that end within a week, each once; how many were told.

    A key that was made for less than a week ends when its owner expects it.
    """
    now, told = clock.now(), 0
    for key in api_keys.ending(after=now, before=now + AHEAD):
        if (key.expires_at or 0) - key.created_at > AHEAD and api_keys.notify(key.id):
            when = f"{datetime.fromtimestamp(key.expires_at or 0, UTC):%d %B %Y, %H:%M} UTC"
            text = messages.key_ends_soon(brand=settings.brand, key=_named(key), when=when, url=_page(settings, key))
            told += _post(settings, key, text)
    return told


def _post(settings: Settings, key: ApiKey, message: Message) -> bool:
    owner = users.find(key.user_id)
    if owner is None or not owner.enabled:
        return False
    queue.post(settings, message, recipient=owner.email)
    return True


def _named(key: ApiKey) -> str:
    return f"  {key.name} ({key.hint})"


def _page(settings: Settings, key: ApiKey) -> str:
    return f"{settings.issuer}/settings/api-keys/{key.id}"
