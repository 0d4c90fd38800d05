"""Timeouts of connections: one periodic check for all of them, instead of a timer for each."""

import sys
import termios
from contextlib import suppress
from fcntl import ioctl
from typing import Any

import structlog

from src.exceptions.handlers import redacted_traceback
from src.server.write_buffer import CoalescingTransport

CHECK_INTERVAL = 0.5
"""Seconds; `close_timed_out` must be called at least this often, also under load."""

_log = structlog.get_logger("tasktrail.requests")


def close_timed_out(connections: set[Any], now: float) -> None:
    """Call `check_timeouts` of each connection; an error in one does not affect the others."""
    for connection in list(connections):
        try:
            connection.check_timeouts(now)
        except Exception as error:  # noqa: BLE001  # whatever it is, the server goes on, without this connection
            connections.discard(connection)
            _log.error("connection could not be closed", frames=redacted_traceback(error))


class ReadingClient:
    """Measures by how much a client falls behind the least rate at which it must read what was sent to it."""

    LEAST_RATE = 4096
    """Bytes a second."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._read = 0
        self._seconds_behind = 0.0

    def seconds_behind(self, transport: CoalescingTransport, now: float) -> float:
        """Of all seconds in which it had something to read, those that its progress does not account for."""
        unsent = _unsent_bytes(transport)
        read = transport.written - unsent
        progress = max(0, read - self._read)  # what the kernel holds counts only once it is full
        missed = now - self._at - progress / self.LEAST_RATE
        self._at, self._read = now, read
        self._seconds_behind = max(0.0, self._seconds_behind + missed) if unsent else 0.0
        return self._seconds_behind


def _unsent_bytes(transport: CoalescingTransport) -> int:
    """The transport's buffer and the socket's: the kernel accepts more from us only after megabytes of its are gone."""
    unsent = transport.get_write_buffer_size()
    if unsent:
        with suppress(OSError):  # not every system supports it
            in_kernel = ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
            unsent += int.from_bytes(in_kernel, sys.byteorder)
    return unsent
