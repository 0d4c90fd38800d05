"""The versions of one task, replayed from the nearest version that is known: the first, the present or another."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, select

from src.history.change import Change, diff
from src.history.replay import NEW, OLD, Replay, entries_of, in_portions
from src.models.task import RECORDED, SNAPSHOTS, Task, TaskSnapshot
from src.models.task_history import ActionType, TaskHistory

MAX_COMPARED = 100
"""Versions apart up to which two states are compared; beyond it, one aggregate finds the changed fields."""


class TaskVersions:
    """Reads within one snapshot, or under the head's lock, and remembers what it has read."""

    def __init__(self, connection: Connection, task_id: UUID) -> None:
        self._connection = connection
        self._task_id = task_id
        self._known: dict[int, TaskSnapshot | None] = {0: None}
        of_task = select(TaskHistory.version, TaskHistory.action_type).where(TaskHistory.task_id == task_id)
        entry = connection.execute(of_task.order_by(TaskHistory.version.desc()).limit(1)).first()
        self.newest, action = entry or (0, None)
        """That of a deleted task is its deletion; 0 if there has never been such a task."""
        row = connection.execute(SNAPSHOTS.where(Task.id == task_id)).first()
        present = TaskSnapshot(*row) if row else None
        if present.version == self.newest if present else action == ActionType.DELETED:  # or it was edited by hand
            self._known[self.newest] = present
        self._last_changes: dict[str, int] = {}
        self._last_changes_after = self.newest

    def find(self, version: int) -> TaskSnapshot | None:
        """None if there is no such version, or it is a deletion."""
        if version not in self._known and 0 < version <= self.newest:
            start = min(self._known, key=lambda known: abs(known - version))
            self._known[version] = self._replay(start, version)
        return self._known.get(version)

    def fields_changed(self, known: int, until: int) -> list[str]:
        """The fields that differ between two versions.

        Of versions far apart, all fields that have changed since the older one, even if they have changed back.
        """
        if until - known <= MAX_COMPARED:
            return fields_that_differ(self.find(known), self.find(until))
        return self.fields_touched(known)

    def fields_touched(self, known: int, added: Iterable[Change] = ()) -> list[str]:
        """The fields that have changed since a version, even if they have changed back.

        `added` are changes that are not stored yet.
        """
        if known < self._last_changes_after:
            self._last_changes = self._read_last_changes(known) | self._last_changes
            self._last_changes_after = known
        touched = {name for name, version in self._last_changes.items() if version > known}
        touched.update(*(fields_that_differ(change.before, change.after) for change in added))
        return [name for name in _COMPARED if name in touched]

    def _replay(self, start: int, version: int) -> TaskSnapshot | None:
        """Apply the entries between; that of the version itself is read in both directions, since it must exist."""
        side, first, last = (NEW, start + 1, version) if start < version else (OLD, version, start)
        entries = entries_of(self._task_id, newest_first=side == OLD)
        between = entries.where(TaskHistory.version >= first, TaskHistory.version <= last)
        state = self._known[start]
        replay, exists = Replay({self._task_id: state} if state else {}, side), False
        for some in in_portions(self._connection, between, last - first + 1):
            exists = some[-1].version == version
            replay.apply(some[:-1] if exists and side == OLD else some)
        return replay.tasks().get(self._task_id) if exists else None

    def _read_last_changes(self, known: int) -> dict[str, int]:
        """The newest version that changed each field, after `known` and as far back as not read yet."""
        dialect = self._connection.dialect.name
        columns = [func.max(TaskHistory.version).filter(_changes(name, dialect)).label(name) for name in _COMPARED]
        unread = select(*columns).where(
            TaskHistory.task_id == self._task_id,
            TaskHistory.version > known,
            TaskHistory.version <= self._last_changes_after,
        )
        newest = self._connection.execute(unread).mappings().one()
        return {name: version for name, version in newest.items() if version}


def fields_that_differ(before: TaskSnapshot | None, after: TaskSnapshot | None) -> list[str]:
    """All except `updated_at`, which always does."""
    return [name for name, (old, new) in diff(before, after).items() if name in _COMPARED and old != new]


_COMPARED = tuple(name for name in RECORDED if name != "updated_at")


def _changes(name: str, dialect: str) -> ColumnElement[bool]:
    """Whether an entry changes a field. Exact, since quotes within the values of `changes` are escaped."""
    find = func.instr if dialect == "sqlite" else func.strpos
    key = f'"{name}":['
    return (find(TaskHistory.changes, key) > 0) & (find(TaskHistory.changes, f"{key}null,null]") == 0)
