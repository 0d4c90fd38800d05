"""All tasks as they were after an entry, replayed from the nearest known state; some states are kept in the process."""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from sys import getsizeof
from threading import Lock
from typing import NamedTuple

from sqlalchemy import Connection, select

from src.history.replay import NEW, OLD, PAST_ENTRIES, ROWS_AT_ONCE, Replay, Tasks, in_portions
from src.models.task import SNAPSHOTS, TaskSnapshot
from src.models.task_history import HistoryHead, TaskHistory

MAX_STATES = 8
MAX_BYTES = 32 * 1024 * 1024
WORTH_KEEPING = 1_000
"""The least cost of a state that is kept; a cheaper one is near another."""
BYTES_OF_TASK = 330
"""A snapshot with its id and times, without its texts."""
BYTES_OF_PLACE = 90
"""A task's place in a dictionary."""


class EntryKey(NamedTuple):
    """An entry; its hash determines the whole history up to it."""

    seq: int
    hash: str


class Start(NamedTuple):
    """A state to replay from. Without `tasks` it is the present one, which must be read first."""

    seq: int
    cost: int
    """Entries to replay, and tasks to read."""
    key: EntryKey | None = None
    tasks: Tasks | None = None


class StateCheckpoints:
    """A few past states, bounded by number and estimated bytes; the least recently used goes first.

    They are kept by the hash of their entry and used only if that entry is in the history. So after a failover, or for
    another database, no wrong one is used. Worker threads share them.
    """

    def __init__(
        self, max_states: int = MAX_STATES, max_bytes: int = MAX_BYTES, worth_keeping: int = WORTH_KEEPING
    ) -> None:
        self._max_states = max_states
        self._max_bytes = max_bytes
        self._worth_keeping = worth_keeping
        self._kept: OrderedDict[EntryKey, Tasks] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        return _estimate(self._kept.values())

    def nearest(self, connection: Connection, seq: int) -> Start:
        """The state from which replaying to the entry costs least: the empty one, a kept one, or the present one."""
        head, living = connection.execute(select(HistoryHead.seq, HistoryHead.living)).one()
        starts = [Start(0, seq, tasks={}), *self._starts(connection, seq), Start(head, abs(head - seq) + living)]
        return min(starts, key=lambda start: start.cost)

    def tasks_after(self, connection: Connection, entry: EntryKey) -> Tasks:
        """All tasks after an entry. Reads within one snapshot."""
        start = self.nearest(connection, entry.seq)
        replay = _replay(connection, start, entry.seq)
        tasks = replay.tasks()
        with self._lock:
            if start.key and start.key in self._kept:
                self._kept.move_to_end(start.key)
        if start.cost >= self._worth_keeping:
            self._keep(entry, tasks)
        return tasks

    def _starts(self, connection: Connection, seq: int) -> Iterator[Start]:
        """The kept states of this history."""
        with self._lock:
            kept = dict(self._kept)
        if kept:
            found = select(TaskHistory.seq, TaskHistory.hash).where(TaskHistory.seq.in_([key.seq for key in kept]))
            for key in map(EntryKey._make, connection.execute(found)):
                if key in kept:
                    yield Start(key.seq, abs(key.seq - seq), key, kept[key])

    def _keep(self, key: EntryKey, tasks: Tasks) -> None:
        if _estimate([tasks]) > self._max_bytes:
            return
        with self._lock:
            self._kept[key] = tasks
            while len(self._kept) > self._max_states or self.size > self._max_bytes:
                self._kept.popitem(last=False)


CHECKPOINTS = StateCheckpoints()
"""Those of the process, so that the bound holds for all its databases."""


def _replay(connection: Connection, start: Start, seq: int) -> Replay:
    tasks = _present(connection) if start.tasks is None else start.tasks
    side, order = (NEW, TaskHistory.seq.asc()) if start.seq <= seq else (OLD, TaskHistory.seq.desc())
    first, last = sorted((start.seq, seq))
    replay = Replay(tasks, side)
    entries = PAST_ENTRIES.where(TaskHistory.seq > first, TaskHistory.seq <= last).order_by(order)
    for some in in_portions(connection, entries, last - first):
        replay.apply(some)
    return replay


def _present(connection: Connection) -> Tasks:
    rows = connection.execute(SNAPSHOTS, execution_options={"yield_per": ROWS_AT_ONCE})
    return {task.id: task for task in (TaskSnapshot(*row) for row in rows)}


def _estimate(states: Collection[Tasks]) -> int:
    """Bytes in memory. States share the tasks that no entry between them has changed."""
    distinct = {id(task): task for tasks in states for task in tasks.values()}.values()
    texts = sum(getsizeof(task.title) + getsizeof(task.description) for task in distinct)
    return texts + BYTES_OF_TASK * len(distinct) + BYTES_OF_PLACE * sum(map(len, states))
