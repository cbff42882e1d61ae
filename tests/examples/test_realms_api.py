"""The realms API over HTTP, guarded by the running authorization server."""

from typing import Any

import pytest
import requests

from tests.examples.product import SCOPES, Product

ABSENT = "/v1/realms/realm_none"
#: Every route, and the scope that it needs.
ROUTES = {
    ("GET", "/v1/realms"): "read:realms",
    ("POST", "/v1/realms"): "write:realms",
    ("GET", ABSENT): "read:realms",
    ("PATCH", ABSENT): "write:realms",
    ("DELETE", ABSENT): "delete:realms",
    ("GET", f"{ABSENT}/download"): "download:realms",
    ("GET", "/v1/stats"): "read:stats",
    ("GET", "/v1/profile"): "read:profile",
    ("PATCH", "/v1/profile"): "write:profile",
}


def made(product: Product, **members: Any) -> dict[str, Any]:
    answer = product.call("POST", "/v1/realms", json={"name": "Winter", **members})
    assert answer.status_code == 201
    document: dict[str, Any] = answer.json()
    return document


def test_a_realm_from_beginning_to_end(product: Product) -> None:
    before = product.call("GET", "/v1/stats").json()
    created = product.call("POST", "/v1/realms", json={"name": "Winter", "content": "snöw\n"})
    realm = created.json()
    path = f"/v1/realms/{realm['id']}"
    assert created.headers["Location"] == path
    assert (realm["name"], realm["description"], realm["size"]) == ("Winter", "", 6)
    assert product.call("GET", path).json() == realm
    after = product.call("GET", "/v1/stats").json()
    assert (after["realms"], after["bytes"]) == (before["realms"] + 1, before["bytes"] + 6)
    changed = product.call("PATCH", path, json={"description": "cold\nand white"}).json()
    assert {**changed, "updated_at": 0} == {**realm, "description": "cold\nand white", "updated_at": 0}
    download = product.call("GET", f"{path}/download")
    assert download.content.decode() == "snöw\n"
    assert download.headers["Content-Disposition"].startswith("attachment;")
    assert product.call("DELETE", path).status_code == 204
    for method in ("GET", "DELETE"):
        assert product.call(method, path).status_code == 404


def test_lists_come_in_pages(product: Product) -> None:
    ids = [made(product)["id"] for _ in range(3)]
    found, cursor = [], ""
    while cursor is not None:
        page = product.call("GET", "/v1/realms", params={"limit": 2, "cursor": cursor}).json()
        assert len(page["items"]) <= 2
        found += [realm["id"] for realm in page["items"]]
        cursor = page["next"]
    assert found == sorted(set(found))
    assert found[-3:] == ids


def test_the_profile_is_of_both_servers(product: Product) -> None:
    changed = product.call("PATCH", "/v1/profile", json={"display_name": "Ada L."}).json()
    assert (changed["username"], changed["display_name"]) == ("ada", "Ada L.")
    assert product.call("GET", "/v1/profile").json() == changed


def test_everything_but_the_index_and_the_metadata_needs_a_credential(product: Product) -> None:
    assert product.call("GET", "/", "").json()["scopes"] == sorted(SCOPES.split())
    metadata = product.call("GET", "/.well-known/oauth-protected-resource", "").json()
    assert (metadata["resource"], metadata["authorization_servers"]) == (product.api, [product.server.url])
    assert metadata["scopes_supported"] == sorted(SCOPES.split())
    for method, path in ROUTES:
        answer = product.call(method, path, "", json={})
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="RealmKit", resource_metadata="http')
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_key_without_the_scope_is_403_and_the_scope_is_named(product: Product, method: str, path: str) -> None:
    needed = ROUTES[method, path]
    answer = product.call(method, path, product.narrow, json={})
    if needed == "read:realms":
        assert answer.status_code in {200, 404}
        return
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]
    assert answer.json()["missing_scopes"] == [needed]


def test_an_access_token_is_as_good_as_a_key_and_sees_its_own(product: Product) -> None:
    mine = made(product)["id"]
    assert product.call("GET", "/v1/realms", product.service).json() == {"items": [], "next": None}
    assert product.call("GET", f"/v1/realms/{mine}", product.service).status_code == 404
    assert product.call("POST", "/v1/realms", product.service, json={"name": "x"}).status_code == 403


def test_AK5_a_revoked_key_is_401_at_the_next_request(product: Product) -> None:
    made = product.new_key("--environment", "live", "--scope", "read:realms")
    assert product.call("GET", "/v1/realms", made["key"]).status_code == 200
    product.server.cli("api-keys", "revoke", made["id"])
    answer = product.call("GET", "/v1/realms", made["key"])
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_test_key_does_not_reach_live_data(product: Product) -> None:
    key = product.new_key("--environment", "test", "--scope", "read:realms")["key"]
    assert product.call("GET", "/v1/realms", key).status_code == 401


def test_AK7_a_key_with_addresses_is_good_from_there(product: Product) -> None:
    flags = ("--environment", "live", "--scope", "read:realms", "--allow-ip")
    here, elsewhere = (product.new_key(*flags, cidr)["key"] for cidr in ("127.0.0.0/8", "192.0.2.0/24"))
    assert product.call("GET", "/v1/realms", here).status_code == 200
    assert product.call("GET", "/v1/realms", elsewhere).status_code == 401


BAD_BODIES = {
    "": 400,
    "{": 400,
    "[" * 100_000: 400,
    "[]": 400,
    "{}": 400,
    '{"name": ""}': 400,
    '{"name": 7}': 400,
    '{"name": "a\\u0000b"}': 400,
    '{"name": "a\\nb"}': 400,
    '{"name": "\\ud800"}': 400,
    '{"name": "x", "owner": "eve"}': 400,
    '{"description": "without a name"}': 400,
    f'{{"name": "{"x" * 101}"}}': 400,
    f'{{"name": "x", "content": "{"x" * 140_000}"}}': 413,
}


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_body_that_cannot_be_meant_is_refused(product: Product, body: str) -> None:
    refused(send(product, body, "application/json"), BAD_BODIES[body])


def test_a_body_that_is_not_json_is_refused(product: Product) -> None:
    refused(send(product, '{"name": "x"}', "text/plain"), 415)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=%C2%B2", "cursor=%FF"])
def test_a_parameter_that_cannot_be_meant_is_refused(product: Product, query: str) -> None:
    refused(product.call("GET", f"/v1/realms?{query}"), 400)


def test_what_is_not_there_is_a_problem_document_too(product: Product) -> None:
    refused(product.call("GET", "/v2"), 404)
    refused(answer := product.call("PUT", "/v1/realms"), 405)
    assert "POST" in answer.headers["Allow"]


def send(product: Product, body: str, media_type: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {product.key}", "Content-Type": media_type}
    return requests.post(f"{product.api}/v1/realms", data=body.encode(), headers=headers, timeout=30)


def refused(answer: requests.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["type"]) == (status, "about:blank")
    assert answer.json()["detail"]
