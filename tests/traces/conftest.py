"""What was noted of a request, as it is stored."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from flask import Flask

from authserver.models.traces import Trace
from authserver.models.users import User
from authserver.oauth import catalogue
from tests.factories import make_user
from tests.rfc.conftest import Party, party_at

if TYPE_CHECKING:
    from authserver.composition import House


class Answered(Protocol):
    """Whatever came back over HTTP."""

    @property
    def headers(self) -> Any: ...


TraceOf = Callable[[Answered], Trace]


@pytest.fixture
def trace_of(house: "House") -> TraceOf:
    """The trace of an answer, by the id in its header."""

    def find(answer: Answered) -> Trace:
        found = house.server.traces.find(answer.headers["X-Request-Id"])
        assert found is not None
        return found

    return find


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


@pytest.fixture
def rp(app: Flask) -> Party:
    """A confidential client and its signed-in user."""
    return party_at(app)


def failed(trace: Trace) -> dict[str, Any]:
    """The check that has failed: the only one, and the last."""
    checks: list[dict[str, Any]] = trace.checks["checks"]
    assert [check["passed"] for check in checks if check["passed"] is False] == [False]
    assert checks[-1]["passed"] is False
    return checks[-1]


def explains(trace: Trace, error: str, cause: str, check: str) -> dict[str, Any]:
    """The trace says this error, this case of it, and this check; the catalogue knows them."""
    last = failed(trace)
    assert (trace.error, trace.cause, last["name"]) == (error, cause, check)
    assert last["says"]
    assert catalogue.case_of(error, cause) is not None
    return last
