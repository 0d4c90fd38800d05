"""Recomputing the chain of hashes over the stored text, and all that follows from the history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, LargeBinary, Table, select
from sqlalchemy import cast as sql_cast

from src.models.task_history import FIRST_PREVIOUS_HASH, Entry, HistoryHead, TaskHistory, chain_hash

ROWS_AT_ONCE = 500

_ENTRIES = cast("Table", TaskHistory.__table__)
_NO_HEAD = HistoryHead(seq=0, hash="")
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
    head = connection.execute(select(HistoryHead.seq, HistoryHead.hash)).one_or_none() or _NO_HEAD
    entries, last_hash, wrong = 0, FIRST_PREVIOUS_HASH, None
    for entry in _stored_entries(connection):
        entries += 1
        if wrong is None and (entry is None or not _follows(entry, entries, last_hash)):
            wrong = entries
        last_hash = str(entry["hash"]) if entry else ""
    if wrong is None and (entries != head.seq or last_hash != head.hash):
        wrong = min(entries, head.seq) + (entries != head.seq)
    return Verdict(wrong is None, entries, head.seq, head.hash, wrong)


def _follows(entry: Entry, seq: int, last_hash: str) -> bool:
    """Whether an entry is the one that follows those before it, unchanged."""
    columns = entry.copy()
    stored_hash, previous_hash = columns.pop("hash"), columns.pop("previous_hash")
    right_hash = chain_hash(last_hash, columns)
    return (entry["seq"], previous_hash, stored_hash) == (seq, last_hash, right_hash)


def _stored_entries(connection: Connection) -> Iterator[Entry | None]:
    """Each entry as it is stored, in order; `None` for one that holds what is neither text nor number.

    SQLite reads equal values from different bytes, so there the bytes are read; PostgreSQL's types are exact.
    """
    as_bytes = connection.dialect.name == "sqlite"
    columns = [sql_cast(column, LargeBinary) if as_bytes else column for column in _ENTRIES.c]
    rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(*columns).order_by(_ENTRIES.c.seq))
    return (_decode(row) if as_bytes else dict(zip(_NAMES, row, strict=True)) for row in rows)


def _decode(row: Iterable[bytes | None]) -> Entry | None:
    try:
        texts = (None if stored is None else stored.decode() for stored in row)
        entry: Entry = dict(zip(_NAMES, texts, strict=True))
        return entry | {name: _number(entry[name]) for name in ("seq", "version")}
    except ValueError:
        return None


def _number(text: object) -> int:
    """Raises ValueError for what is not a number's one written form."""
    number = int(str(text))
    if str(number) != text:
        raise ValueError
    return number
