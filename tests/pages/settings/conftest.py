"""Developers at their browsers."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.factories import PASSWORD, make_user
from tests.pages.settings.developers import Developer, MakeDeveloper

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def developer(app: Flask, house: "House") -> MakeDeveloper:
    """`developer(is_admin=True)`: a new account, signed in."""

    def make(**values: object) -> Developer:
        at = Developer(app)
        at.user, _ = make_user(house, **values)
        assert at.sign_in(at.user, PASSWORD).status_code == 303
        return at

    return make
