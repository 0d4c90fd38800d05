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
from src.models.workspace import WorkspaceId


@dataclass(frozen=True, slots=True)
class TaskVersion:
    """A task as it was at a version, from its own entries."""

    workspace: WorkspaceId
    task_id: UUID
    version: int

    def __call__(self, connection: Connection) -> TaskSnapshot:
        versions = TaskVersions(connection, self.workspace, self.task_id)
        if not versions.newest:
            raise TaskNotFoundError
        task = versions.find(self.version)
        if task is None:
            raise VersionNotFoundError
        return task


@dataclass(frozen=True, slots=True)
class FieldsChanged:
    """The fields of a task that differ between two of its versions."""

    workspace: WorkspaceId
    task_id: UUID
    known: int
    version: int

    def __call__(self, connection: Connection) -> Sequence[str]:
        versions = TaskVersions(connection, self.workspace, self.task_id)
        return fields_that_differ(versions.find(self.known), versions.find(self.version))


@dataclass(frozen=True, slots=True)
class Watermark:
    """The time up to which the history is frozen: every entry to come is later."""

    workspace: WorkspaceId

    def __call__(self, connection: Connection) -> datetime:
        of_head = select(HistoryHead.timestamp).where(HistoryHead.workspace_id == self.workspace)
        return connection.execute(of_head).scalar_one()


@dataclass(frozen=True, slots=True)
class TasksAsOf:
    """All tasks as they were at a time before the watermark, in no order."""

    workspace: WorkspaceId
    moment: datetime
    checkpoints: StateCheckpoints = field(default=CHECKPOINTS, compare=False, repr=False)

    def cost(self, connection: Connection) -> int:
        """About the rows to read: entries to replay, and tasks to replay them on."""
        entry = self._last_entry(connection)
        return nearest_state(connection, self.workspace, entry, self.checkpoints).cost if entry else 0

    def __call__(self, connection: Connection) -> list[TaskRecord]:
        entry = self._last_entry(connection)
        return list(tasks_after(connection, self.workspace, entry, self.checkpoints).values()) if entry else []

    def _last_entry(self, connection: Connection) -> EntryKey | None:
        erased = select(HistoryHead.erased).where(HistoryHead.workspace_id == self.workspace).scalar_subquery()
        entries = select(TaskHistory.seq, TaskHistory.hash, erased).where(TaskHistory.workspace_id == self.workspace)
        until = entries.where(TaskHistory.timestamp <= self.moment)
        row = connection.execute(until.order_by(TaskHistory.timestamp.desc()).limit(1)).first()
        return EntryKey(*row) if row else None
