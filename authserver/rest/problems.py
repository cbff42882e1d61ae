"""Errors of the management API (RFC 9457)."""

from dataclasses import dataclass
from typing import Any

from authserver.oauth.answer import Answer, problem_answer


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a body: where (RFC 6901), and what."""

    pointer: str
    detail: str


class Problem(Exception):
    """An answer that is no success. Nothing was changed."""

    def __init__(self, status: int, detail: str, *faults: Fault, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = faults
        self.headers = headers

    def answer(self) -> Answer:
        """As it goes out."""
        faults = [{"pointer": fault.pointer, "detail": fault.detail} for fault in self.faults]
        members: dict[str, Any] = {"errors": faults} if faults else {}
        return problem_answer(self.status, self.detail, headers=self.headers, **members)


def absent() -> Problem:
    """There is no such object, or none that the caller may know of: one text for both (AD1)."""
    return Problem(404, "There is no such object.")


def malformed(*faults: Fault) -> Problem:
    """A body that says something, but nothing that can be granted."""
    return Problem(400, "The request cannot be granted as it stands.", *faults)
