"""The whole schema, for migrations: importing this module registers every table."""

from authserver.models import (
    access_tokens,
    api_keys,
    audit_events,
    authorization_codes,
    authorization_requests,
    client_secrets,
    clients,
    consents,
    grants,
    installation,
    key_usage,
    links,
    outbox,
    refresh_tokens,
    scopes,
    sessions,
    signing_keys,
    throttles,
    tiers,
    traces,
    users,
)
from authserver.models.database import metadata

TABLES = (
    access_tokens,
    api_keys,
    audit_events,
    authorization_codes,
    authorization_requests,
    client_secrets,
    clients,
    consents,
    grants,
    installation,
    key_usage,
    links,
    outbox,
    refresh_tokens,
    scopes,
    sessions,
    signing_keys,
    throttles,
    tiers,
    traces,
    users,
)

__all__ = ["TABLES", "metadata"]
