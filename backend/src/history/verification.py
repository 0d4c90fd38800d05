"""Verifies the hash chain by recomputing it from the stored text."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self, cast

from sqlalchemy import Connection, Table, func, literal_column, select

from src.history.chain import FIRST_PREVIOUS_HASH
from src.history.change import Entry
from src.history.entry_format import Remains, is_sealed, missing_texts
from src.history.stored import exact, read_rows, written_columns
from src.models.task_history import ActionType, HistoryHead, TaskHistory
from src.models.workspace import WorkspaceId

ROWS_AT_ONCE = 500

_ENTRIES = cast("Table", TaskHistory.__table__)
_NO_HEAD = (0, "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` is the number of entries read; `first_invalid_seq` is null if all are valid.

    `erased` entries have lost texts by a later erasure. `unproven` ones of them are of format 1, whose hash covers its
    texts: of these, the erasure proves what remains.
    """

    valid: bool
    entries: int
    head_seq: int
    head_hash: str
    first_invalid_seq: int | None
    erased: int
    unproven: int


@dataclass(frozen=True, slots=True)
class Erased:
    """The entries of a task that lack texts, until a later erasure is found that explains it.

    `remains` are those of format 1, whose hashes no longer prove them.
    """

    first_seq: int
    names: frozenset[str] = frozenset()
    remains: Remains | None = None
    explained: bool = False

    def explain(self, erasure: Mapping[str, object]) -> Self:
        """By the meta of an erasure. It proves what remains after it, so the last one must."""
        names = self.names - set(cast("list[str]", erasure["erased"]))
        is_proven = self.remains is None or erasure.get("remains") == self.remains.hexdigest()
        return replace(self, names=names, explained=is_proven and not names)


@dataclass(frozen=True, slots=True)
class Verification:
    """The progress of a verification.

    Each slice is read in a transaction of its own: a long one would keep SQLite from truncating its WAL, and PostgreSQL
    from vacuuming. Entries are never changed but by erasures, so the slices form one history, up to the head that was
    read first.
    """

    workspace: WorkspaceId
    head: tuple[int, str] | None = None
    """That of the stored head, once the verification has begun."""
    newest: int | None = None
    entries: int = 0
    position: int | None = None
    last_hash: str = FIRST_PREVIOUS_HASH
    last_format: int = 1
    wrong: int | None = None
    erased: int = 0
    unproven: int = 0
    erased_tasks: Mapping[str, Erased] = field(default_factory=lambda: MappingProxyType({}), compare=False)

    @property
    def is_complete(self) -> bool:
        if self.head is None:
            return False
        return self.newest is None or (self.position is not None and self.position >= self.newest)

    def __call__(self, connection: Connection) -> "Verification":
        """Read the head, or the next entries."""
        if self.head is None:
            return self.go_on(connection)
        found = _Slice(self)
        for entry in _stored_entries(connection, self.workspace, self.position, self.newest):
            found.read(entry)
        return found.progress(self)

    def go_on(self, connection: Connection) -> "Verification":
        """Include the entries that have been appended meanwhile."""
        head = _stored_head(connection, self.workspace)
        return replace(self, head=head, newest=_newest_seq(connection, self.workspace))

    @property
    def verdict(self) -> Verdict:
        """The result, once complete; it compares the last entry with the head."""
        head_seq, head_hash = self.head or _NO_HEAD
        unexplained = (task.first_seq for task in self.erased_tasks.values() if not task.explained)
        wrong = min((seq for seq in (self.wrong, *unexplained) if seq is not None), default=None)
        if wrong is None and (self.entries, self.last_hash) != self.head:
            wrong = min(self.entries, head_seq) + (self.entries != head_seq)
        return Verdict(wrong is None, self.entries, head_seq, head_hash, wrong, self.erased, self.unproven)


class _Slice:
    """Reads some entries, and keeps what the next slice needs."""

    def __init__(self, start: Verification) -> None:
        self._workspace = str(start.workspace)
        self._entries, self._position, self._wrong = start.entries, start.newest, start.wrong
        self._last_hash, self._last_format = start.last_hash, start.last_format
        self._erased, self._unproven = start.erased, start.unproven
        self._tasks = dict(start.erased_tasks)

    def progress(self, start: Verification) -> Verification:
        return replace(
            start,
            entries=self._entries,
            position=self._position,
            wrong=self._wrong,
            last_hash=self._last_hash,
            last_format=self._last_format,
            erased=self._erased,
            unproven=self._unproven,
            erased_tasks=self._tasks,
        )

    def read(self, entry: Entry) -> None:
        self._entries, self._position = self._entries + 1, cast("int", entry["seq"])
        if self._wrong is None and not self._is_right(entry):
            self._wrong = self._entries
        self._last_hash = str(entry["hash"])

    def _is_right(self, entry: Entry) -> bool:
        """Whether an entry has this place, a format that may follow, and the right hashes or lost texts."""
        try:
            is_of_workspace = str(entry["workspace_id"]) == self._workspace
            is_next = entry["seq"] == self._entries and cast("int", entry["format"]) >= self._last_format
            if not (is_of_workspace and is_next):
                return False
            self._last_format = cast("int", entry["format"])
            return self._has_right_hashes(entry)
        except (TypeError, ValueError, KeyError, AttributeError):  # stored values may be anything
            return False

    def _has_right_hashes(self, entry: Entry) -> bool:
        task_id, seq = str(entry["task_id"]), self._entries
        if not is_sealed(entry, self._last_hash):
            return self._may_be_erased(entry)
        if entry["action_type"] == ActionType.ERASED and task_id in self._tasks:
            self._tasks[task_id] = self._tasks[task_id].explain(json.loads(str(entry["meta"])))
        commitments, texts = cast("str | None", entry["commitments"]), cast("str | None", entry["texts"])
        if missing := missing_texts(commitments, texts):
            known = self._tasks.get(task_id) or Erased(seq)
            self._tasks[task_id] = replace(known, names=known.names | {*missing}, explained=False)
            self._erased += 1
        return True

    def _may_be_erased(self, entry: Entry) -> bool:
        """An entry of format 1 that lacks a text; its stored hash links the chain, and a later erasure proves it."""
        if entry["format"] != 1 or entry["previous_hash"] != self._last_hash or len(str(entry["hash"])) != 64:  # noqa: PLR2004  # of SHA-256
            return False
        task_id = str(entry["task_id"])
        known = self._tasks.get(task_id) or Erased(self._entries)
        remains = (known.remains or Remains()).including(entry)
        self._tasks[task_id] = replace(known, remains=remains, explained=False)
        self._erased, self._unproven = self._erased + 1, self._unproven + 1
        return True


def verify_chain(connection: Connection, workspace: WorkspaceId) -> Verdict:
    """Verify all entries in bounded memory. The last transaction stays open, and sees exactly these entries."""
    progress = Verification(workspace)
    while not progress.is_complete:
        progress = progress(connection)
        connection.rollback()
    progress = progress.go_on(connection)
    while not progress.is_complete:
        progress = progress(connection)
    return progress.verdict


def _stored_head(connection: Connection, workspace: WorkspaceId) -> tuple[int, str]:
    """A missing or malformed head counts as that of an empty history."""
    of_head = select(HistoryHead.seq, HistoryHead.hash).where(HistoryHead.workspace_id == workspace)
    with exact(connection):
        match connection.execute(of_head).one_or_none():
            case (int(seq), str(text)) if text.isascii():
                return seq, text
    return _NO_HEAD


def _newest_seq(connection: Connection, workspace: WorkspaceId) -> int | None:
    """Later than the head if entries were added by hand."""
    newest = select(func.max(_ENTRIES.c.seq)).where(_ENTRIES.c.workspace_id == workspace)
    return cast("int | None", connection.scalar(newest))


def _stored_entries(
    connection: Connection, workspace: WorkspaceId, after: int | None, up_to: int | None
) -> Iterator[Entry]:
    """The next entries, exactly as stored, in order."""
    is_on_sqlite = connection.dialect.name == "sqlite"
    found = _ENTRIES.alias("found") if is_on_sqlite else _ENTRIES
    rows = select(*written_columns(_ENTRIES, connection.dialect.name))
    if is_on_sqlite:  # or the key would be read from the index, and not be verified where it is stored
        same_row = literal_column("found.rowid") == literal_column("task_history.rowid")
        rows = rows.select_from(found.join(_ENTRIES, same_row))
    seq = found.c.seq
    rows = rows.where(found.c.workspace_id == workspace, seq <= up_to).order_by(seq).limit(ROWS_AT_ONCE)
    with exact(connection):
        yield from read_rows(connection, _ENTRIES, rows if after is None else rows.where(seq > after))
