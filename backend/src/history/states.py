"""All tasks as they were after an entry, replayed from the nearest known state."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from src.history.kept_states import KeptStates
from src.history.replay import NEW, OLD, ROWS_AT_ONCE, Replay, Tasks, in_portions, past_entries
from src.models.task import Task, TaskRecord, select_records
from src.models.task_history import HistoryHead, TaskHistory
from src.models.workspace import WorkspaceId


class EntryKey(NamedTuple):
    seq: int
    hash: str
    erased: int
    """How many erasures the history has: a state that was replayed before the last of them has texts too many."""


class Start(NamedTuple):
    """A state to replay from. Without `tasks` it is the present one, which must be read first."""

    seq: int
    cost: int
    """Entries to replay, and tasks to read."""
    key: EntryKey | None = None
    tasks: Tasks | None = None


StateCheckpoints = KeptStates[EntryKey]
CHECKPOINTS = StateCheckpoints(max_states=8, max_bytes=32 * 1024 * 1024, worth_keeping=1_000)
"""Those of the process, so that the bounds hold for all its databases."""


def nearest_state(connection: Connection, workspace: WorkspaceId, entry: EntryKey, kept: StateCheckpoints) -> Start:
    """The state from which replaying to an entry costs least: the empty one, a kept one, or the present one."""
    of_head = select(HistoryHead.seq, HistoryHead.living).where(HistoryHead.workspace_id == workspace)
    head, living = connection.execute(of_head).one()
    from_present = Start(head, abs(head - entry.seq) + living)
    starts = [Start(0, entry.seq, tasks={}), *_kept_starts(connection, workspace, entry, kept), from_present]
    return min(starts, key=lambda start: start.cost)


def tasks_after(connection: Connection, workspace: WorkspaceId, entry: EntryKey, kept: StateCheckpoints) -> Tasks:
    """All tasks after an entry. Reads within one snapshot."""
    start = nearest_state(connection, workspace, entry, kept)
    tasks = _replay(connection, workspace, start, entry.seq)
    if start.key:
        kept.use(start.key)
    if kept.is_worth_keeping(start.cost):
        kept.keep(entry, tasks)
    return tasks


def _kept_starts(
    connection: Connection, workspace: WorkspaceId, entry: EntryKey, kept: StateCheckpoints
) -> Iterator[Start]:
    """The kept states of this history."""
    if states := kept.all():
        of_workspace = select(TaskHistory.seq, TaskHistory.hash).where(TaskHistory.workspace_id == workspace)
        found = of_workspace.where(TaskHistory.seq.in_([key.seq for key in states]))
        for seq, stored_hash in connection.execute(found):
            if (key := EntryKey(seq, stored_hash, entry.erased)) in states:
                yield Start(seq, abs(seq - entry.seq), key, states[key])


def _replay(connection: Connection, workspace: WorkspaceId, start: Start, seq: int) -> Tasks:
    tasks = _present(connection, workspace) if start.tasks is None else start.tasks
    side, order = (NEW, TaskHistory.seq.asc()) if start.seq <= seq else (OLD, TaskHistory.seq.desc())
    first, last = sorted((start.seq, seq))
    replay = Replay(tasks, side)
    entries = past_entries(workspace).where(TaskHistory.seq > first, TaskHistory.seq <= last).order_by(order)
    for some in in_portions(connection, entries, last - first):
        replay.apply(some)
    return replay.tasks()


def _present(connection: Connection, workspace: WorkspaceId) -> Tasks:
    query = select_records(connection.dialect.name).where(Task.workspace_id == workspace)
    rows = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    return {task.id: task for task in map(TaskRecord._make, rows)}
