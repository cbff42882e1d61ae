"""Which database this is, and how much room it takes: for operators."""

from pathlib import Path

from authserver.models.unit_of_work import database, read

#: The write-ahead log and its index lie beside the file.
_BESIDE = ("", "-wal", "-shm")


def version() -> str:
    """Kind and version, such as `SQLite 3.46.1`."""
    if database().is_sqlite:
        return f"SQLite {read().exec_driver_sql('SELECT sqlite_version()').scalar_one()}"
    return f"PostgreSQL {read().exec_driver_sql('SHOW server_version').scalar_one()}"


def size() -> int:
    """Bytes on disk."""
    if database().is_sqlite:
        path = database().engine.url.database or ""
        return sum(_size_of(Path(path + end)) for end in _BESIDE)
    taken: int = read().exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
    return taken


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
