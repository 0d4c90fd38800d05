"""The write queue: whatever is waiting is committed together, in one transaction, and answered after that commit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from src.database.batching import BatchQueue, Lane, Limits
from src.database.connection import describe, in_transaction, limit_transaction, translated_errors
from src.exceptions.errors import (
    OutcomeUnknownError,
    OverloadedError,
    TaskNotFoundError,
    TasktrailError,
    UnavailableError,
)
from src.models.task import Task, TaskSnapshot
from src.models.task_history import Entry, HistoryHead, TaskHistory
from src.utils.timestamps import utc_now

R = TypeVar("R")

_log = structlog.get_logger(__name__)

_TASKS = cast("Table", Task.__table__)
_HEAD = cast("Table", HistoryHead.__table__)


def _every_column(table: Table) -> dict[str, Any]:
    return {column.name: bindparam(column.name) for column in table.c if not column.primary_key}


_LOCK_HEAD = select(_HEAD).with_for_update()
_INSERT_TASKS = insert(_TASKS)
_UPDATE_TASKS = update(_TASKS).where(_TASKS.c.id == bindparam("key")).values(_every_column(_TASKS))
_INSERT_ENTRIES = insert(cast("Table", TaskHistory.__table__))
_UPDATE_HEAD = update(_HEAD).values(_every_column(_HEAD))


@dataclass(frozen=True, slots=True)
class Command(Generic[R]):
    """A change to be made: inputs and ids, never rows, since it may be run a second time on its own.

    `run` sees and changes tasks in the batch only, and returns a snapshot. A TasktrailError that it raises ends this
    command alone; it must come before the first change.
    """

    run: Callable[["Batch"], R]
    task_ids: tuple[UUID, ...] = ()
    request_id: str | None = None


@dataclass(slots=True)
class _Slot:
    """What a batch knows of one task: the row as loaded, its state now, and how many entries lie between."""

    loaded: TaskSnapshot | None
    task: Task
    alive: bool = True
    entries: int = 0

    def is_recorded(self) -> bool:
        """Whether the entries account for every change."""
        if self.entries == 0:
            return self.alive and self.loaded == self.task.snapshot()
        loaded_version = self.loaded.version if self.loaded else 0
        return self.task.version == loaded_version + self.entries


class Batch:
    """The tasks that commands may see and change, and the entries they leave; written once, after the last command."""

    def __init__(self, head: HistoryHead, tasks: Iterable[TaskSnapshot]) -> None:
        self._head = head
        self._slots = {task.id: _Slot(task, Task.load(task)) for task in tasks}
        self._entries: list[Entry] = []
        self._request_id: str | None = None

    def run(self, command: Command[R]) -> R | TasktrailError:
        self._request_id = command.request_id
        try:
            return command.run(self)
        except TasktrailError as error:
            return error

    def now(self) -> datetime:
        """The time of the next entry, and of the change it records."""
        return self._head.next_timestamp(utc_now())

    def task(self, task_id: UUID) -> Task:
        """Raises TaskNotFoundError."""
        slot = self._slots.get(task_id)
        if slot is None or not slot.alive:
            raise TaskNotFoundError
        return slot.task

    def add(self, task: Task) -> None:
        """A new task, or one that is back under an id whose task was removed."""
        slot = self._slots.setdefault(task.id, _Slot(None, task))
        slot.task, slot.alive = task, True

    def remove(self, task: Task) -> None:
        self._slots[task.id].alive = False

    def record(self, entry: Entry) -> None:
        """Take the entry of a change just made; the head gives it its place."""
        self._entries.append(self._head.append(entry | {"request_id": self._request_id}))
        self._slots[cast("UUID", entry["task_id"])].entries += 1

    def write(self, connection: Connection) -> bool:
        """Each task once, from its final state; then the entries; then the head. False where nothing had changed.

        Raises UnrecordedChangeError for a change that left no entry.
        """
        slots = self._slots.values()
        if not all(slot.is_recorded() for slot in slots):
            raise UnrecordedChangeError
        if not self._entries:
            return False
        changed = [slot for slot in slots if slot.entries]
        self._write_tasks(connection, changed)
        connection.execute(_INSERT_ENTRIES, self._entries)
        for slot in changed:
            self._head.count(slot.loaded, slot.task.snapshot() if slot.alive else None)
        connection.execute(_UPDATE_HEAD, self._head.row())
        return True

    @staticmethod
    def _write_tasks(connection: Connection, changed: Sequence[_Slot]) -> None:
        rows = [slot.task.row() for slot in changed if slot.alive and not slot.loaded]
        updates = [slot.task.row() | {"key": slot.task.id} for slot in changed if slot.alive and slot.loaded]
        removed = [slot.task.id for slot in changed if slot.loaded and not slot.alive]
        if rows:
            connection.execute(_INSERT_TASKS, rows)
        if updates:
            connection.execute(_UPDATE_TASKS, updates)
        if removed:
            connection.execute(delete(_TASKS).where(_TASKS.c.id.in_(removed)))


class UnrecordedChangeError(Exception):
    """A bug: a task was changed by other means than a verb and its entry."""


class Writer:
    """All writes of the process, one batch at a time; the head's lock orders the batches of several processes."""

    def __init__(self, engine: Engine, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._queue = BatchQueue[Command[Any], Any](engine, self._serve, _late, self._limits)

    async def submit(self, command: Command[R]) -> R:
        """What the command returned, once it is committed.

        Raises what the command raised, OverloadedError or UnavailableError where nothing was changed, and
        OutcomeUnknownError where that can't be known.
        """
        return cast("R", await self._queue.submit(command))

    async def close(self) -> None:
        """Take no more, and finish what was taken."""
        await self._queue.close()

    def _serve(self, lane: Lane[Command[Any], Any], commands: Sequence[Command[Any]]) -> Sequence[Any]:
        try:
            with translated_errors(), lane.connect() as connection:
                return self._attempt(lane, connection, commands)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # a constraint or a bug: find whose it is
            if len(commands) == 1:
                return [error]
            _log.warning("batch refused, each command runs alone", commands=len(commands), cause=type(error).__name__)
            return [self._serve(lane, [command])[0] for command in commands]

    def _attempt(
        self, lane: Lane[Command[Any], Any], connection: Connection, commands: Sequence[Command[Any]]
    ) -> Sequence[Any]:
        limit_transaction(connection, self._limits.batch)
        head = HistoryHead(**connection.execute(_LOCK_HEAD).one()._mapping)  # noqa: SLF001  # public despite its name
        ids = {task_id for command in commands for task_id in command.task_ids}
        tasks = connection.execute(Task.with_ids(ids)).all() if ids else []
        batch = Batch(head, [TaskSnapshot(*row) for row in tasks])
        outcomes = [batch.run(command) for command in commands]
        if batch.write(connection):
            self._commit(lane, connection)
        return outcomes

    def _commit(self, lane: Lane[Command[Any], Any], connection: Connection) -> None:
        if lane.abandoned or not in_transaction(connection):
            raise UnavailableError
        try:
            connection.commit()
        except DBAPIError as error:
            _log.error("commit failed", cause=describe(error))
            connection.invalidate()
            raise OutcomeUnknownError from None


def _late(begun: bool) -> Exception:  # noqa: FBT001  # a callback's only argument
    return OutcomeUnknownError() if begun else OverloadedError()
