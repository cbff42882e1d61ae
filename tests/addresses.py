"""Where requests come from: every test client has an address of its own, because addresses are limited."""

import secrets
from typing import Any

from flask.testing import FlaskClient


def somewhere() -> str:
    """An address from which nobody has come yet."""
    number = secrets.randbits(22)
    return f"100.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


class Caller(FlaskClient):
    """A test client that shares nobody's limits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.environ_base["REMOTE_ADDR"] = somewhere()
