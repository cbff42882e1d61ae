"""Whose is it: objects of others are as absent as those that never were (AD1)."""

from flask import abort

from authserver.browser import identity
from authserver.models import api_keys, clients
from authserver.models.api_keys import ApiKey
from authserver.models.clients import Client


def own_client(client_id: str) -> Client:
    """The client, if it is the present user's; administrators may see all. Otherwise 404."""
    user, client = identity.account(), clients.find(client_id)
    if client is None or not (user.is_admin or client.owner_id == user.id):
        abort(404)
    return client


def own_key(key_id: str) -> ApiKey:
    """The key, if it is the present user's. Otherwise 404."""
    key = api_keys.find(key_id, user_id=identity.account().id)
    if key is None:
        abort(404)
    return key
