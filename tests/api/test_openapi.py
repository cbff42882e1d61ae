"""`/openapi.json`: true of the server, and no request that it describes is answered by a 5xx."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from authserver.api import API, RESOURCES
from tests.addresses import somewhere
from tests.api.conftest import PATH, Manage, Program

FAST = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
METHODS = ("get", "post", "patch", "delete", "put")
#: Values where a schema wants others, or that programs like to forget.
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just([]), st.just({}))


@pytest.fixture
def described(http: FlaskClient) -> dict[str, Any]:
    answer = http.get("/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json  # type: ignore[assignment]
    return document


def test_the_document_is_public_and_may_be_kept(http: FlaskClient) -> None:
    answer = http.get("/openapi.json", headers={"Origin": "https://tools.example"})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_it_describes_this_very_server(described: dict[str, Any], app: Flask) -> None:
    own = app.extensions["authserver"].settings
    assert described["openapi"].startswith("3.1.")
    assert described["servers"] == [{"url": own.issuer}]
    flow = described["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
    assert (flow["authorizationUrl"], flow["tokenUrl"]) == (f"{own.issuer}/authorize", f"{own.issuer}/token")
    assert set(flow["scopes"]) == {"manage", "admin"}


def test_AD8_it_has_every_route_and_verb_and_no_other(described: dict[str, Any]) -> None:
    routes = {one.path: set(one.methods) for one in API if one.path not in {"/openapi.json", "/v1"}}
    assert {
        path: {name.upper() for name in item if name in METHODS} for path, item in described["paths"].items()
    } == routes
    names = [one.name for resource in RESOURCES for one in resource.operations]
    assert len(names) == len(set(names))


def test_every_reference_is_there_and_every_variable_declared(described: dict[str, Any]) -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(described))):
        found = described
        for step in reference.split("/"):
            found = found[step]
    for path, item in described["paths"].items():
        declared = [one["name"] for one in item.get("parameters", [])]
        assert declared == re.findall(r"\{(\w+)\}", path)
        for method in METHODS:
            if method in item:
                assert item[method]["responses"]
                assert ("security" in item[method]) == (path == "/v1/leaks")


def test_what_a_good_answer_holds_is_described(described: dict[str, Any], program: Manage) -> None:
    mine = program()
    made = mine.create()
    path = described["paths"]["/v1/api-keys"]
    new = path["post"]["responses"]["201"]["content"]["application/json"]["schema"]
    assert set(made.json) == set(new["properties"])
    item = path["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["items"]["items"]
    assert set(mine.send("GET").json["items"][0]) == set(item["properties"])


def like(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that the schema allows, and now and then others."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of(*(_of(kind, schema) for kind in kinds), *(_of(kind, schema) for kind in kinds), ODD)


def _of(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "object":
        properties = schema["properties"]
        return st.fixed_dictionaries({}, optional={name: like(one) for name, one in properties.items()})
    if kind == "array":
        return st.lists(like(schema["items"]), max_size=3)
    if kind == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if kind == "null":
        return st.none()
    known = st.sampled_from(schema.get("enum", ["read:realms", "203.0.113.0/24", "x", ""]))
    return st.one_of(known, st.text(max_size=schema["maxLength"] if schema["maxLength"] < 50 else 50))


def is_clear(answer: TestResponse) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"


OPERATIONS = [(resource.path, one) for resource in RESOURCES for one in resource.operations]


@pytest.mark.parametrize(("path", "operation"), OPERATIONS, ids=[one.name for _, one in OPERATIONS])
def test_no_request_that_is_described_or_nearly_so_gets_a_5xx(program: Manage, path: str, operation: Any) -> None:
    mine: Program = program()
    key_id = mine.create().json["id"]
    bodies = st.none() if operation.body is None else like(operation.body)
    names = st.sampled_from([*operation.query, "x"])
    queries = st.dictionaries(names, st.text(max_size=10), max_size=2)
    ids = st.sampled_from([key_id, key_id, "key_x", "\u00e9", "a b", "%"])

    @FAST
    @given(body=bodies, query=queries, object_id=ids)
    def send(body: Any, query: dict[str, str], object_id: str) -> None:
        more: dict[str, Any] = {}
        if operation.body is not None:
            more = {"data": json.dumps(body), "headers": {"Content-Type": "application/json"}}
        where = path.replace("{id}", object_id)
        origin = {"REMOTE_ADDR": somewhere()}
        answer = mine.send(operation.method, where, query_string=query, environ_overrides=origin, **more)
        is_clear(answer)
        if answer.status_code != 404:
            assert answer.status_code in {*operation.answers, 400, 403}

    send()


def test_keys_are_still_fine_after_all_that(program: Manage) -> None:
    mine = program()
    assert mine.create().status_code == 201
    assert mine.send("GET", PATH).status_code == 200
