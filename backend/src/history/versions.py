"""The versions of one task, replayed from the nearest version that is known: the first, the present or another."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Select, SQLColumnExpression, select

from src.history.change import diff
from src.history.kept_states import KeptStates
from src.history.replay import NEW, OLD, Replay, Tasks, entries_of, in_portions
from src.models.task import SNAPSHOTS, Task, TaskRecord, TaskSnapshot
from src.models.task_history import ActionType, HistoryHead, TaskHistory
from src.models.workspace import WorkspaceId


class VersionKey(NamedTuple):
    task_id: UUID
    version: int
    hash: str
    erased: int
    """As that of `states.EntryKey`."""


VersionCheckpoints = KeptStates[VersionKey]
CHECKPOINTS = VersionCheckpoints(max_states=200, max_bytes=8 * 1024 * 1024, worth_keeping=100)
"""Those of the process."""


class TaskVersions:
    """Reads within one snapshot, or under the head's lock, and remembers what it has read."""

    def __init__(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        task_id: UUID,
        present: TaskSnapshot | None = None,
        kept: VersionCheckpoints = CHECKPOINTS,
    ) -> None:
        """`present` is the stored task, if it has been read already."""
        self._connection = connection
        self._workspace = workspace
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
        entries = self._entries(TaskHistory.version, TaskHistory.action_type)
        entry = self._connection.execute(entries.order_by(TaskHistory.version.desc()).limit(1)).first()
        if entry is None:
            return
        self.newest, action = entry
        stored = SNAPSHOTS.where(Task.workspace_id == self._workspace, Task.id == self._task_id)
        row = self._connection.execute(stored).first()
        present = TaskSnapshot(*row) if row else None
        if present and present.version == self.newest:  # or the row was edited by hand
            self._know(present)
        elif not present and action in {ActionType.DELETED, ActionType.ERASED}:
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
            for version, *others in self._connection.execute(self._hashes({key.version for key in states})):
                if (key := VersionKey(self._task_id, version, *others)) in states:
                    self._kept.use(key)
                    self._known.setdefault(version, states[key])

    def _keep(self, version: int) -> None:
        for row in self._connection.execute(self._hashes({version})):
            self._kept.keep(VersionKey(self._task_id, *row), self._known[version])

    def _hashes(self, versions: set[int]) -> Select[Any]:
        """Rows of version, hash and the number of erasures."""
        erased = select(HistoryHead.erased).where(HistoryHead.workspace_id == self._workspace).scalar_subquery()
        return self._entries(TaskHistory.version, TaskHistory.hash, erased).where(TaskHistory.version.in_(versions))

    def _entries(self, *columns: SQLColumnExpression[Any]) -> Select[Any]:
        of_workspace = select(*columns).where(TaskHistory.workspace_id == self._workspace)
        return of_workspace.where(TaskHistory.task_id == self._task_id)

    def _replay(self, start: int, version: int) -> Tasks:
        """Apply the entries between; that of the version itself is read in both directions, since it must exist."""
        side, first, last = (NEW, start + 1, version) if start < version else (OLD, version, start)
        entries = entries_of(self._workspace, self._task_id, newest_first=side == OLD)
        between = entries.where(TaskHistory.version >= first, TaskHistory.version <= last)
        replay, exists = Replay(self._known[start], side), False
        for some in in_portions(self._connection, between, last - first + 1):
            exists = some[-1].version == version
            replay.apply(some[:-1] if exists and side == OLD else some)
        return replay.tasks() if exists else {}


def fields_that_differ(before: TaskSnapshot | None, after: TaskSnapshot | None) -> list[str]:
    """All except `updated_at`, which always does."""
    return [name for name, (old, new) in diff(before, after).items() if name != "updated_at" and old != new]
