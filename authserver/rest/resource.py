"""A resource under `/v1`: a path and its operations, declared once for the wire, the checks and the documentation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authserver.oauth.answer import Answer
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.rest.bodies import Schema
from authserver.rest.problems import Fault, Problem, malformed

Respond = Callable[[Request, AuthorizationServer], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a resource. `answers`: status -> what it means and, unless it is a problem, its schema."""

    method: str
    name: str  # operationId
    summary: str
    respond: Respond
    answers: Mapping[int, tuple[str, Schema | None]]
    body: Schema | None = None
    body_optional: bool = False
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    public: bool = False  # takes no token


@dataclass(frozen=True, slots=True)
class Resource:
    """`respond` is what an endpoint of the wire calls."""

    path: str
    operations: tuple[Operation, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        return tuple(operation.method for operation in self.operations)

    def respond(self, request: Request, server: AuthorizationServer) -> Answer:
        """The answer of the operation, or the problem that it has found."""
        method = "GET" if request.method == "HEAD" else request.method
        operation = next(one for one in self.operations if one.method == method)
        try:
            return operation.respond(request, server)
        except Problem as problem:
            return problem.answer()


def check_query(request: Request, allowed: Mapping[str, Any]) -> None:
    """Raises Problem (400) for a query parameter that nobody reads here; a credential in one is not looked at (AK8)."""
    parameters = request.query().single()
    if unknown := [name for name in parameters if name not in allowed]:
        raise malformed(Fault(unknown[0][:60], "is no parameter of it"))
