"""The limit on open connections: the longest idle one is closed to make room for a new one."""

from typing import Protocol


class Connection(Protocol):
    def close(self) -> None:
        """Close an idle connection."""

    def abort(self) -> None:
        """Close it at once, even in the middle of a request."""


class ConnectionLimit:
    """All connections of a process.

    Above `maximum`, each new connection closes the one that has been idle longest. If none is idle, the new one may
    still send a request: a liveness probe is answered, anything else gets 503. Above `maximum + SURPLUS` it is aborted.
    """

    SURPLUS = 100

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._connections: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        """Longest idle first."""

    @property
    def is_exceeded(self) -> bool:
        return len(self._connections) > self._maximum

    def add(self, connection: Connection) -> None:
        self._connections.add(connection)
        if self.is_exceeded and self._idle:
            longest_idle = next(iter(self._idle))
            self.discard(longest_idle)
            longest_idle.close()
        if len(self._connections) > self._maximum + self.SURPLUS:
            self.discard(connection)
            connection.abort()
        else:
            self._idle[connection] = None

    def discard(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._idle.pop(connection, None)

    def set_idle(self, connection: Connection) -> None:
        if connection in self._connections:
            self._idle[connection] = None

    def set_busy(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
