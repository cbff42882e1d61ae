"""What may stand in a trace: no credential, no value that is likely to be one, no text without end."""

import re

from authserver import logs

LONGEST = 500
#: Members of a query, by parts of their names, whose values are nobody's business.
_MEMBER = re.compile(
    r"([?&;#][^=&;#\s]*(?:code|token|secret|pass|pwd|key|assert|verif|session|sid|auth|cred|sig|jwt|otp|ticket)[^=&;#\s]*=)"
    r"[^&;#\s]+",
    re.IGNORECASE,
)
_PERSON = re.compile(r"(?<=://)[^/?#\s@]*@")
REDACTED = "[redacted]"


def clean(text: str) -> str:
    """The text as a trace keeps it."""
    # Cut before anything is searched in it, and again because what stands in for a secret may be longer.
    bounded = text[: LONGEST * 2]
    # Not `?`, which means something in a URI.
    shown = "".join(char if char.isprintable() else "\ufffd" for char in bounded)
    return cut(logs.redacted(_PERSON.sub(f"{REDACTED}@", _MEMBER.sub(rf"\1{REDACTED}", shown))))


def cut(text: str) -> str:
    """At most so long, and seen to be cut."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
