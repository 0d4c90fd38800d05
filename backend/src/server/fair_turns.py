"""Portions of work for the event loop, shared fairly between clients."""

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 64
"""Requests that are parsed and begun in one iteration of the event loop: some 20 ms of work."""


class FairTurns:
    """Lets callers begin in portions, one for each iteration of the event loop, with the clients taking turns.

    Without it, all of a thousand requests that arrive together are begun before a later one is looked at. Belongs to
    one event loop.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._begun = 0
        self._waiting: dict[str, deque[Callable[[], object]]] = {}
        """By client, the one whose turn is next first."""

    def take(self) -> bool:
        """Whether there is room in this iteration; if not, call `wait`."""
        if self._begun == 0:
            self._begin_iteration_next()
        has_room = self._begun < self._at_once
        self._begun += has_room
        return has_room

    def wait(self, client: str, begin: Callable[[], object]) -> None:
        """Call `begin` when it is the client's turn. Those of one client are called in this order."""
        self._waiting.setdefault(client, deque()).append(begin)

    def _begin_iteration_next(self) -> None:
        asyncio.get_running_loop().call_soon(self._begin_iteration)

    def _begin_iteration(self) -> None:
        self._begun = min(self._at_once, sum(map(len, self._waiting.values())))
        if self._begun:
            self._begin_iteration_next()
        for _ in range(self._begun):
            client = next(iter(self._waiting))
            callbacks = self._waiting.pop(client)
            begin = callbacks.popleft()
            if callbacks:
                self._waiting[client] = callbacks
            begin()
