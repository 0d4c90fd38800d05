"""SQLite's write-ahead log stays short, also while reads overlap."""

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
"""Each is more than 40 KB of log, together far more than the limit."""
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
    """Hold a snapshot, as a long query does."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as connection:
        begin(connection)
        yield connection


@contextmanager
def overlapping_reads(database: SqliteDatabase) -> Iterator[None]:
    """Read all the time, the next beginning before the last one ends."""
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


async def test_a_log_over_its_limit_is_emptied(database: SqliteDatabase) -> None:
    async with opened(database, checkpoints=Checkpoints(LIMIT)) as house:
        await write(house, WRITES)
        size = wal_size(database)

    assert size <= 2 * LIMIT


async def test_while_reads_overlap_it_is_emptied_too(database: SqliteDatabase) -> None:
    with overlapping_reads(database):
        async with opened(database, checkpoints=Checkpoints(LIMIT, wait=HANG, backoff=0)) as house:
            await write(house, WRITES)
            size = wal_size(database)

    assert size <= 4 * LIMIT


async def test_a_reader_that_stays_holds_up_nobody_and_when_it_goes_the_log_is_emptied(
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


async def test_what_was_written_is_all_there(database: SqliteDatabase) -> None:
    with overlapping_reads(database):
        async with opened(database, checkpoints=Checkpoints(LIMIT, backoff=0)) as house:
            await write(house, WRITES)
            verdict = await house.history.verify()

    assert (verdict.valid, verdict.entries) == (True, WRITES)


async def test_a_server_never_leaves_more_than_the_limit_behind(house: House, database: SqliteDatabase) -> None:
    with reading(database):
        await write(house, 500)
        while_held = wal_size(database)
    await write(house, 2)

    assert while_held > 16 * 1024 * 1024
    assert wal_size(database) <= 16 * 1024 * 1024
