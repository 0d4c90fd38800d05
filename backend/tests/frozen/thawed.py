"""A copy of a database as a release left it, and what was recorded about it then."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.databases import Database, PostgresDatabase, Server, SqliteDatabase
from tests.frozen.freeze import FOLDER, record_name
from tests.stored_history import Record

RELEASES = sorted(path.name for path in FOLDER.iterdir() if (path / "sqlite.json.gz").exists())


@dataclass(frozen=True)
class Thawed:
    """One of them."""

    database: Database
    frozen_at: datetime
    entries: list[Record]
    keyed: list[dict[str, Any]]
    reads: list[dict[str, Any]]


@contextmanager
def thawed(server: Server, release: str) -> Iterator[Thawed]:
    """Restore a release's database, including its schema."""
    database, folder = server.empty(), FOLDER / release
    record = json.loads(gzip.decompress((folder / record_name(database)).read_bytes()))
    if isinstance(database, SqliteDatabase):
        database.path.write_bytes(gzip.decompress((folder / "sqlite.db.gz").read_bytes()))
    elif isinstance(database, PostgresDatabase):
        _load(database, folder / "postgresql.sql")
    frozen_at = datetime.fromisoformat(record.pop("frozen_at"))
    try:
        yield Thawed(database, frozen_at, **record)
    finally:
        server.drop(database)


def _load(database: PostgresDatabase, dump: Path) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute(dump.read_bytes())
