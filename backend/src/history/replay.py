"""Replays entries to reconstruct past states of tasks. Nothing else interprets the changes in entries."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Self, TypeVarTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Connection, Row, Select, String, case, select, type_coerce

from src.history.change import Change, Erasure
from src.models.task import ERASED, FIELDS, TaskRecord, TaskSnapshot
from src.models.task_history import ActionType, TaskHistory
from src.models.workspace import WorkspaceId

OLD, NEW = 0, 1
"""The index of the value to apply when replaying backward, or forward."""
ROWS_AT_ONCE = 100
"""Rows fetched in one round trip: few, since an entry can have 45 KB."""
CHARACTERS_AT_ONCE = 1_000_000


class PastEntry(NamedTuple):
    """The columns of an entry that a replay needs, as stored: `texts` where they may change, `meta` of an erasure."""

    task_id: str
    version: int
    changes: str
    texts: str | None = None
    meta: str | None = None


R = TypeVarTuple("R")
Tasks = Mapping[str, TaskRecord]
"""Tasks by id, in no order."""
PastEntries = Sequence[PastEntry | Row[str, int, str, str, str]]
_TASK_ID = type_coerce(TaskHistory.task_id, String)  # creating UUID objects for 100,000 rows is slow
_INDEX = {field: index for index, field in enumerate(FIELDS)}
_CREATED_AT, _VERSION, _TITLE = _INDEX["created_at"], _INDEX["version"], _INDEX["title"]
_NO_FIELDS = [ERASED.get(field) for field in FIELDS[1:]]
"""Of a task whose creation has lost its texts."""
_KEEPS_TEXTS = TaskHistory.action_type.in_((ActionType.COMPLETED, ActionType.INCOMPLETED))
_PAST_ENTRIES: Select[str, int, str, str, str] = select(
    _TASK_ID,
    TaskHistory.version,
    TaskHistory.changes,
    case((_KEEPS_TEXTS, None), else_=TaskHistory.texts).label("texts"),
    case((TaskHistory.action_type == ActionType.ERASED, TaskHistory.meta)).label("meta"),
)


def past_entries(workspace: WorkspaceId) -> Select[str, int, str, str, str]:
    """Selects rows like PastEntry, in no order."""
    return _PAST_ENTRIES.where(TaskHistory.workspace_id == workspace)


def entries_of(workspace: WorkspaceId, task_id: UUID, *, newest_first: bool) -> Select[str, int, str, str, str]:
    """The entries of a task."""
    order = TaskHistory.version.desc() if newest_first else TaskHistory.version
    return past_entries(workspace).where(TaskHistory.task_id == task_id).order_by(order)


def in_portions(connection: Connection, query: Select[*R], count: int = sys.maxsize) -> Iterator[list[Row[*R]]]:
    """At most `count` rows of entries, in portions that are bounded by number and size.

    On PostgreSQL many rows need a server-side cursor, and so a transaction.
    """
    options = {"yield_per": ROWS_AT_ONCE} if count > ROWS_AT_ONCE else {}
    with connection.execute(query, execution_options=options) as rows:
        portion, size = list[Row[*R]](), 0
        for row in rows:
            portion.append(row)
            size += len(row.changes) + len(row.texts or "")
            if len(portion) == ROWS_AT_ONCE or size > CHARACTERS_AT_ONCE:
                yield portion
                portion, size = [], 0
    if portion:
        yield portion


class Replay:
    """Applies entries to a set of tasks.

    A forward replay starts with the tasks that existed before the first entry, a backward one with those after the
    last. A changed task is kept as a list of its fields.
    """

    def __init__(self, tasks: Tasks = MappingProxyType({}), side: int = NEW) -> None:
        self._untouched = dict(tasks)
        self._states: dict[str, list[Any]] = {}
        self._side = side

    def apply(self, entries: PastEntries) -> Self:
        """Apply entries in this order. Their JSON is parsed in one call, which is faster."""
        for entry, changes, texts in zip(entries, *_parse(entries), strict=True):
            self.apply_one(str(entry[0]), entry[1], changes, texts, entry[4])
        return self

    def apply_one(
        self, task_id: str, version: int, changes: Mapping[str, Any], texts: Mapping[str, Any] | None, meta: str | None
    ) -> None:
        state = self._states.get(task_id) or self._touch(task_id)
        for field, values in changes.items():
            state[_INDEX[field]] = values[self._side]
        for field, (_salt, value) in texts.items() if texts else ():
            if isinstance(value, list):  # and not a text that the entry leaves as it is
                state[_INDEX[field]] = value[self._side]
        if meta:
            self._erase(state, from_json(meta)["erased"], texts or {})
        state[_VERSION] = version if self._side == NEW else version - 1
        if state[_CREATED_AT] is None:  # the entry is a deletion, or read backward, a creation
            del self._states[task_id]

    def _erase(self, state: list[Any], fields: Sequence[str], texts: Mapping[str, Any]) -> None:
        """Earlier entries have lost these texts, and say nothing about them; the entry itself has the title."""
        for field in fields:
            state[_INDEX[field]] = ERASED[field]
        if self._side == NEW and "title" in texts:
            state[_TITLE] = texts["title"][1]

    def find_changed(self, task_id: str) -> TaskSnapshot | None:
        """A task, if entries have changed it."""
        state = self._states.get(task_id)
        return TaskRecord._make(state).snapshot() if state else None

    def tasks(self) -> Tasks:
        return self._untouched | {task_id: TaskRecord._make(state) for task_id, state in self._states.items()}

    def _touch(self, task_id: str) -> list[Any]:
        task = self._untouched.pop(task_id, None)
        state = self._states[task_id] = list(task) if task else [task_id, *_NO_FIELDS]
        return state


def replay_all(connection: Connection, workspace: WorkspaceId) -> Iterator[Change]:
    """Every change in the history, oldest first. Keeps the existing tasks in memory."""
    query = (
        past_entries(workspace).add_columns(TaskHistory.action_type, TaskHistory.timestamp).order_by(TaskHistory.seq)
    )
    replay, living = Replay(), dict[str, TaskSnapshot]()
    for some in in_portions(connection, query):
        for (stored_id, version, _, _, meta, action, at), changes, texts in zip(some, *_parse(some), strict=True):
            task_id = str(stored_id)
            replay.apply_one(task_id, version, changes, texts, meta)
            before, after = living.pop(task_id, None), replay.find_changed(task_id)
            if after:
                living[task_id] = after
            erasure = Erasure(UUID(task_id), version, "", ()) if meta else None
            yield Change(workspace, ActionType(action), before, after, at, erasure=erasure)


def _parse(entries: Sequence[Sequence[Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any] | None]]:
    """The changes and texts of all."""
    changes = from_json(f"[{','.join(entry[2] for entry in entries)}]", cache_strings="keys")
    texts = from_json(f"[{','.join(entry[3] or 'null' for entry in entries)}]", cache_strings="keys")
    return changes, texts
