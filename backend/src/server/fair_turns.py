"""Portions of work for the event loop, shared fairly between clients."""

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 64
"""The most requests that are parsed and begun in one iteration of the event loop."""
LEAST = 4
ITERATION_SECONDS = 0.02
"""If an iteration takes longer, fewer requests are begun in the next one."""


class FairTurns:
    """Lets callers begin in portions, one for each iteration of the event loop, with the clients taking turns.

    Without it, all of a thousand requests that arrive together are begun before a later one is looked at. Belongs to
    one event loop.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._portion = at_once
        self._begun = 0
        self._iteration_began = 0.0
        self._waiting: dict[str, deque[Callable[[], object]]] = {}
        """By client, the one whose turn is next first."""

    def take(self) -> bool:
        """Whether the caller may begin in this iteration; if not, it should `wait`."""
        if self._begun == 0:
            asyncio.get_running_loop().call_soon(self._begin_iteration)
        has_room = self._begun < self._portion
        self._begun += has_room
        return has_room

    def wait(self, client: str, begin: Callable[[], object]) -> None:
        """Call `begin`, which can then `take`, when it is the client's turn."""
        self._waiting.setdefault(client, deque()).append(begin)

    def _begin_iteration(self) -> None:
        self._begun = 0
        if self._waiting:
            self._adapt_portion()
            while self._waiting and self._begun < self._portion:
                self._begin_next()
        else:
            self._portion, self._iteration_began = self._at_once, 0.0

    def _begin_next(self) -> None:
        client = next(iter(self._waiting))
        callbacks = self._waiting.pop(client)
        begin = callbacks.popleft()
        if callbacks:
            self._waiting[client] = callbacks
        begin()

    def _adapt_portion(self) -> None:
        """At most twice as many as in the last iteration, fewer if that one took too long."""
        now = asyncio.get_running_loop().time()
        if self._iteration_began:
            growth = min(2.0, ITERATION_SECONDS / max(now - self._iteration_began, 1e-6))
            least = min(LEAST, self._at_once)
            self._portion = max(least, min(self._at_once, int(self._portion * growth)))
        self._iteration_began = now
