"""Verifies the hash chain by recomputing it from the stored text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import Connection, Table, func, select

from src.history.chain import FIRST_PREVIOUS_HASH, chain_hash
from src.history.change import Entry
from src.history.stored import exact, written_columns
from src.models.task_history import HistoryHead, TaskHistory
from src.utils import canonical_json

ROWS_AT_ONCE = 500

_ENTRIES = cast("Table", TaskHistory.__table__)
_NO_HEAD = (0, "")
_NAMES = [column.name for column in _ENTRIES.c]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` is the number of entries read; `first_invalid_seq` is null if all are valid."""

    valid: bool
    entries: int
    head_seq: int
    head_hash: str
    first_invalid_seq: int | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The progress of a verification.

    Each slice is read in a transaction of its own: a long one would keep SQLite from truncating its WAL, and PostgreSQL
    from vacuuming. Entries are never changed, so the slices form one history, up to the head that was read first.
    """

    head: tuple[int, str]
    newest: int | None
    entries: int = 0
    position: int | None = None
    last_hash: str = FIRST_PREVIOUS_HASH
    wrong: int | None = None

    @classmethod
    def begin(cls, connection: Connection) -> "Verification":
        return cls(_stored_head(connection), _newest_seq(connection))

    @property
    def is_complete(self) -> bool:
        return self.newest is None or (self.position is not None and self.position >= self.newest)

    def advance(self, connection: Connection) -> "Verification":
        """Read the next entries."""
        entries, position, last_hash, wrong = self.entries, self.newest, self.last_hash, self.wrong
        for entry in _stored_entries(connection, self.position, self.newest):
            entries, position = entries + 1, cast("int", entry["seq"])
            if wrong is None and not _follows(entry, entries, last_hash):
                wrong = entries
            last_hash = str(entry["hash"])
        return replace(self, entries=entries, position=position, last_hash=last_hash, wrong=wrong)

    def go_on(self, connection: Connection) -> "Verification":
        """Include the entries that have been appended since."""
        return replace(self, head=_stored_head(connection), newest=_newest_seq(connection))

    @property
    def verdict(self) -> Verdict:
        """The result, once complete; it compares the last entry with the head."""
        (head_seq, head_hash), wrong = self.head, self.wrong
        if wrong is None and (self.entries, self.last_hash) != self.head:
            wrong = min(self.entries, head_seq) + (self.entries != head_seq)
        return Verdict(wrong is None, self.entries, head_seq, head_hash, wrong)


def verify_chain(connection: Connection) -> Verdict:
    """Verify all entries in bounded memory. The last transaction stays open, and sees exactly these entries."""
    progress = Verification.begin(connection)
    while not progress.is_complete:
        progress = progress.advance(connection)
        connection.rollback()
    progress = progress.go_on(connection)
    while not progress.is_complete:
        progress = progress.advance(connection)
    return progress.verdict


def _stored_head(connection: Connection) -> tuple[int, str]:
    """A missing or malformed head counts as that of an empty history."""
    with exact(connection):
        match connection.execute(select(HistoryHead.seq, HistoryHead.hash)).one_or_none():
            case (int(seq), str(text)) if text.isascii():
                return seq, text
    return _NO_HEAD


def _newest_seq(connection: Connection) -> int | None:
    """Later than the head if entries were added by hand."""
    return cast("int | None", connection.scalar(select(func.max(_ENTRIES.c.seq))))


def _follows(entry: Entry, seq: int, last_hash: str) -> bool:
    """Whether an entry has this number and the right hashes."""
    columns = entry.copy()
    stored_hash, previous_hash = columns.pop("hash"), columns.pop("previous_hash")
    try:
        right_hash = chain_hash(last_hash, canonical_json.encode(columns))
    except (TypeError, ValueError):  # bytes or invalid Unicode, which were not written by us
        return False
    return (entry["seq"], previous_hash, stored_hash) == (seq, last_hash, right_hash)


def _stored_entries(connection: Connection, after: int | None, up_to: int | None) -> Iterator[Entry]:
    """The next entries, exactly as stored, in order."""
    seq = _ENTRIES.c.seq
    columns = written_columns(_ENTRIES, connection.dialect.name)
    rows = select(*columns).where(seq <= up_to).order_by(seq).limit(ROWS_AT_ONCE)
    with exact(connection):
        for row in connection.execute(rows if after is None else rows.where(seq > after)):
            yield dict(zip(_NAMES, row, strict=True))
