"""Projections: data derived from the history, written with each change and compared by the doctor."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, Protocol, Self, cast
from uuid import UUID

from sqlalchemy import Connection, Executable, Table, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from src.database.bulk import BulkInsert, BulkUpdate
from src.history.change import Change
from src.history.stored import exact, stored_rows
from src.models import DailyCount, HistoryHead, Task
from src.models.task import TaskSnapshot
from src.models.workspace import WorkspaceId
from src.utils import canonical_json

_TASKS = cast("Table", Task.__table__)
_DAYS = cast("Table", DailyCount.__table__)
_HEAD = cast("Table", HistoryHead.__table__)


class Comparable(Protocol):
    def add(self, change: Change) -> None: ...

    def differences(self, connection: Connection, workspace: WorkspaceId) -> Iterator[str]:
        """A sentence for each stored value that differs, once all changes of the workspace have been added."""


class Projection(Comparable, Protocol):
    def write(self, connection: Connection) -> None:
        """Apply the added changes to the stored data."""


class TaskRows:
    """The present tasks with their search texts. Each is written once, from its last state."""

    def __init__(self) -> None:
        self._changed: dict[tuple[WorkspaceId, UUID], tuple[TaskSnapshot | None, TaskSnapshot | None]] = {}

    def add(self, change: Change) -> None:
        key = change.workspace, change.task_id
        before, _ = self._changed.get(key, (change.before, None))
        self._changed[key] = before, change.after

    def write(self, connection: Connection) -> None:
        rows: dict[BulkInsert | BulkUpdate, list[str]] = {}
        for (workspace, _), (before, after) in self._changed.items():
            if after:
                row = canonical_json.encode({"workspace_id": str(workspace)} | after.row())
                rows.setdefault(_statement(before, after), []).append(row)
        for statement, texts in rows.items():
            statement(connection, texts)
        if removed := [key for key, (before, after) in self._changed.items() if before and not after]:
            connection.execute(delete(_TASKS).where(tuple_(_TASKS.c.workspace_id, _TASKS.c.id).in_(removed)))

    def differences(self, connection: Connection, workspace: WorkspaceId) -> Iterator[str]:
        replayed = {str(task.id): task.row() for _, task in self._changed.values() if task}
        with exact(connection):
            rows = (stored_task(row) for row in stored_rows(connection, _TASKS, workspace))
            stored = {row["id"]: row for row in rows}
        for task_id in sorted(replayed.keys() | stored.keys()):
            if replayed.get(task_id) != stored.get(task_id):
                yield f"Task {ascii(task_id)[1:-1]} is not what its history says."


def stored_task(row: dict[str, Any]) -> dict[str, Any]:
    del row["workspace_id"]
    return row | {"id": str(row["id"])}


_INSERT_TASKS = BulkInsert(Task)
_UPDATE_TASKS = BulkUpdate(Task)
_UPDATE_TEXTS = BulkUpdate(Task, kept={"created_at", "is_completed", "completed_at"})


def _statement(before: TaskSnapshot | None, after: TaskSnapshot) -> BulkInsert | BulkUpdate:
    if before is None:
        return _INSERT_TASKS
    is_in_place = (before.created_at, before.completed_at) == (after.created_at, after.completed_at)
    return _UPDATE_TEXTS if is_in_place else _UPDATE_TASKS


class DailyCounts:
    """Tasks created and completed by day, as differences to the stored counts."""

    def __init__(self) -> None:
        self._created = Counter[tuple[WorkspaceId, date]]()
        self._completed = Counter[tuple[WorkspaceId, date]]()

    def add(self, change: Change) -> None:
        for task, sign in ((change.before, -1), (change.after, 1)):
            if task:
                self._created[change.workspace, task.created_at.date()] += sign
            if task and task.completed_at:
                self._completed[change.workspace, task.completed_at.date()] += sign

    def write(self, connection: Connection) -> None:
        rows = [
            {"workspace_id": workspace, "day": day, "created": created, "completed": done}
            for (workspace, day), (created, done) in self._by_day().items()
        ]
        if rows:
            connection.execute(_ADD_DAYS[connection.dialect.name], rows)

    def differences(self, connection: Connection, workspace: WorkspaceId) -> Iterator[str]:
        replayed = {day: counts for (_, day), counts in self._by_day().items()}
        counts = select(_DAYS.c.day, _DAYS.c.created, _DAYS.c.completed).where(_DAYS.c.workspace_id == workspace)
        stored = {day: (created, done) for day, created, done in connection.execute(counts)}
        for day in sorted(stored.keys() | replayed.keys()):
            found, right = stored.get(day, (0, 0)), replayed.get(day, (0, 0))
            if found != right:
                yield f"The counts of {day} are {found[0]} and {found[1]}, the history says {right[0]} and {right[1]}."

    def _by_day(self) -> dict[tuple[WorkspaceId, date], tuple[int, int]]:
        """Created and completed for each day with a difference."""
        days = self._created.keys() | self._completed.keys()
        deltas = {day: (self._created[day], self._completed[day]) for day in days}
        return {day: delta for day, delta in deltas.items() if any(delta)}


def _adding(insert: postgresql.Insert | sqlite.Insert) -> Executable:
    """Insert a row for a day, or add to the existing one."""
    sums = {name: _DAYS.c[name] + insert.excluded[name] for name in ("created", "completed")}
    return insert.on_conflict_do_update(index_elements=[_DAYS.c.workspace_id, _DAYS.c.day], set_=sums)


_ADD_DAYS = {"postgresql": _adding(postgresql.insert(_DAYS)), "sqlite": _adding(sqlite.insert(_DAYS))}


class Counters(dict[str, int]):
    """The head's counters: entries of each action type, existing tasks, and completed ones.

    They are columns of the head and are written with it.
    """

    NAMES = tuple(column.name for column in _HEAD.c if column.name not in {"workspace_id", "seq", "hash", "timestamp"})

    @classmethod
    def zero(cls) -> Self:
        return cls((name, 0) for name in cls.NAMES)

    def add(self, change: Change) -> None:
        before, after = change.before, change.after
        self[change.action.lower()] += 1
        self["living"] += (after is not None) - (before is not None)
        self["living_completed"] += bool(after and after.is_completed) - bool(before and before.is_completed)

    def differences(self, connection: Connection, workspace: WorkspaceId) -> Iterator[str]:
        stored = connection.execute(select(_HEAD).where(_HEAD.c.workspace_id == workspace)).mappings().one()
        for name, right in self.items():
            if stored[name] != right:
                yield f"The counter {name} is {stored[name]}, the history says {right}."


def projections() -> tuple[Projection, ...]:
    """All that a transaction writes in addition to the entries and the head."""
    return TaskRows(), DailyCounts()
