"""The commands of one transaction: the tasks they read and change, and the history entries they add."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import Connection, Table, Update, update

from src.batching.idempotency import IdempotencyKeys
from src.batching.preconditions import CommandContext
from src.database.bulk import BulkInsert
from src.database.migrations import schema_is_current
from src.exceptions.errors import BadRequestError, SchemaChangedError, TaskNotFoundError, TasktrailError
from src.history.chain import Head
from src.history.change import Change
from src.history.projections import projections
from src.history.versions import TaskVersions, fields_that_differ
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType, HistoryHead, TaskHistory

R = TypeVar("R", bound=TaskSnapshot | None)

_HEAD = cast("Table", HistoryHead.__table__)
_INSERT_ENTRIES = BulkInsert(TaskHistory)


@cache
def _update_head() -> Update:
    """Built at first use, since it reads the migrations' files for the current revision."""
    return update(_HEAD).where(schema_is_current())


@dataclass(frozen=True, slots=True)
class Command(Generic[R]):
    """A change to be made. It holds inputs and ids, never rows, since it may run a second time in another batch.

    `run` reads and changes tasks through the batch only, and returns a snapshot. A TasktrailError that it raises fails
    only this command, and must come before its first change.
    """

    run: Callable[["Batch"], R]
    task_ids: tuple[UUID, ...] = ()
    context: CommandContext = field(default_factory=CommandContext)


@dataclass(slots=True)
class _Slot:
    """The present state of a task in a batch, and its newest version, which may be its deletion."""

    task: TaskSnapshot | None
    version: int


class Batch:
    """The tasks and entries of one transaction, in memory; written once, after the last command."""

    def __init__(
        self, connection: Connection, head: Head, tasks: Iterable[TaskSnapshot], keys: IdempotencyKeys, clock: datetime
    ) -> None:
        self._connection = connection
        self._head = head
        self._loaded_timestamp = head.timestamp
        self._loaded = {task.id: task for task in tasks}
        self._slots = {task.id: _Slot(task, task.version) for task in self._loaded.values()}
        self._keys = keys
        self._clock = clock
        self._changes: list[Change] = []
        self._versions: dict[UUID, TaskVersions] = {}
        self._entries: list[str] = []
        self._projections = projections()
        self._context = CommandContext()

    def run(self, command: Command[R]) -> R | TasktrailError:
        """The command's result, the stored result of an earlier request with its key, or its error."""
        self._context, preconditions = command.context, command.context.preconditions
        try:
            if (key := preconditions.key) is None:
                return command.run(self)
            if replay := self._keys.replay(key, preconditions):
                return cast("R", replay[0])
            result = command.run(self)
        except TasktrailError as error:
            return error
        self._keys.remember(key, preconditions.fingerprint, result)
        return result

    def now(self) -> datetime:
        """The time of the next entry and of its change. Raises EndOfTimeError."""
        return self._head.next_timestamp(self._clock)

    def task(self, task_id: UUID) -> TaskSnapshot:
        """Raises TaskNotFoundError, and PreconditionFailedError if the command's preconditions do not hold."""
        task = self.find(task_id)
        if task is None:
            raise TaskNotFoundError
        self.check_precondition(task_id, task.version)
        return task

    def find(self, task_id: UUID) -> TaskSnapshot | None:
        slot = self._slots.get(task_id)
        return slot.task if slot else None

    def newest_version(self, task_id: UUID) -> int:
        """That of a deleted task is its deletion; 0 if there has never been such a task."""
        slot = self._slots.get(task_id)
        return slot.version if slot else self._versions_of(task_id).newest

    def at_version(self, task_id: UUID, version: int) -> TaskSnapshot | None:
        """The task at one of its versions. None if there is no such version, or it is a deletion."""
        for change in self._changes:
            if change.version == version and change.task.id == task_id:
                return change.after
        return self._versions_of(task_id).find(version)

    def check_precondition(self, task_id: UUID, version: int) -> None:
        """Raises PreconditionFailedError."""
        self._context.preconditions.check(
            version,
            lambda known: fields_that_differ(self.at_version(task_id, known), self.find(task_id)),
            deleted=self.find(task_id) is None,
        )

    def raise_watermark(self, moment: datetime) -> None:
        """Freeze the history up to this time: every entry to come is later.

        Raises BadRequestError for a time in the future.
        """
        if moment > self.now():
            raise BadRequestError("as_of: must not be later than now")
        self._head.timestamp = max(self._head.timestamp, moment)

    def record(self, action: ActionType, before: TaskSnapshot | None, after: TaskSnapshot | None, at: datetime) -> None:
        """Create, replace or delete a task together with its history entry. The only way to do so.

        Raises UnrecordedChangeError unless `before` is the task's present state and `after` its next version.
        """
        change = Change(action, before, after, at, self._context.request_id)
        task_id, version = change.task.id, change.version
        slot = self._slots.setdefault(task_id, _Slot(None, version - 1))
        if slot.task is not before or version != slot.version + 1:
            raise UnrecordedChangeError
        slot.task, slot.version = after, version
        self._changes.append(change)
        self._entries.append(self._head.append(change))
        for projection in self._projections:
            projection.add(change)

    def write(self) -> bool:
        """Write the entries, the projections, the keys and the head. False if nothing has changed.

        Raises SchemaChangedError; the transaction must then be rolled back.
        """
        if self._entries:
            _INSERT_ENTRIES(self._connection, self._entries)
            for projection in self._projections:
                projection.write(self._connection)
        if keys_are_new := self._keys.write(self._connection):
            self._head.timestamp = max(self._head.timestamp, self._clock)  # so that no key is later than the head
        has_changes = keys_are_new or self._head.timestamp != self._loaded_timestamp
        if has_changes and not self._connection.execute(_update_head(), self._head.row()).rowcount:
            raise SchemaChangedError
        return has_changes

    def _versions_of(self, task_id: UUID) -> TaskVersions:
        """The stored versions, which do not include those of this batch."""
        if task_id not in self._versions:
            self._versions[task_id] = TaskVersions(self._connection, task_id, self._loaded.get(task_id))
        return self._versions[task_id]


class UnrecordedChangeError(Exception):
    """A bug: a task was changed without a history entry."""
