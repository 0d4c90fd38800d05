"""Queries into the past: a task at a version, all tasks at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from src.exceptions.errors import TaskNotFoundError, VersionNotFoundError
from src.history.replay import OLD, PAST_ENTRIES, ROWS_AT_ONCE, Replay, in_portions
from src.history.versions import TaskVersions
from src.models.task import SNAPSHOTS, TaskSnapshot
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
    """The fields of a task that have changed between two of its versions."""

    task_id: UUID
    known: int
    version: int

    def __call__(self, connection: Connection) -> Sequence[str]:
        return TaskVersions(connection, self.task_id).fields_changed(self.known, self.version)


def watermark(connection: Connection) -> datetime:
    """The time up to which the history is frozen: every entry to come is later."""
    return connection.execute(select(HistoryHead.timestamp)).scalar_one()


@dataclass(frozen=True, slots=True)
class TasksAsOf:
    """All tasks as they were at a time before the watermark, in no order.

    Entries are replayed from the nearer end: forward from the first one, or backward from the present tasks.
    """

    moment: datetime

    def __call__(self, connection: Connection) -> list[TaskSnapshot]:
        until = select(TaskHistory.seq).where(TaskHistory.timestamp <= self.moment)
        last = connection.scalar(until.order_by(TaskHistory.timestamp.desc()).limit(1)) or 0
        entries = connection.execute(select(HistoryHead.seq)).scalar_one()
        if last * 2 < entries:
            replay, count = Replay(), last
            between = PAST_ENTRIES.where(TaskHistory.seq <= last).order_by(TaskHistory.seq)
        else:
            present = connection.execute(SNAPSHOTS, execution_options={"yield_per": ROWS_AT_ONCE})
            replay, count = Replay((TaskSnapshot(*row) for row in present), OLD), entries - last
            between = PAST_ENTRIES.where(TaskHistory.seq > last).order_by(TaskHistory.seq.desc())
        for some in in_portions(connection, between, count):
            replay.apply(some)
        return replay.tasks()
