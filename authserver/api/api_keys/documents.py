"""API keys as JSON, in and out: the schemas that bodies are held against and the documentation shows."""

from typing import Any

from authserver.models.api_keys import ApiKey
from authserver.oauth import api_keys
from authserver.oauth.credentials.api_key import ENVIRONMENTS
from authserver.rest import lists

_TEXT = {"type": "string", "maxLength": 500}
_TEXTS = {"type": "array", "maxItems": api_keys.MOST_ITEMS, "items": _TEXT}
_TIME = {"type": "integer", "description": "Seconds since 1970.", "minimum": 0, "maximum": 2**53}
_MAYBE_TIME = {**_TIME, "type": ["integer", "null"]}
_MAYBE_TEXT = {**_TEXT, "type": ["string", "null"]}
_NAME = {"type": "string", "minLength": 1, "maxLength": api_keys.LONGEST_NAME}
_NOTE = {"type": "string", "maxLength": api_keys.LONGEST_NOTE}
_ENVIRONMENT = {"type": "string", "enum": list(ENVIRONMENTS), "maxLength": 10}
_EXPIRES_IN = {
    "type": ["integer", "null"], "minimum": 1, "maximum": api_keys.LONGEST_LIFE,
    "description": "Seconds; null or left out: the key never expires.",
}  # fmt: skip
_OVERLAP = {
    "type": "integer", "minimum": 0, "maximum": api_keys.LONGEST_OVERLAP, "default": 0,
    "description": "Seconds that the old key goes on working.",
}  # fmt: skip
KEY = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "name": _NAME,
        "note": _NOTE,
        "hint": {**_TEXT, "description": "Prefix and the last four characters."},
        "user_id": _TEXT,
        "scopes": _TEXTS,
        "environment": _ENVIRONMENT,
        "audience": _TEXTS,
        "ip_allow": _TEXTS,
        "state": {"type": "string", "enum": ["live", "expired", "revoked"], "maxLength": 10},
        "created_at": _TIME,
        "expires_at": _MAYBE_TIME,
        "last_used_at": _MAYBE_TIME,
        "last_used_from": _MAYBE_TEXT,
        "last_used_by": _MAYBE_TEXT,
        "revoked_at": _MAYBE_TIME,
        "revoked_by": _MAYBE_TEXT,
        "revoked_because": _MAYBE_TEXT,
        "replaces": {**_MAYBE_TEXT, "description": "Id of the key that was rotated into this one."},
    },
}
NEW_KEY = {
    "type": "object",
    "properties": {**KEY["properties"], "key": {**_TEXT, "description": "The key itself, this once."}},  # type: ignore[dict-item]
}
LIST = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": KEY, "maxItems": lists.MOST}, "next": _MAYBE_TEXT},
}
#: Made by the server. Sent along, as by a program that changes what it has read, they are ignored (AD4).
MADE_HERE = ("id", "hint", "key", "user_id", "owner", "tier", "role", "is_admin", "state", "client_id", *(
    name for name in KEY["properties"] if name.endswith(("_at", "_by", "_from", "_because"))
), "replaces")  # fmt: skip
WISH = {
    "type": "object",
    "required": ["name", "scopes", "environment"],
    "properties": {
        "name": _NAME,
        "scopes": {**_TEXTS, "minItems": 1},
        "environment": _ENVIRONMENT,
        "expires_in": _EXPIRES_IN,
        "ip_allow": _TEXTS,
        "audience": _TEXTS,
        "note": _NOTE,
    },
    "x-ignored": MADE_HERE,
}
CHANGE = {
    "type": "object",
    "properties": {"name": _NAME, "note": _NOTE, "ip_allow": _TEXTS},
    "x-ignored": MADE_HERE,
}
ROTATION = {"type": "object", "properties": {"overlap": _OVERLAP}}


def document(key: ApiKey) -> dict[str, Any]:
    """A key as programs see it again: everything but the key."""
    return {
        "id": key.id,
        "name": key.name,
        "note": key.note,
        "hint": key.hint,
        "user_id": key.user_id,
        "scopes": key.scope.split(),
        "environment": key.environment,
        "audience": key.audience,
        "ip_allow": key.ip_allow,
        "state": api_keys.state(key),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "last_used_from": key.last_used_from,
        "last_used_by": key.last_used_by,
        "revoked_at": key.revoked_at,
        "revoked_by": key.revoked_by,
        "revoked_because": key.revoked_because,
        "replaces": key.replaces,
    }
