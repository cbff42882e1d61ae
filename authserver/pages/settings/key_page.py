"""The page of one API key: what it is, how it is used, what became of it."""

from dataclasses import dataclass

from flask import render_template

from authserver import clock
from authserver.models import api_keys as stored_keys
from authserver.models import audit_events, key_usage
from authserver.models.api_keys import ApiKey
from authserver.models.audit_events import AuditEvent
from authserver.oauth.api_keys import state
from authserver.pages.settings import charts, once, words
from authserver.pages.settings.forms import ApiKeyChangeForm, as_text

MOST_EVENTS = 50
LATELY = 86400


@dataclass(frozen=True, slots=True)
class Use:
    """The last use of a key; `ago` in words, everything None before the first."""

    at: int | None
    ago: str | None
    address: str | None
    by: str | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two keys of which one replaces the other. `in_use`: the old one was used since then."""

    old: ApiKey
    new: ApiKey
    use: Use
    in_use: bool
    going_on: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the key."""

    at: int
    tag: str
    who: str | None
    address: str | None
    told: str | None


def address_of(key: ApiKey) -> str:
    """Where the page is."""
    return f"/settings/api-keys/{key.id}"


def needs_name(key: ApiKey) -> bool:
    """Whether something real breaks when it ends: a live key that was used lately is revoked by typing its name."""
    used = key.last_used_at is not None and key.last_used_at > clock.now() - LATELY
    return used and key.environment == "live" and state(key) == "live"


def key_page(key: ApiKey, form: ApiKeyChangeForm | None = None, *, typed: str | None = None) -> str:
    """The key as it is stored, and the form as it was filled in; `typed` is a name that was not the key's."""
    usage = key_usage.of([key.id], since=charts.since("30d"))
    kept = {"name": key.name, "note": key.note, "ip_allow": as_text(key.ip_allow)}
    return render_template(
        "settings/api_key.html",
        key=key,
        state=state(key),
        revoked_by=words.actor(key.revoked_by),
        reason=words.reason(key),
        use=_use(key),
        overlap=_overlap(key),
        charts=[charts.chart(name, usage) for name in charts.RANGES],
        events=[_event(event) for event in _trail(key)],
        form=form or ApiKeyChangeForm(formdata=None, data=kept),
        reasons=[(code, words.REASONS[code]) for code in words.CHOICES],
        nonce=once.nonce(),
        guarded=needs_name(key),
        typed=typed,
    )


def _trail(key: ApiKey) -> list[AuditEvent]:
    """What happened to it, the latest first; a successor begins with the rotation that made it."""
    own = audit_events.about("key", key.id, user_id=key.user_id, limit=MOST_EVENTS)
    return own + audit_events.about("successor", key.id, user_id=key.user_id, limit=1)


def _use(key: ApiKey) -> Use:
    at = key.last_used_at
    return Use(at, None if at is None else words.since(at), key.last_used_from, words.actor(key.last_used_by))


def _overlap(key: ApiKey) -> Overlap | None:
    """The change-over that this key is part of: to its successor, else from its predecessor."""
    successor = stored_keys.successor(key.id)
    old = key if successor is not None else stored_keys.find(key.replaces) if key.replaces is not None else None
    if old is None:
        return None
    new = successor or key
    in_use = old.last_used_at is not None and old.last_used_at > new.created_at
    return Overlap(old, new, _use(old), in_use, going_on=state(old) == "live")


def _overlap_told(seconds: int) -> str:
    return f"the old key works for {clock.span(seconds)} more" if seconds else "the old key ends at once"


def _event(event: AuditEvent) -> Event:
    details = event.details
    told = {
        "api_key.created": details.get("scope"),
        "api_key.changed": ", ".join(details.get("changed", ())),
        "api_key.rotated": _overlap_told(details.get("overlap", 0)),
        "api_key.revoked": words.REASONS.get(details.get("because", ""), details.get("because")),
        "api_key.leaked": details.get("url"),
        "api_key.exchanged": details.get("scope"),
    }.get(event.tag)
    return Event(event.at, event.tag, words.actor(event.actor), event.address, told)
