"""The client: `RealmKit(api_key=...).realms.list()`."""

import os
from collections.abc import Callable, Iterator
from time import sleep as _sleep
from urllib.parse import quote, urlencode

from realmkit.models import Page, Profile, Realm, Stats
from realmkit.transport import Transport

DEFAULT_BASE_URL = "https://api.realmkit.com"


class RealmKit:
    """The realms API, as the owner of a key sees it."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 2,
        max_wait: float = 60.0,
        sleep: Callable[[float], None] = _sleep,
    ) -> None:
        key = api_key or os.environ.get("REALMKIT_API_KEY")
        if not key:
            raise ValueError("give api_key, or set REALMKIT_API_KEY")
        transport = Transport(
            key=key,
            base_url=base_url or os.environ.get("REALMKIT_BASE_URL") or DEFAULT_BASE_URL,
            timeout=timeout,
            max_retries=max_retries,
            max_wait=max_wait,
            sleep=sleep,
        )
        self.realms = Realms(transport)
        self.profile = Profiles(transport)
        self._transport = transport

    def stats(self) -> Stats:
        """How much there is. Needs `read:stats`."""
        return Stats.read(self._transport.json("GET", "/v1/stats"))


class Realms:
    """`/v1/realms`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page:
        """A page of realms. Needs `read:realms`."""
        wanted = {name: value for name, value in {"limit": limit, "cursor": cursor}.items() if value is not None}
        document = self._transport.json("GET", f"/v1/realms?{urlencode(wanted)}" if wanted else "/v1/realms")
        return Page([Realm.read(item) for item in document["items"]], document["next"])

    def iterate(self, *, limit: int | None = None) -> Iterator[Realm]:
        """All realms, page by page."""
        page = self.list(limit=limit)
        yield from page
        while page.next is not None:
            page = self.list(limit=limit, cursor=page.next)
            yield from page

    def get(self, realm_id: str) -> Realm:
        """One realm. Needs `read:realms`."""
        return Realm.read(self._transport.json("GET", _path(realm_id)))

    def create(self, *, name: str, description: str = "", content: str = "") -> Realm:
        """A new realm. Needs `write:realms`."""
        body = {"name": name, "description": description, "content": content}
        return Realm.read(self._transport.json("POST", "/v1/realms", body))

    def update(
        self, realm_id: str, *, name: str | None = None, description: str | None = None, content: str | None = None
    ) -> Realm:
        """Change what is given. Needs `write:realms`."""
        given = {"name": name, "description": description, "content": content}
        body = {member: value for member, value in given.items() if value is not None}
        return Realm.read(self._transport.json("PATCH", _path(realm_id), body))

    def delete(self, realm_id: str) -> None:
        """Remove a realm. Needs `delete:realms`."""
        self._transport.content("DELETE", _path(realm_id))

    def download(self, realm_id: str) -> bytes:
        """The content of a realm. Needs `download:realms`."""
        return self._transport.content("GET", f"{_path(realm_id)}/download")


class Profiles:
    """`/v1/profile`: the owner of the key."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self) -> Profile:
        """Who that is. Needs `read:profile`."""
        return Profile.read(self._transport.json("GET", "/v1/profile"))

    def update(self, *, display_name: str | None = None, bio: str | None = None) -> Profile:
        """Change what is given. Needs `write:profile`."""
        given = {"display_name": display_name, "bio": bio}
        body = {member: value for member, value in given.items() if value is not None}
        return Profile.read(self._transport.json("PATCH", "/v1/profile", body))


def _path(realm_id: str) -> str:
    if not realm_id or realm_id in {".", ".."}:
        raise ValueError("realm_id must be the id of a realm")
    return f"/v1/realms/{quote(realm_id, safe='')}"
