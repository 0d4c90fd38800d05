"""One transaction's worth of commands: what they see and change, and the entries they leave."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import Connection, Table, Update, delete, update

from src.batching.idempotency import KeyRing
from src.batching.preconditions import Terms
from src.database.bulk import BulkInsert, BulkUpdate
from src.database.migrations import schema_is_current
from src.exceptions.errors import (
    BadRequestError,
    SchemaChangedError,
    TaskNotFoundError,
    TasktrailError,
)
from src.history.daily_counts import DailyDeltas
from src.history.replay import PastChange, fields_changed
from src.models.task import Task, TaskSnapshot
from src.models.task_history import Entry, Head, HistoryHead, TaskHistory
from src.utils import canonical_json

R = TypeVar("R", bound=TaskSnapshot | None)

_TASKS = cast("Table", Task.__table__)
_HEAD = cast("Table", HistoryHead.__table__)
_INSERT_TASKS = BulkInsert(Task)
_UPDATE_TASKS = BulkUpdate(Task)
_UPDATE_TEXTS = BulkUpdate(Task, kept={"created_at", "is_completed", "completed_at"})
_INSERT_ENTRIES = BulkInsert(TaskHistory)


@cache
def _update_head() -> Update:
    """Made when it is first needed: the migrations' files say which schema is current."""
    return update(_HEAD).where(schema_is_current())


@dataclass(frozen=True, slots=True)
class Command(Generic[R]):
    """A change to be made: inputs and ids, never rows, since it may be run a second time on its own.

    `run` sees and changes tasks in the batch only, and returns a snapshot. A TasktrailError that it raises ends this
    command alone; it must come before the first change.
    """

    run: Callable[["Batch"], R]
    task_ids: tuple[UUID, ...] = ()
    request_id: str | None = None
    terms: Terms = field(default_factory=Terms)


@dataclass(slots=True)
class _Slot:
    """What a batch knows of one task: as it was loaded, as it is now, and its newest version, also of a deletion."""

    loaded: TaskSnapshot | None
    task: TaskSnapshot | None
    version: int


class Batch:
    """The tasks that commands may see and change, and the entries they leave; written once, after the last command."""

    def __init__(
        self, connection: Connection, head: Head, tasks: Iterable[TaskSnapshot], keys: KeyRing, clock: datetime
    ) -> None:
        self._connection = connection
        self._head = head
        self._loaded_timestamp = head.timestamp
        self._slots = {task.id: _Slot(task, task, task.version) for task in tasks}
        self._keys = keys
        self._clock = clock
        self._entries: list[Entry] = []
        self._rows: list[str] = []
        self._terms = Terms()
        self._request_id: str | None = None

    def run(self, command: Command[R]) -> R | TasktrailError:
        """The command's result, or what the first request under its key was answered, or its error."""
        self._terms, self._request_id = command.terms, command.request_id
        try:
            if replay := self._keys.replay(command.terms):
                return cast("R", replay[0])
            result = command.run(self)
        except TasktrailError as error:
            return error
        self._keys.remember(command.terms, result)
        return result

    def now(self) -> datetime:
        """The time of the next entry, and of the change it records. Raises EndOfTimeError."""
        return self._head.next_timestamp(self._clock)

    def task(self, task_id: UUID) -> TaskSnapshot:
        """Raises TaskNotFoundError, and PreconditionFailedError where the command's terms do not allow it."""
        task = self.find(task_id)
        if task is None:
            raise TaskNotFoundError
        self.check_precondition(task_id, task.version)
        return task

    def find(self, task_id: UUID) -> TaskSnapshot | None:
        slot = self._slots.get(task_id)
        return slot.task if slot else None

    def past(self, task_id: UUID, after: int = 0) -> list[PastChange]:
        """The entries of a task after a version, oldest first, those of this batch included."""
        stored = self._connection.execute(TaskHistory.of_task(task_id).where(TaskHistory.version > after))
        added = (entry for entry in self._entries if entry["task_id"] == task_id)
        texts = ((entry["version"], entry["action_type"], entry["changes"]) for entry in added)
        past = (PastChange.read(*cast("tuple[int, str, str]", row)) for row in (*stored, *texts))
        return [entry for entry in past if entry.version > after]

    def check_precondition(self, task_id: UUID, version: int) -> None:
        """Raises PreconditionFailedError."""
        self._terms.check(
            version, lambda known: fields_changed(self.past(task_id, known)), deleted=self.find(task_id) is None
        )

    def close_until(self, moment: datetime) -> None:
        """Have all later entries be later than this moment, so that what was until then is settled.

        Raises BadRequestError for a moment that has not come yet.
        """
        if moment > self.now():
            raise BadRequestError("as_of: must not be later than now")
        self._head.timestamp = max(self._head.timestamp, moment)

    def change(self, before: TaskSnapshot | None, after: TaskSnapshot | None, entry: Entry) -> None:
        """Have a task be another, be there or be no more; the only way to do so, with the entry that says so.

        Raises UnrecordedChangeError where the entry would not follow the task's last.
        """
        task_id, version = cast("UUID", entry["task_id"]), cast("int", entry["version"])
        slot = self._slots.setdefault(task_id, _Slot(None, None, version - 1))
        follows = slot.task is before and version == slot.version + 1
        if not follows or (after and (after.id, after.version) != (task_id, version)):
            raise UnrecordedChangeError
        slot.task, slot.version = after, version
        self._entries.append(entry)
        self._rows.append(self._head.append(entry | {"request_id": self._request_id}))

    def write(self) -> bool:
        """Each task once, from its final state; then entries, counts, keys, head. False where there is nothing.

        Raises SchemaChangedError; what was written by then must be rolled back.
        """
        if self._entries:
            changed = [slot for slot in self._slots.values() if slot.task is not slot.loaded]
            self._write_tasks(changed)
            _INSERT_ENTRIES(self._connection, self._rows)
            self._count(changed)
        if keys_are_new := self._keys.write(self._connection):
            self._head.timestamp = max(self._head.timestamp, self._clock)  # so that no key is later than the head
        changes = keys_are_new or self._head.timestamp != self._loaded_timestamp
        if changes:
            self._write_head()
        return changes

    def _write_head(self) -> None:
        """Also where keys alone are new: this is what finds out about the schema."""
        if not self._connection.execute(_update_head(), self._head.row()).rowcount:
            raise SchemaChangedError

    def _count(self, changed: Sequence[_Slot]) -> None:
        daily = DailyDeltas()
        for slot in changed:
            self._head.count(slot.loaded, slot.task)
            daily.count(slot.loaded, slot.task)
        daily.write(self._connection)

    def _write_tasks(self, changed: Sequence[_Slot]) -> None:
        rows: dict[BulkInsert | BulkUpdate, list[str]] = {}
        for slot in changed:
            if slot.task:
                rows.setdefault(_statement(slot.loaded, slot.task), []).append(canonical_json.encode(slot.task.row()))
        for statement, texts in rows.items():
            statement(self._connection, texts)
        if removed := [slot.loaded.id for slot in changed if slot.loaded and not slot.task]:
            self._connection.execute(delete(_TASKS).where(_TASKS.c.id.in_(removed)))


def _statement(before: TaskSnapshot | None, after: TaskSnapshot) -> BulkInsert | BulkUpdate:
    if before is None:
        return _INSERT_TASKS
    is_in_place = (before.created_at, before.completed_at) == (after.created_at, after.completed_at)
    return _UPDATE_TEXTS if is_in_place else _UPDATE_TASKS


class UnrecordedChangeError(Exception):
    """A bug: a task was changed by other means than a verb and its entry."""
