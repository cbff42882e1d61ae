"""The whole life of a realm. REALMKIT_API_KEY=... python example.py"""

import json
import sys

from realmkit import PermissionDeniedError, RealmKit, RealmKitError

client = RealmKit()
try:
    realm = client.realms.create(name="Winter", content="snow\n")
    listed = [each.id for each in client.realms.iterate(limit=1)]
    renamed = client.realms.update(realm.id, name="Late winter")
    report = {
        "listed": realm.id in listed,
        "name": client.realms.get(realm.id).name,
        "size": renamed.size,
        "content": client.realms.download(realm.id).decode(),
        "stats": client.stats().realms == len(listed),
        "bio": client.profile.update(bio="Likes snow.").bio,
        "username": client.profile.get().username,
    }
    client.realms.delete(realm.id)
    report["left"] = realm.id in [each.id for each in client.realms.list(limit=100)]
    print(json.dumps(report))
except PermissionDeniedError as error:
    sys.exit(f"PermissionDeniedError: missing {' '.join(error.missing_scopes)}")
except RealmKitError as error:
    sys.exit(f"{type(error).__name__}: {error}")
