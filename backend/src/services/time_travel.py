"""Queries into the past: a task at a version, all tasks at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Connection, Row, String, select, type_coerce

from src.exceptions.errors import TaskNotFoundError, VersionNotFoundError
from src.history.replay import PastChange, fields_changed, state_at
from src.models.task import SNAPSHOTS, TaskSnapshot
from src.models.task_history import HistoryHead, TaskHistory

ENTRIES_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class TaskVersion:
    """A task as it was at a version; reads that task's entries alone."""

    task_id: UUID
    version: int

    def __call__(self, connection: Connection) -> TaskSnapshot:
        rows = connection.execute(TaskHistory.of_task(self.task_id).where(TaskHistory.version <= self.version))
        past = [PastChange.read(*row) for row in rows]
        if not past:
            raise TaskNotFoundError
        task = state_at(self.task_id, past, self.version)
        if task is None:
            raise VersionNotFoundError
        return task


@dataclass(frozen=True, slots=True)
class FieldsChanged:
    """The fields of a task that differ between two of its versions."""

    task_id: UUID
    known: int
    version: int

    def __call__(self, connection: Connection) -> list[str]:
        entries = TaskHistory.of_task(self.task_id)
        between = entries.where(TaskHistory.version > self.known, TaskHistory.version <= self.version)
        return fields_changed(PastChange.read(*row) for row in connection.execute(between))


@dataclass(frozen=True, slots=True)
class HeadTimestamp:
    """The moment until which the past is settled: all later entries are later than it."""

    def __call__(self, connection: Connection) -> datetime:
        return connection.execute(select(HistoryHead.timestamp)).scalar_one()


@dataclass(frozen=True, slots=True)
class TasksAsOf:
    """All tasks as they were at a settled moment, in the order of the list.

    The entries are folded from the nearer end: forward from nothing, or backward from the tasks as they are.
    """

    moment: datetime

    def __call__(self, connection: Connection) -> tuple[TaskSnapshot, ...]:
        settled = select(TaskHistory.seq).where(TaskHistory.timestamp <= self.moment)
        last = connection.scalar(settled.order_by(TaskHistory.timestamp.desc()).limit(1)) or 0
        if last * 2 < connection.execute(select(HistoryHead.seq)).scalar_one():
            fold, entries = Fold({}, NEW), _ENTRIES.where(TaskHistory.seq <= last).order_by(TaskHistory.seq)
        else:
            present = (TaskSnapshot(*row) for row in connection.execute(SNAPSHOTS))
            fold = Fold({str(task.id): task for task in present}, OLD)
            entries = _ENTRIES.where(TaskHistory.seq > last).order_by(TaskHistory.seq.desc())
        for some in connection.execute(entries).partitions(ENTRIES_AT_ONCE):
            fold.take(some)
        newest_first = sorted(fold.tasks(), key=attrgetter("created_at"), reverse=True)
        return tuple(sorted(newest_first, key=attrgetter("is_completed")))  # sorting keeps the order of equals


OLD, NEW = 0, 1
"""Which of a change's two values counts, folding backward or forward."""

_TASK_ID = type_coerce(TaskHistory.task_id, String)  # as stored: a hundred thousand UUID objects take long
_ENTRIES = select(_TASK_ID, TaskHistory.version, TaskHistory.changes)


class Fold:
    """Tasks, by id, and those of them that entries have changed on the way, as canonical JSON has them."""

    def __init__(self, tasks: dict[str, TaskSnapshot], side: int) -> None:
        self._untouched = tasks
        self._states: dict[str, dict[str, Any]] = {}
        self._side = side

    def take(self, entries: Sequence[Row[Any, int, str]]) -> None:
        """Fold these, in the order that they come in; their JSON is parsed all at once."""
        parsed = from_json("[" + ",".join(changes for *_, changes in entries) + "]", cache_strings="keys")
        for (stored_id, version, _), changes in zip(entries, parsed, strict=True):
            task_id = str(stored_id)
            state = self._states.get(task_id) or self._touch(task_id)
            for field, values in changes.items():
                state[field] = values[self._side]
            state["version"] = version if self._side == NEW else version - 1
            if state["created_at"] is None:  # there is no such task on this side of the entry
                del self._states[task_id]

    def tasks(self) -> list[TaskSnapshot]:
        return [*self._untouched.values(), *map(TaskSnapshot.from_json, self._states.values())]

    def _touch(self, task_id: str) -> dict[str, Any]:
        task = self._untouched.pop(task_id, None)
        state = self._states[task_id] = task.to_json() if task else {"id": task_id}
        return state
