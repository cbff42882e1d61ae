"""Realms and profiles in SQLite. Every caller sees what is his in the environment of his credential, and no more."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS realms (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, environment TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
    content TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS realms_of ON realms (owner, environment, id);
CREATE TABLE IF NOT EXISTS profiles (
    owner TEXT PRIMARY KEY, display_name TEXT NOT NULL DEFAULT '', bio TEXT NOT NULL DEFAULT ''
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Realm:
    """A realm. Its content is what is downloaded."""

    id: str
    name: str
    description: str
    content: str
    created_at: int
    updated_at: int

    def document(self) -> dict[str, Any]:
        """What lists and answers show: the size in place of the content."""
        members = asdict(self)
        size = len(members.pop("content").encode())
        return {**members, "size": size}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose rows. Test keys never reach live data, so the environment belongs to the name."""

    sub: str
    environment: str


class Store:
    """The database, one connection an operation."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)

    def realms(self, owner: Owner, *, after: str, most: int) -> list[Realm]:
        """Realms by id, those that come after one."""
        rule = "owner = ? AND environment = ? AND id > ? ORDER BY id LIMIT ?"
        with self._open() as connection:
            return [_realm(row) for row in _select(connection, rule, owner.sub, owner.environment, after, most)]

    def find(self, owner: Owner, realm_id: str) -> Realm | None:
        """One realm."""
        rule = "owner = ? AND environment = ? AND id = ?"
        with self._open() as connection:
            row = _select(connection, rule, owner.sub, owner.environment, realm_id).fetchone()
        return _realm(row) if row else None

    def create(self, owner: Owner, *, name: str, description: str, content: str) -> Realm:
        """A new realm. Ids grow with time, so that lists are in the order of creation."""
        now = time.time_ns()
        second = now // 10**9
        realm = Realm(f"realm_{now:016x}{secrets.token_hex(4)}", name, description, content, second, second)
        values = (realm.id, owner.sub, owner.environment, name, description, content, second, second)
        with self._open() as connection:
            connection.execute("INSERT INTO realms VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        return realm

    def update(self, owner: Owner, realm_id: str, changes: dict[str, str]) -> Realm | None:
        """Change the named members."""
        columns = ", ".join(f"{name} = :{name}" for name in ("name", "description", "content") if name in changes)
        values = {**changes, "now": int(time.time()), "id": realm_id, "sub": owner.sub, "env": owner.environment}
        rule = "WHERE id = :id AND owner = :sub AND environment = :env"
        with self._open() as connection:
            connection.execute(f"UPDATE realms SET {columns}, updated_at = :now {rule}", values)
        return self.find(owner, realm_id)

    def delete(self, owner: Owner, realm_id: str) -> bool:
        """Remove a realm; False when there was none."""
        rule = "DELETE FROM realms WHERE id = ? AND owner = ? AND environment = ?"
        with self._open() as connection:
            return connection.execute(rule, (realm_id, owner.sub, owner.environment)).rowcount == 1

    def stats(self, owner: Owner) -> dict[str, int]:
        """How much there is."""
        what = "count(*), coalesce(sum(length(CAST(content AS BLOB))), 0)"
        rule = f"SELECT {what} FROM realms WHERE owner = ? AND environment = ?"
        with self._open() as connection:
            count, size = connection.execute(rule, (owner.sub, owner.environment)).fetchone()
        return {"realms": count, "bytes": size}

    def profile(self, owner: Owner) -> dict[str, str]:
        """What a person says of himself, in any environment."""
        with self._open() as connection:
            row = connection.execute("SELECT display_name, bio FROM profiles WHERE owner = ?", (owner.sub,)).fetchone()
        return {"display_name": row[0], "bio": row[1]} if row else {"display_name": "", "bio": ""}

    def describe(self, owner: Owner, changes: dict[str, str]) -> None:
        """Change a profile."""
        columns = [name for name in ("display_name", "bio") if name in changes]
        with self._open() as connection:
            connection.execute("INSERT INTO profiles (owner) VALUES (?) ON CONFLICT DO NOTHING", (owner.sub,))
            for name in columns:
                connection.execute(f"UPDATE profiles SET {name} = ? WHERE owner = ?", (changes[name], owner.sub))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=5)
        try:
            with connection:  # commits, or rolls back on an error
                yield connection
        finally:
            connection.close()


def _select(connection: sqlite3.Connection, rule: str, *values: object) -> sqlite3.Cursor:
    columns = "id, name, description, content, created_at, updated_at"
    return connection.execute(f"SELECT {columns} FROM realms WHERE {rule}", values)


def _realm(row: tuple[Any, ...]) -> Realm:
    return Realm(*row)
