"""One walk through the site for all tests of a module; mail stays in the queue."""

from collections.abc import Iterator

import pytest
from flask import Flask

from authserver.outbox import courier
from tests.injection.site import Site, explored


@pytest.fixture(scope="module", autouse=True)
def mail_waits() -> Iterator[None]:
    """Nobody delivers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(courier, "wake", lambda database, settings: None)
        yield


@pytest.fixture(scope="module")
def site(app: Flask, mail_waits: None) -> Site:
    """The forms of an administrator, who has all that others have."""
    return explored(app)
