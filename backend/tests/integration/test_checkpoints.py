"""Checkpoints of SQLite's write-ahead log (WAL)."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from src.database.checkpoints import Checkpoints
from tests.databases import SqliteDatabase
from tests.house import House, opened

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

LIMIT = 256 * 1024
WRITES = 60
"""Each adds more than 40 KB to the WAL, all together far more than the limit."""
HANG = 60.0


def wal_size(database: SqliteDatabase) -> int:
    return Path(f"{database.path}-wal").stat().st_size


async def write(house: House, count: int) -> None:
    for _ in range(count):
        await house.tasks.create_task("Milk", "牛" * 5_000)


def begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")
    connection.execute("SELECT * FROM history_head").fetchall()


@contextmanager
def reading(database: SqliteDatabase) -> Iterator[sqlite3.Connection]:
    """Hold a snapshot open, as a long query does."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as connection:
        begin(connection)
        yield connection


@contextmanager
def overlapping_reads(database: SqliteDatabase) -> Iterator[None]:
    """Read continuously, each read beginning before the last one ends."""
    done = threading.Event()

    def read() -> None:
        with ExitStack() as stack:
            old, new = (stack.enter_context(reading(database)) for _ in range(2))
            new.execute("COMMIT")
            while not done.is_set():
                begin(new)
                old.execute("COMMIT")
                old, new = new, old

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def test_a_wal_above_its_limit_is_truncated(database: SqliteDatabase) -> None:
    async with opened(database, checkpoints=Checkpoints(LIMIT)) as house:
        await write(house, WRITES)
        size = wal_size(database)

    assert size <= 2 * LIMIT


async def test_the_wal_is_truncated_under_overlapping_reads(database: SqliteDatabase) -> None:
    with overlapping_reads(database):
        async with opened(database, checkpoints=Checkpoints(LIMIT, wait=HANG, backoff=0)) as house:
            await write(house, WRITES)
            size = wal_size(database)

    assert size <= 4 * LIMIT


async def test_a_long_read_blocks_no_writes_and_the_wal_is_truncated_after_it(
    database: SqliteDatabase,
) -> None:
    async with opened(database, checkpoints=Checkpoints(LIMIT, wait=0.001, backoff=0)) as house:
        with reading(database):
            await write(house, WRITES)
            while_held = wal_size(database)
        await write(house, 1)
        size = wal_size(database)

    assert while_held > 4 * LIMIT
    assert size <= LIMIT


async def test_no_write_is_lost_to_a_checkpoint(database: SqliteDatabase) -> None:
    with overlapping_reads(database):
        async with opened(database, checkpoints=Checkpoints(LIMIT, backoff=0)) as house:
            await write(house, WRITES)
            verdict = await house.history.verify()

    assert (verdict.valid, verdict.entries) == (True, WRITES)


async def test_the_default_limit_is_16_mib(house: House, database: SqliteDatabase) -> None:
    with reading(database):
        await write(house, 500)
        while_held = wal_size(database)
    await write(house, 2)

    assert while_held > 16 * 1024 * 1024
    assert wal_size(database) <= 16 * 1024 * 1024
