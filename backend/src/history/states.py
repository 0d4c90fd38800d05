"""All tasks as they were after an entry, replayed from the nearest known state."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from src.history.kept_states import KeptStates
from src.history.replay import NEW, OLD, PAST_ENTRIES, ROWS_AT_ONCE, Replay, Tasks, in_portions
from src.models.task import TaskRecord, select_records
from src.models.task_history import HistoryHead, TaskHistory


class EntryKey(NamedTuple):
    seq: int
    hash: str


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


def nearest_state(connection: Connection, seq: int, kept: StateCheckpoints) -> Start:
    """The state from which replaying to an entry costs least: the empty one, a kept one, or the present one."""
    head, living = connection.execute(select(HistoryHead.seq, HistoryHead.living)).one()
    starts = [Start(0, seq, tasks={}), *_kept_starts(connection, seq, kept), Start(head, abs(head - seq) + living)]
    return min(starts, key=lambda start: start.cost)


def tasks_after(connection: Connection, entry: EntryKey, kept: StateCheckpoints) -> Tasks:
    """All tasks after an entry. Reads within one snapshot."""
    start = nearest_state(connection, entry.seq, kept)
    tasks = _replay(connection, start, entry.seq)
    if start.key:
        kept.use(start.key)
    if kept.is_worth_keeping(start.cost):
        kept.keep(entry, tasks)
    return tasks


def _kept_starts(connection: Connection, seq: int, kept: StateCheckpoints) -> Iterator[Start]:
    """The kept states of this history."""
    if states := kept.all():
        found = select(TaskHistory.seq, TaskHistory.hash).where(TaskHistory.seq.in_([key.seq for key in states]))
        for key in map(EntryKey._make, connection.execute(found)):
            if key in states:
                yield Start(key.seq, abs(key.seq - seq), key, states[key])


def _replay(connection: Connection, start: Start, seq: int) -> Tasks:
    tasks = _present(connection) if start.tasks is None else start.tasks
    side, order = (NEW, TaskHistory.seq.asc()) if start.seq <= seq else (OLD, TaskHistory.seq.desc())
    first, last = sorted((start.seq, seq))
    replay = Replay(tasks, side)
    entries = PAST_ENTRIES.where(TaskHistory.seq > first, TaskHistory.seq <= last).order_by(order)
    for some in in_portions(connection, entries, last - first):
        replay.apply(some)
    return replay.tasks()


def _present(connection: Connection) -> Tasks:
    rows = connection.execute(select_records(connection.dialect.name), execution_options={"yield_per": ROWS_AT_ONCE})
    return {task.id: task for task in map(TaskRecord._make, rows)}
