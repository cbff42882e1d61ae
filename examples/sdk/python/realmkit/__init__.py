"""Client of the RealmKit realms API.

    client = RealmKit(api_key="...")
    for realm in client.realms.list():
        print(realm.name)
"""

from realmkit.client import DEFAULT_BASE_URL, Profiles, RealmKit, Realms
from realmkit.errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    PermissionDeniedError,
    RateLimitError,
    RealmKitError,
)
from realmkit.models import Page, Profile, Realm, Stats

__all__ = [
    "DEFAULT_BASE_URL",
    "APIConnectionError",
    "APIError",
    "AuthenticationError",
    "Page",
    "PermissionDeniedError",
    "Profile",
    "Profiles",
    "RateLimitError",
    "Realm",
    "RealmKit",
    "RealmKitError",
    "Realms",
    "Stats",
]
