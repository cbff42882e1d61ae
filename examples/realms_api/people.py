"""`/v1/stats` and `/v1/profile`: the caller himself."""

from typing import Any

from flask import Blueprint, Response, jsonify

from examples.realms_api import documents
from examples.realms_api.documents import Text
from examples.realms_api.guard import protection
from examples.realms_api.realms import owner, store

MEMBERS = {"display_name": Text(100), "bio": Text(1000, lines=True)}
blueprint = Blueprint("people", __name__, url_prefix="/v1")


@blueprint.get("/stats")
@protection.requires("read:stats")
def stats() -> Response:
    """How much the caller has here."""
    return jsonify(store().stats(owner()))


@blueprint.get("/profile")
@protection.requires("read:profile")
def profile() -> Response:
    """What the authorization server and this API know of the caller."""
    return jsonify(described())


@blueprint.patch("/profile")
@protection.requires("write:profile")
def describe() -> Response:
    """Change what the body names."""
    store().describe(owner(), documents.body(MEMBERS, partial=True))
    return jsonify(described())


def described() -> dict[str, Any]:
    """The profile of the caller."""
    access = protection.access
    return {"sub": access.sub, "username": access.username, "tier": access.tier, **store().profile(owner())}
