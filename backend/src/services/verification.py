"""Recomputing the chain of hashes over the stored text, and all that follows from the history."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Connection, String, Table, case, func, select, type_coerce

from src.database.base import UtcDateTime
from src.models.task_history import FIRST_PREVIOUS_HASH, Entry, HistoryHead, TaskHistory, chain_hash
from src.utils import canonical_json

ROWS_AT_ONCE = 500
YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)

_ENTRIES = cast("Table", TaskHistory.__table__)
_NO_HEAD = HistoryHead(seq=0, hash="")
_NUMBERS = frozenset({"seq", "version"})
_NAMES = [column.name for column in _ENTRIES.c]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` is how many were read; `first_invalid_seq` is null where all is well."""

    valid: bool
    entries: int
    head_seq: int
    head_hash: str
    first_invalid_seq: int | None


def verify_chain(connection: Connection) -> Verdict:
    """Read every entry in order, in bounded memory, and compare the last with the head."""
    entries, last_hash, wrong = 0, FIRST_PREVIOUS_HASH, None
    with exact(connection):
        head = _stored_head(connection)
        for entry in _stored_entries(connection):
            entries += 1
            if wrong is None and not _follows(entry, entries, last_hash):
                wrong = entries
            last_hash = str(entry["hash"])
    if wrong is None and (entries != head.seq or last_hash != head.hash):
        wrong = min(entries, head.seq) + (entries != head.seq)
    return Verdict(wrong is None, entries, head.seq, head.hash, wrong)


def _stored_head(connection: Connection) -> HistoryHead:
    """One that is missing, or not what was ever written, is behind every entry."""
    match connection.execute(select(HistoryHead.seq, HistoryHead.hash)).one_or_none():
        case (int(seq), str(text)) if text.isascii():
            return HistoryHead(seq=seq, hash=text)
    return _NO_HEAD


def _follows(entry: Entry, seq: int, last_hash: str) -> bool:
    """Whether an entry is the one that follows those before it, unchanged."""
    columns = entry.copy()
    stored_hash, previous_hash = columns.pop("hash"), columns.pop("previous_hash")
    try:
        right_hash = chain_hash(last_hash, canonical_json.encode(columns))
    except (TypeError, ValueError):  # bytes, or text that is not Unicode, which nobody wrote
        return False
    return (entry["seq"], previous_hash, stored_hash) == (seq, last_hash, right_hash)


def _stored_entries(connection: Connection) -> Iterator[Entry]:
    """Each entry as it is stored, in order."""
    columns = [as_written(column, connection.dialect.name) for column in _ENTRIES.c]
    rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(*columns).order_by(_ENTRIES.c.seq))
    return (dict(zip(_NAMES, row, strict=True)) for row in rows)


def as_written(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """SQLite's values as they are; PostgreSQL's times as text, since it has some that Python has not."""
    if dialect == "sqlite":
        return type_coerce(column, column.type if column.name in _NUMBERS else String)
    if isinstance(column.type, UtcDateTime):
        written = func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        return written.concat(case((column < YEAR_ONE, " BC"), else_=""))
    return column


@contextmanager
def exact(connection: Connection) -> Iterator[None]:
    """Have SQLite give text as it is stored: from its own types, bytes that are no UTF-8 included."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    usual, driver.text_factory = driver.text_factory, lambda stored: stored.decode(errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = usual
