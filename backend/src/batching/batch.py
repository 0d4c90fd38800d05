"""Commands, and the tasks and entries of one workspace that they read and change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import Connection

from src.batching.erasing import remains_after
from src.batching.idempotency import IdempotencyKeys, Key
from src.batching.preconditions import CommandContext
from src.exceptions.errors import BadRequestError, TaskNotFoundError, TasktrailError
from src.history.chain import Head
from src.history.change import Change, Erasure
from src.history.versions import TaskVersions, fields_that_differ
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType
from src.models.workspace import WorkspaceId

R = TypeVar("R", bound=TaskSnapshot | None)


@dataclass(frozen=True, slots=True)
class Command(Generic[R]):
    """A change to be made in a workspace. It holds inputs and ids, never rows, since it may run again in another batch.

    `run` reads and changes tasks through the batch only, and returns a snapshot. A TasktrailError that it raises fails
    only this command, and must come before its first change.
    """

    workspace: WorkspaceId
    run: Callable[["Batch"], R]
    task_ids: tuple[UUID, ...] = ()
    context: CommandContext = field(default_factory=CommandContext)

    @property
    def key(self) -> Key | None:
        """The Idempotency-Key of the principal who sends it."""
        text = self.context.preconditions.key
        return Key(self.workspace, self.context.origin.actor_id, text) if text is not None else None


@dataclass(slots=True)
class _Slot:
    """The present state of a task in a batch, and its newest version, which may be its deletion."""

    task: TaskSnapshot | None
    version: int


class Batch:
    """The tasks and entries of one workspace in a transaction. Commands read and change them through it only."""

    def __init__(  # noqa: PLR0913, PLR0917  # all that commands stand on
        self,
        connection: Connection,
        workspace: WorkspaceId,
        head: Head,
        keys: IdempotencyKeys,
        clock: datetime,
        added: Callable[[Change, str], None],
    ) -> None:
        """`added` takes each change and its entry, as a row in JSON; `clock` is the time since the head is locked."""
        self.workspace = workspace
        self.head = head
        self._connection = connection
        self._keys = keys
        self._clock = clock
        self._added = added
        self._loaded_timestamp = head.timestamp
        self._loaded: dict[UUID, TaskSnapshot] = {}
        self._slots: dict[UUID, _Slot] = {}
        self._changes: list[Change] = []
        self._versions: dict[UUID, TaskVersions] = {}
        self._context = CommandContext()

    def load(self, task: TaskSnapshot) -> None:
        """A task as it is stored."""
        self._loaded[task.id] = task
        self._slots[task.id] = _Slot(task, task.version)

    def run(self, command: Command[R]) -> R | TasktrailError:
        """The command's result, the stored result of an earlier request with its key, or its error."""
        self._context, preconditions = command.context, command.context.preconditions
        try:
            if (key := command.key) is None:
                return command.run(self)
            if replay := self._keys.replay(key, preconditions):
                return cast("R", replay[0])
            result = command.run(self)
        except TasktrailError as error:
            return error
        self._keys.remember(key, preconditions.fingerprint, result)
        return result

    @property
    def has_moved(self) -> bool:
        """Whether the head is another than the stored one."""
        return self.head.timestamp != self._loaded_timestamp

    def now(self) -> datetime:
        """The time of the next entry and of its change. Raises EndOfTimeError."""
        return self.head.next_timestamp(self._clock)

    def pass_clock(self) -> None:
        """Raise the watermark to the clock's time."""
        self.head.timestamp = max(self.head.timestamp, self._clock)

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
        later = [change for change in self._changes if change.task_id == task_id and change.version >= version]
        is_new = later and later[0].version == version
        task = later.pop(0).after if is_new else self._versions_of(task_id).find(version)
        for change in later:
            if task and change.erasure:
                task = task.without(change.erasure.fields)
        return task

    def before_deletion(self, task_id: UUID) -> TaskSnapshot | None:
        """The last state of a deleted task."""
        versions = range(self.newest_version(task_id) - 1, 0, -1)  # several only if texts were erased since
        return next((task for version in versions if (task := self.at_version(task_id, version))), None)

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
        self.head.timestamp = max(self.head.timestamp, moment)

    def record(self, action: ActionType, before: TaskSnapshot | None, after: TaskSnapshot | None, at: datetime) -> None:
        """Create, replace or delete a task together with its history entry.

        Raises UnrecordedChangeError unless `before` is the task's present state and `after` its next version.
        """
        self._add(Change(self.workspace, action, before, after, at, self._context.origin))

    def erase(
        self, task_id: UUID, fields: tuple[str, ...], title: str, after: TaskSnapshot | None, at: datetime
    ) -> None:
        """Erase texts of a task from all its entries so far; `after` is None if it is deleted. Raises as `record`."""
        before, version = self.find(task_id), self.newest_version(task_id) + 1
        remains = remains_after(self._connection, self.workspace, task_id, fields)
        erasure = Erasure(task_id, version, title, fields, remains)
        self._add(Change(self.workspace, ActionType.ERASED, before, after, at, self._context.origin, erasure))

    def _add(self, change: Change) -> None:
        slot = self._slots.setdefault(change.task_id, _Slot(None, change.version - 1))
        if slot.task is not change.before or change.version != slot.version + 1:
            raise UnrecordedChangeError
        slot.task, slot.version = change.after, change.version
        self._changes.append(change)
        self._added(change, self.head.append(change))

    def _versions_of(self, task_id: UUID) -> TaskVersions:
        """The stored versions, which do not include those of this batch."""
        if task_id not in self._versions:
            stored = self._loaded.get(task_id)
            self._versions[task_id] = TaskVersions(self._connection, self.workspace, task_id, stored)
        return self._versions[task_id]


class UnrecordedChangeError(Exception):
    """A bug: a task was changed without a history entry."""
