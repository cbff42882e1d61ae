"""Browsers as in the tests of pages."""

from tests.pages.conftest import at, mail_waits

__all__ = ["at", "mail_waits"]
