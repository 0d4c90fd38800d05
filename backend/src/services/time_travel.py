"""Queries into the past: a task at a version, all tasks at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from src.exceptions.errors import TaskNotFoundError, VersionNotFoundError
from src.history.states import CHECKPOINTS, EntryKey, StateCheckpoints, nearest_state, tasks_after
from src.history.versions import TaskVersions, fields_that_differ
from src.models.task import TaskRecord, TaskSnapshot
from src.models.task_history import HistoryHead, TaskHistory


@dataclass(frozen=True, slots=True)
class TaskVersion:
    """A task as it was at a version, from its own entries."""

    task_id: UUID
    version: int

    def __call__(self, connection: Connection) -> TaskSnapshot:
        versions = TaskVersions(connection, self.task_id)
        if not versions.newest:
            raise TaskNotFoundError
        task = versions.find(self.version)
        if task is None:
            raise VersionNotFoundError
        return task


@dataclass(frozen=True, slots=True)
class FieldsChanged:
    """The fields of a task that differ between two of its versions."""

    task_id: UUID
    known: int
    version: int

    def __call__(self, connection: Connection) -> Sequence[str]:
        versions = TaskVersions(connection, self.task_id)
        return fields_that_differ(versions.find(self.known), versions.find(self.version))


def watermark(connection: Connection) -> datetime:
    """The time up to which the history is frozen: every entry to come is later."""
    return connection.execute(select(HistoryHead.timestamp)).scalar_one()


@dataclass(frozen=True, slots=True)
class TasksAsOf:
    """All tasks as they were at a time before the watermark, in no order."""

    moment: datetime
    checkpoints: StateCheckpoints = field(default=CHECKPOINTS, compare=False, repr=False)

    def cost(self, connection: Connection) -> int:
        """About the rows to read: entries to replay, and tasks to replay them on."""
        entry = self._last_entry(connection)
        return nearest_state(connection, entry.seq, self.checkpoints).cost if entry else 0

    def __call__(self, connection: Connection) -> list[TaskRecord]:
        entry = self._last_entry(connection)
        return list(tasks_after(connection, entry, self.checkpoints).values()) if entry else []

    def _last_entry(self, connection: Connection) -> EntryKey | None:
        until = select(TaskHistory.seq, TaskHistory.hash).where(TaskHistory.timestamp <= self.moment)
        row = connection.execute(until.order_by(TaskHistory.timestamp.desc()).limit(1)).first()
        return EntryKey(*row) if row else None
