"""`/openapi.json`: the management API described (OpenAPI 3.1), derived from the resources themselves."""

import re
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any

from authserver.oauth.answer import Answer, json_answer
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.rest.access import ADMIN, MANAGE
from authserver.rest.resource import Operation, Resource

PATH = "/openapi.json"
CACHE = (("Cache-Control", "public, max-age=300"),)
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "error": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}}},
        },
    },
}
_SCOPES = {MANAGE: "One's own objects", ADMIN: "All objects, for administrators"}


def respond_for(resources: Iterable[Resource]) -> Callable[[Request, AuthorizationServer], Answer]:
    """What answers with the description of these resources."""
    paths = {resource.path: _path(resource) for resource in resources}

    def respond(request: Request, server: AuthorizationServer) -> Answer:
        return json_answer(_document(paths, server), headers=CACHE)

    return respond


def _document(paths: dict[str, Any], server: AuthorizationServer) -> dict[str, Any]:
    settings = server.settings
    flow = {
        "authorizationUrl": settings.issuer + server.paths["authorization_endpoint"],
        "tokenUrl": settings.issuer + server.paths["token_endpoint"],
        "scopes": _SCOPES,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{settings.brand}: management API", "version": version("authserver")},
        "servers": [{"url": settings.issuer}],
        "security": [{"bearer": []}, {"oauth2": [MANAGE]}, {"oauth2": [ADMIN]}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A session token or an access token."},
                "oauth2": {"type": "oauth2", "flows": {"authorizationCode": flow}},
            },
        },
    }


def _path(resource: Resource) -> dict[str, Any]:
    item: dict[str, Any] = {one.method.lower(): _operation(one) for one in resource.operations}
    if variables := re.findall(r"\{(\w+)\}", resource.path):
        item["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in variables
        ]
    return item


def _operation(operation: Operation) -> dict[str, Any]:
    answers = dict(operation.answers)
    if operation.body is not None:
        answers[415] = ("The body is not application/json.", None)
    if not operation.public:
        answers |= {401: ("No token, or none that is good.", None), 403: ("The token lacks a scope.", None)}
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": {str(status): _answer(status, *answers[status]) for status in sorted(answers)},
    }
    if operation.query:
        found["parameters"] = [
            {"name": name, "in": "query", "schema": _plain(s)} for name, s in operation.query.items()
        ]
    if operation.body is not None:
        content = {"application/json": {"schema": _plain(operation.body)}}
        found["requestBody"] = {"required": not operation.body_optional, "content": content}
    return found | ({"security": []} if operation.public else {})


def _answer(status: int, description: str, schema: Any) -> dict[str, Any]:
    if status >= 400:
        problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
        return {"description": description, "content": {"application/problem+json": problem}}
    content = {"content": {"application/json": {"schema": _plain(schema)}}} if schema else {}
    return {"description": description, **content}


def _plain(schema: Any) -> Any:
    """Without what only the checks need."""
    if isinstance(schema, dict):
        return {name: _plain(value) for name, value in schema.items() if not name.startswith("x-")}
    return [_plain(part) for part in schema] if isinstance(schema, list | tuple) else schema
