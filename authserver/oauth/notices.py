"""What the owner of an API key is told by mail: that it ends soon, and that somebody else has ended or replaced it."""

from collections.abc import Callable

from authserver import clock, languages
from authserver.models import api_keys, users
from authserver.models.api_keys import ApiKey
from authserver.outbox import messages, queue
from authserver.outbox.messages import Message
from authserver.settings import Settings

AHEAD = 7 * 86400


def revoked(settings: Settings, key: ApiKey) -> None:
    """An operator or an administrator has ended it."""
    _tell(settings, key, messages.key_revoked)


def rotated(settings: Settings, key: ApiKey) -> None:
    """An operator or an administrator has made its successor."""
    _tell(settings, key, messages.key_rotated)


def leaked(settings: Settings, key: ApiKey) -> None:
    """It was found in public, and ended for that."""
    _tell(settings, key, messages.key_leaked)


def ending(settings: Settings) -> int:
    """Tell the owners of all keys that end within a week, each once; how many were told.

    A key that was made for less than a week ends when its owner expects it.
    """
    now, told = clock.now(), 0
    for key in api_keys.ending(after=now, before=now + AHEAD):
        if (key.expires_at or 0) - key.created_at > AHEAD and api_keys.notify(key.id):
            told += _tell(settings, key, _ends_soon(key.expires_at or 0))
    return told


def _ends_soon(at: int) -> Callable[..., Message]:
    return lambda **facts: messages.key_ends_soon(when=languages.moment(at), **facts)


def _tell(settings: Settings, key: ApiKey, message: Callable[..., Message]) -> bool:
    """In the owner's language, whoever has caused it."""
    owner = users.find(key.user_id)
    if owner is None or not owner.enabled:
        return False
    with languages.speaking(owner.locale):
        url = f"{settings.issuer}/settings/api-keys/{key.id}"
        text = message(brand=settings.brand, key=f"  {key.name} ({key.hint})", url=url)
    queue.post(settings, text, recipient=owner.email)
    return True
