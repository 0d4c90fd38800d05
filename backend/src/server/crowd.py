"""How many connections there may be at once, and which one makes room for another."""

from typing import Protocol


class Connection(Protocol):
    def leave(self) -> None:
        """Close a connection on which nothing is under way."""

    def drop(self) -> None:
        """Close it at once, whatever is."""


class Crowd:
    """The connections of a process.

    Beyond `most` each newcomer closes the one that has been idle longest. Where none is idle it is told so, and only a
    probe is answered; beyond the room for those, it is dropped.
    """

    SURPLUS = 100

    def __init__(self, most: int) -> None:
        self._most = most
        self._present: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        """Longest idle first."""

    @property
    def is_too_large(self) -> bool:
        return len(self._present) > self._most

    def admit(self, newcomer: Connection) -> None:
        self._present.add(newcomer)
        if self.is_too_large and self._idle:
            longest_idle = next(iter(self._idle))
            self.forget(longest_idle)
            longest_idle.leave()
        if len(self._present) > self._most + self.SURPLUS:
            self.forget(newcomer)
            newcomer.drop()
        else:
            self._idle[newcomer] = None

    def forget(self, connection: Connection) -> None:
        self._present.discard(connection)
        self._idle.pop(connection, None)

    def set_idle(self, connection: Connection) -> None:
        if connection in self._present:
            self._idle[connection] = None

    def set_busy(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
