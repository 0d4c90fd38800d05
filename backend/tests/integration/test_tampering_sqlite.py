"""Tampering that only SQLite allows: other types, invalid text, single bytes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import LiteralString

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, OperationalError

from src.batching.preconditions import CommandContext
from src.history.change import Origin
from src.history.stored import exact
from src.models import Task
from tests.databases import SqliteDatabase
from tests.house import House
from tests.stored_history import stored_entries
from tests.tampering import attack, diagnosis, disarm, verdict

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

TEXTS: tuple[LiteralString, ...] = ("history_id", "task_id", "action_type", "changes", "actor_kind", "actor_id")
TEXTS += ("request_id", "timestamp", "commitments", "texts", "previous_hash", "hash")
BITS = (0x01, 0x20)
"""The first makes a blob of a text where it meets its type, the second exchanges large and small letters."""


@pytest.fixture
async def history(house: House, database: SqliteDatabase) -> SqliteDatabase:
    """Create three entries without the triggers that protect them."""
    for title in ("Buy milk", "Buy bread", "Buy tea"):
        await house.tasks.create_task(title, context=CommandContext(Origin(request_id="tour-1")))
    disarm(database)
    assert verdict(database).valid
    return database


@pytest.mark.parametrize("column", TEXTS)
async def test_a_text_that_has_become_a_blob_of_the_same_bytes_is_found(
    history: SqliteDatabase, column: LiteralString
) -> None:
    attack(history, "UPDATE task_history SET " + column + " = CAST(" + column + " AS BLOB) WHERE seq = 2")

    assert verdict(history).first_invalid_seq == 2


@pytest.mark.parametrize("column", TEXTS)
async def test_text_that_is_not_utf_8_is_found(history: SqliteDatabase, column: LiteralString) -> None:
    attack(history, "UPDATE task_history SET " + column + " = CAST(x'ff' AS TEXT) WHERE seq = 2")

    assert verdict(history).first_invalid_seq == 2


@pytest.mark.parametrize("column", TEXTS)
async def test_text_after_a_nul_is_found(history: SqliteDatabase, column: LiteralString) -> None:
    attack(history, "UPDATE task_history SET " + column + " = " + column + " || char(0) WHERE seq = 2")

    assert verdict(history).first_invalid_seq == 2


@pytest.mark.parametrize("version", [1.0, "1", b"1", "01", " 1", "1.0"], ids=repr)
async def test_a_version_that_is_no_whole_number_is_found(history: SqliteDatabase, version: object) -> None:
    with without_affinity(history, "version INTEGER NOT NULL"):
        attack(history, "UPDATE task_history SET version = %s WHERE seq = 2", version)

    (stored,) = history.run("SELECT version FROM task_history WHERE seq = 2")
    assert (type(stored[0]), stored[0]) == (type(version), version)
    assert verdict(history).first_invalid_seq == 2


@pytest.mark.parametrize(
    "head", ["seq = 'x'", "seq = 2.5", "seq = x'03'", "hash = x'ff'", "hash = CAST(x'ff' AS TEXT)"]
)
async def test_a_head_of_another_type_is_found(history: SqliteDatabase, head: LiteralString) -> None:
    attack(history, "UPDATE history_head SET " + head)

    assert (verdict(history).head_seq, verdict(history).first_invalid_seq) == (0, 1)
    assert diagnosis(history) != []


async def test_only_exact_reading_accepts_text_that_is_not_utf_8(house: House, history: SqliteDatabase) -> None:
    attack(history, "UPDATE tasks SET title = CAST(x'ff' AS TEXT)")

    with house.reading.connect() as connection:
        with exact(connection):
            read = connection.scalars(select(Task.title).where(Task.workspace_id == house.workspace)).all()
        with pytest.raises(OperationalError):
            connection.scalars(select(Task.title).where(Task.workspace_id == house.workspace)).all()

    assert read == ["\udcff"] * 3


async def test_any_byte_of_an_entry_altered_in_the_file_is_found(house: House, history: SqliteDatabase) -> None:
    house.reading.dispose()
    house.writing.dispose()
    history.run("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = history.path.read_bytes()
    start, end = where_the_second_entry_is(history, whole)

    missed = [
        (place - start, bit) for place in range(start, end) for bit in BITS if is_missed(history, whole, place, bit)
    ]

    history.path.write_bytes(whole)
    assert missed == []
    assert verdict(history).valid


def is_missed(history: SqliteDatabase, whole: bytes, place: int, bit: int) -> bool:
    """Flip one bit of the file and verify; an unreadable file counts as detected."""
    altered = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
    history.path.write_bytes(altered)
    try:
        return verdict(history).valid
    except DatabaseError:
        return False


def where_the_second_entry_is(history: SqliteDatabase, whole: bytes) -> tuple[int, int]:
    """Find its record: the types of its columns, led by their length, and then the columns."""
    entry = stored_entries(history)[1]
    ids = whole.index((entry["history_id"] + entry["task_id"]).encode())
    body = whole.rindex(entry["workspace_id"].encode(), 0, ids)
    start = next(place for place in range(body - 1, 0, -1) if whole[place] == body - place)
    end = whole.index(entry["hash"].encode(), body) + len(entry["hash"])
    return start, end


@contextmanager
def without_affinity(history: SqliteDatabase, column: str) -> Iterator[None]:
    """Let the table accept any value of a column until the block ends."""
    free = column.split(maxsplit=1)[0] + " BLOB"
    rewrite_schema(history, column, free)
    yield
    rewrite_schema(history, free, column)


def rewrite_schema(history: SqliteDatabase, old: str, new: str) -> None:
    with closing(sqlite3.connect(history.path, isolation_level=None)) as file:
        file.execute("PRAGMA writable_schema = ON")
        statement = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'task_history'"
        file.execute(statement, (old, new))
        (now,) = file.execute("SELECT sql FROM sqlite_schema WHERE name = 'task_history'").fetchone()
    assert new in now
