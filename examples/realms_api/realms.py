"""`/v1/realms`: list, get, create, update, delete, download."""

import re
from typing import NoReturn, cast

from flask import Blueprint, Response, abort, current_app, jsonify, request, url_for

from examples.realms_api import documents
from examples.realms_api.documents import Invalid, Text
from examples.realms_api.guard import protection
from examples.realms_api.store import Owner, Realm, Store

MEMBERS = {
    "name": Text(100, required=True),
    "description": Text(1000, lines=True),
    "content": Text(65536, lines=True),
}
CURSOR = re.compile(r"realm_[0-9a-f]{1,64}")
blueprint = Blueprint("realms", __name__, url_prefix="/v1/realms")


def store() -> Store:
    """The database of this application."""
    return cast(Store, current_app.extensions["realms"])


def owner() -> Owner:
    """Whose data this credential reaches. OAuth and session tokens have no environment: they see what is live."""
    access = protection.access
    return Owner(access.sub, access.environment or "live")


@blueprint.get("")
@protection.requires("read:realms")
def index() -> Response:
    """A page of realms; `next` is the cursor of the page after it, or null."""
    limit = documents.whole_number("limit", 20, documents.MOST_ITEMS)
    cursor = request.args.get("cursor", "")
    if cursor and not CURSOR.fullmatch(cursor):
        raise Invalid("cursor", "cursor must be one that this API gave.")
    found = store().realms(owner(), after=cursor, most=limit + 1)
    page = found[:limit]
    return jsonify(items=[realm.document() for realm in page], next=page[-1].id if len(found) > limit else None)


@blueprint.post("")
@protection.requires("write:realms")
def create() -> tuple[Response, int, dict[str, str]]:
    """A new realm."""
    wanted = {"description": "", "content": "", **documents.body(MEMBERS, partial=False)}
    realm = store().create(owner(), **wanted)
    return jsonify(realm.document()), 201, {"Location": url_for("realms.show", realm_id=realm.id)}


@blueprint.get("/<realm_id>")
@protection.requires("read:realms")
def show(realm_id: str) -> Response:
    """One realm."""
    return jsonify(found(realm_id).document())


@blueprint.patch("/<realm_id>")
@protection.requires("write:realms")
def update(realm_id: str) -> Response:
    """Change what the body names."""
    changes = documents.body(MEMBERS, partial=True)
    realm = store().update(owner(), realm_id, changes) or missing()
    return jsonify(realm.document())


@blueprint.delete("/<realm_id>")
@protection.requires("delete:realms")
def delete(realm_id: str) -> tuple[str, int]:
    """Remove a realm."""
    if not store().delete(owner(), realm_id):
        missing()
    return "", 204


@blueprint.get("/<realm_id>/download")
@protection.requires("download:realms")
def download(realm_id: str) -> Response:
    """The content of a realm, as a file."""
    realm = found(realm_id)
    response = Response(realm.content, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{realm.id}.txt"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def found(realm_id: str) -> Realm:
    """A realm of this caller; another's does not exist for him."""
    return store().find(owner(), realm_id) or missing()


def missing() -> NoReturn:
    """There is no such realm."""
    abort(404, "There is no such realm.")
