"""Past states of tasks kept in the process, so that a replay can start near."""

from collections import OrderedDict
from collections.abc import Collection, Hashable
from operator import attrgetter
from sys import getsizeof
from threading import Lock
from typing import Generic, TypeVar

from src.history.replay import Tasks

K = TypeVar("K", bound=Hashable)

BYTES_OF_TASK = 400
"""A record with its id and times, without its title and description."""
BYTES_OF_PLACE = 90
"""A task's place in a dictionary."""


class KeptStates(Generic[K]):
    """Bounded by number and estimated bytes; the least recently used goes first. Worker threads share them.

    A key contains the hash of an entry, which determines the whole history up to it. A state may be used only if that
    entry is in the history: after a failover, or in another database, there may be another one in its place.
    """

    def __init__(self, max_states: int, max_bytes: int, worth_keeping: int) -> None:
        """`worth_keeping` is the least cost of a state that is kept; a cheaper one is near another."""
        self._max_states = max_states
        self._max_bytes = max_bytes
        self._worth_keeping = worth_keeping
        self._kept: OrderedDict[K, Tasks] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Estimated bytes."""
        return _estimate(self._kept.values())

    def all(self) -> dict[K, Tasks]:
        with self._lock:
            return dict(self._kept)

    def clear(self) -> None:
        """Forget the texts that have been erased."""
        with self._lock:
            self._kept.clear()

    def use(self, key: K) -> None:
        """Let it stay longer."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)

    def is_worth_keeping(self, cost: int) -> bool:
        return cost >= self._worth_keeping

    def keep(self, key: K, tasks: Tasks) -> None:
        if _estimate([tasks]) > self._max_bytes:
            return
        with self._lock:
            self._kept[key] = tasks
            while len(self._kept) > self._max_states or self.size > self._max_bytes:
                self._kept.popitem(last=False)


def _estimate(states: Collection[Tasks]) -> int:
    """States share the tasks that no entry between them has changed."""
    distinct = {id(task): task for tasks in states for task in tasks.values()}.values()
    texts = sum(sum(map(getsizeof, map(attrgetter(name), distinct))) for name in ("title", "description"))
    return texts + BYTES_OF_TASK * len(distinct) + BYTES_OF_PLACE * sum(map(len, states))
