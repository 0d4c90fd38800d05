"""The versions of one task, replayed from the nearest version that is known: the first, the present or another."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Select, select

from src.history.change import diff
from src.history.kept_states import KeptStates
from src.history.replay import NEW, OLD, Replay, Tasks, entries_of, in_portions
from src.models.task import SNAPSHOTS, Task, TaskRecord, TaskSnapshot
from src.models.task_history import ActionType, TaskHistory


class VersionKey(NamedTuple):
    task_id: UUID
    version: int
    hash: str


VersionCheckpoints = KeptStates[VersionKey]
CHECKPOINTS = VersionCheckpoints(max_states=200, max_bytes=8 * 1024 * 1024, worth_keeping=100)
"""Those of the process."""


class TaskVersions:
    """Reads within one snapshot, or under the head's lock, and remembers what it has read."""

    def __init__(
        self,
        connection: Connection,
        task_id: UUID,
        present: TaskSnapshot | None = None,
        kept: VersionCheckpoints = CHECKPOINTS,
    ) -> None:
        """`present` is the stored task, if it has been read already."""
        self._connection = connection
        self._task_id = task_id
        self._kept = kept
        self._kept_are_known = False
        self._known: dict[int, Tasks] = {0: {}}
        """The task at a version; nothing if that is a deletion."""
        self.newest = 0
        """That of a deleted task is its deletion; 0 if there has never been such a task."""
        if present:
            self.newest = present.version
            self._know(present)
        else:
            self._read_newest()

    def find(self, version: int) -> TaskSnapshot | None:
        """None if there is no such version, or it is a deletion."""
        if version not in self._known and 0 < version <= self.newest:
            start = self._nearest(version)
            if start != version:
                self._known[version] = self._replay(start, version)
            if self._kept.is_worth_keeping(abs(version - start)):
                self._keep(version)
        task = self._known.get(version, {}).get(str(self._task_id))
        return task.snapshot() if task else None

    def _read_newest(self) -> None:
        entries = select(TaskHistory.version, TaskHistory.action_type).where(TaskHistory.task_id == self._task_id)
        entry = self._connection.execute(entries.order_by(TaskHistory.version.desc()).limit(1)).first()
        if entry is None:
            return
        self.newest, action = entry
        row = self._connection.execute(SNAPSHOTS.where(Task.id == self._task_id)).first()
        present = TaskSnapshot(*row) if row else None
        if present and present.version == self.newest:  # or the row was edited by hand
            self._know(present)
        elif not present and action == ActionType.DELETED:
            self._known[self.newest] = {}

    def _know(self, task: TaskSnapshot) -> None:
        self._known[task.version] = {str(task.id): TaskRecord.of(task)}

    def _nearest(self, version: int) -> int:
        """The known version that is nearest."""
        nearest = min(self._known, key=lambda known: abs(known - version))
        if self._kept_are_known or not self._kept.is_worth_keeping(abs(version - nearest)):
            return nearest
        self._read_kept()
        return self._nearest(version)

    def _read_kept(self) -> None:
        """Add the kept states of this history."""
        self._kept_are_known = True
        states = {key: state for key, state in self._kept.all().items() if key.task_id == self._task_id}
        if states:
            for version, stored_hash in self._connection.execute(self._hashes({key.version for key in states})):
                if (key := VersionKey(self._task_id, version, stored_hash)) in states:
                    self._kept.use(key)
                    self._known.setdefault(version, states[key])

    def _keep(self, version: int) -> None:
        for _, stored_hash in self._connection.execute(self._hashes({version})):
            self._kept.keep(VersionKey(self._task_id, version, stored_hash), self._known[version])

    def _hashes(self, versions: set[int]) -> Select[int, str]:
        entries = select(TaskHistory.version, TaskHistory.hash).where(TaskHistory.task_id == self._task_id)
        return entries.where(TaskHistory.version.in_(versions))

    def _replay(self, start: int, version: int) -> Tasks:
        """Apply the entries between; that of the version itself is read in both directions, since it must exist."""
        side, first, last = (NEW, start + 1, version) if start < version else (OLD, version, start)
        entries = entries_of(self._task_id, newest_first=side == OLD)
        between = entries.where(TaskHistory.version >= first, TaskHistory.version <= last)
        replay, exists = Replay(self._known[start], side), False
        for some in in_portions(self._connection, between, last - first + 1):
            exists = some[-1].version == version
            replay.apply(some[:-1] if exists and side == OLD else some)
        return replay.tasks() if exists else {}


def fields_that_differ(before: TaskSnapshot | None, after: TaskSnapshot | None) -> list[str]:
    """All except `updated_at`, which always does."""
    return [name for name, (old, new) in diff(before, after).items() if name != "updated_at" and old != new]
