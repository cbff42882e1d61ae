"""Log lines: one event a line, as text or JSON, and never a credential in them (IJ5, IJ6)."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal

#: Loggers whose text is meant to be used: the link that stands in for a mail (decision 33).
UNREDACTED = frozenset({"authserver.mail"})
#: Every secret of ours is known by its prefix; JWTs and authorization headers by their shape.
_SECRET = re.compile(
    r"\b(rk_(?:live|test)_|(?:ac|at|rt|cs|lk|ss|br|ar)_)[A-Za-z0-9_-]{16,}"
    r"|\b(ey)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
    r"|\b((?:basic|bearer|dpop) +)[A-Za-z0-9._~+/=-]{8,}",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class LineFormatter(logging.Formatter):
    """`time level logger message`, control characters escaped so that no value can begin a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = _message(record)
        if record.name in UNREDACTED:
            text = text.replace("\\n", "\n    ")  # a mail is read by a person; indented lines cannot pose as events
        return f"{moment} {record.levelname.lower()} {record.name} {text}"


class JsonFormatter(logging.Formatter):
    """The same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat()
        line = {"time": moment, "level": record.levelname.lower(), "logger": record.name, "message": _message(record)}
        return json.dumps(line, ensure_ascii=True)


def configure(*, level: str, style: Literal["text", "json"]) -> None:
    """Send the log of this server to standard error."""
    logger = logging.getLogger("authserver")
    logger.setLevel(level.upper())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else LineFormatter())
    logger.handlers = [handler]


def redacted(text: str) -> str:
    """The text without the secret part of any credential."""
    return _SECRET.sub(lambda match: f"{match[1] or match[2] or match[3]}[redacted]", text)


def _message(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text += "\n" + logging.Formatter().formatException(record.exc_info)
    if record.name not in UNREDACTED:
        text = redacted(text)
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
