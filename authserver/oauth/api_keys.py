"""The life of an API key: create, rotate, revoke. Pages, command line and API do it through here."""

import ipaddress
import unicodedata
from dataclasses import dataclass, field, replace

from authserver import clock, opaque
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import api_keys, clients
from authserver.models.api_keys import ApiKey
from authserver.models.users import User
from authserver.oauth import notices, scopes
from authserver.oauth.credentials.api_key import ENVIRONMENTS, generate
from authserver.settings import Settings

LONGEST_NAME = 100
LONGEST_NOTE = 500
LONGEST_LIFE = 10 * 366 * 86400
LONGEST_OVERLAP = 7 * 86400
MOST_ITEMS = 50


class ApiKeyError(Exception):
    """A wish that cannot be granted: `field` names the input, the message says why, in plain words."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new key should be. `expires_in` is in seconds, None for never."""

    name: str
    scopes: tuple[str, ...]
    environment: str
    expires_in: int | None = None
    note: str = ""
    audience: tuple[str, ...] = ()
    ip_allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What an existing key should be; None leaves it as it is. Scopes and environment never change."""

    name: str | None = None
    note: str | None = None
    ip_allow: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A new key; `key` is in clear here and nowhere else."""

    row: ApiKey
    key: str = field(repr=False)


def create(user: User, wish: Wish, *, actor: str) -> Created:
    """Make a key for a user, never wider than what the user has to give. Raises ApiKeyError."""
    good = checked(user, wish)
    created = _make(
        user_id=user.id,
        name=good.name,
        note=good.note,
        scope=scopes.join(good.scopes),
        environment=good.environment,
        audience=good.audience,
        ip_allow=good.ip_allow,
        expires_at=None if good.expires_in is None else clock.now() + good.expires_in,
    )
    key = created.row
    record(Tag.API_KEY_CREATED, actor=actor, user_id=user.id, key=key.id, scope=key.scope, environment=key.environment)
    return created


def checked(user: User, wish: Wish) -> Wish:
    """The wish as it would be granted. Raises ApiKeyError."""
    if wish.expires_in is not None and not 1 <= wish.expires_in <= LONGEST_LIFE:
        raise ApiKeyError("expires", "A key lives between 1 second and 10 years, or never expires.")
    return Wish(
        name=_name(wish.name),
        scopes=_scopes(user, wish.scopes),
        environment=_environment(wish.environment),
        expires_in=wish.expires_in,
        note=_note(wish.note),
        audience=_audience(wish.audience),
        ip_allow=_networks(wish.ip_allow),
    )


def change(key: ApiKey, wanted: Change, *, actor: str) -> ApiKey:
    """Change what may be changed of a live key. Raises ApiKeyError."""
    name = key.name if wanted.name is None else _name(wanted.name)
    note = key.note if wanted.note is None else _note(wanted.note)
    ip_allow = key.ip_allow if wanted.ip_allow is None else _networks(wanted.ip_allow)
    changed = replace(key, name=name, note=note, ip_allow=ip_allow)
    if changed == key:
        return key
    if not api_keys.change(key.id, name=name, note=note, ip_allow=ip_allow):
        raise ApiKeyError("key", "The key has been revoked.")
    what = tuple(field for field in ("name", "note", "ip_allow") if getattr(changed, field) != getattr(key, field))
    record(Tag.API_KEY_CHANGED, actor=actor, user_id=key.user_id, key=key.id, changed=what)
    return changed


def rotate(key: ApiKey, *, overlap: int, actor: str) -> Created:
    """Make the one successor of a live key; the old one ends after `overlap` seconds, 0..7 days. Raises ApiKeyError."""
    now = clock.now()
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise ApiKeyError("overlap", "The overlap is 0 seconds to 7 days.")
    if key.expires_at is not None and key.expires_at <= now:
        raise ApiKeyError("key", "The key has expired.")
    if not api_keys.supersede(key.id, at=now + overlap):
        raise ApiKeyError("key", "The key has been revoked or rotated before.")
    created = _make(
        user_id=key.user_id,
        name=key.name,
        note=key.note,
        scope=key.scope,
        environment=key.environment,
        audience=key.audience,
        ip_allow=key.ip_allow,
        expires_at=None if key.expires_at is None else now + (key.expires_at - key.created_at),
        replaces=key.id,
    )
    record(Tag.API_KEY_ROTATED, actor=actor, user_id=key.user_id, key=key.id, successor=created.row.id, overlap=overlap)
    return created


def revoke(key: ApiKey, *, actor: str, because: str) -> bool:
    """End a key at once. False when it was revoked before."""
    if not api_keys.revoke(key.id, by=actor, because=because):
        return False
    record(Tag.API_KEY_REVOKED, actor=actor, user_id=key.user_id, key=key.id, because=because)
    return True


def revoke_and_tell(settings: Settings, key: ApiKey, *, actor: str, because: str) -> bool:
    """The same; the owner gets a mail, unless it was they who did it."""
    if not revoke(key, actor=actor, because=because):
        return False
    if actor != key.user_id:
        notices.revoked(settings, key)
    return True


def state(key: ApiKey) -> str:
    """What has become of a key: live, revoked or expired."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= clock.now() else "live"


def _make(
    *,
    user_id: str,
    name: str,
    note: str,
    scope: str,
    environment: str,
    audience: tuple[str, ...],
    ip_allow: tuple[str, ...],
    expires_at: int | None,
    replaces: str | None = None,
) -> Created:
    key = generate(environment)
    row = ApiKey(
        id=opaque.identifier("key"),
        digest=api_keys.digest_of(key),
        user_id=user_id,
        name=name,
        note=note,
        hint=f"rk_{environment}_...{key[-4:]}",
        scope=scope,
        environment=environment,
        audience=audience,
        ip_allow=ip_allow,
        created_at=clock.now(),
        expires_at=expires_at,
        last_used_at=None,
        last_used_from=None,
        last_used_by=None,
        notified_at=None,
        revoked_at=None,
        revoked_by=None,
        revoked_because=None,
        replaces=replaces,
    )
    api_keys.store(row)
    return Created(row, key)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME or _invisible(name):
        raise ApiKeyError("name", f"Give the key a name of 1 to {LONGEST_NAME} visible characters.")
    return name


def _note(text: str) -> str:
    if len(text) > LONGEST_NOTE or _invisible(text.replace("\n", "").replace("\r", "")):
        raise ApiKeyError("note", f"A note has at most {LONGEST_NOTE} visible characters.")
    return text.strip()


def _invisible(text: str) -> bool:
    return any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)


def _scopes(user: User, wanted: tuple[str, ...]) -> tuple[str, ...]:
    own = [scope.name for scope in scopes.for_keys(user)]
    if beyond := [name for name in wanted if name not in own]:
        raise ApiKeyError("scopes", f"A key of yours cannot carry the scope {beyond[0][:60]}.")
    if not wanted:
        raise ApiKeyError("scopes", "Choose at least one scope.")
    return tuple(name for name in own if name in wanted)


def _environment(name: str) -> str:
    if name not in ENVIRONMENTS:
        raise ApiKeyError("environment", "The environment is live or test.")
    return name


def _audience(names: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(names))
    if len(wanted) > MOST_ITEMS:
        raise ApiKeyError("audience", f"At most {MOST_ITEMS} audiences.")
    known = clients.audiences(wanted) if wanted else set()
    if unknown := [name for name in wanted if name not in known]:
        raise ApiKeyError("audience", f"No resource server has the audience {unknown[0][:100]}.")
    return wanted


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    if len(texts) > MOST_ITEMS:
        raise ApiKeyError("ip_allow", f"At most {MOST_ITEMS} networks.")
    try:
        return tuple(dict.fromkeys(str(ipaddress.ip_network(text.strip(), strict=False)) for text in texts))
    except ValueError:
        raise ApiKeyError("ip_allow", "Write addresses or networks, such as 203.0.113.7 or 2001:db8::/32.") from None
