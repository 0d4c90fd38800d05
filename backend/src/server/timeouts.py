"""Timeouts of connections: one periodic check for all of them, instead of a timer for each."""

import sys
import termios
from asyncio import Transport
from contextlib import suppress
from fcntl import ioctl
from typing import Any

import structlog

from src.exceptions.handlers import redacted_traceback

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


class SendStall:
    """Measures how long a client has read nothing of what was sent to it."""

    def __init__(self, now: float) -> None:
        self._unsent = 0
        self._progress_at = now

    def seconds(self, transport: Transport, now: float) -> float:
        """Seconds since the unsent bytes last became fewer; 0 if there are none."""
        unsent = _unsent_bytes(transport)
        if not unsent or unsent < self._unsent:
            self._progress_at = now
        self._unsent = unsent
        return now - self._progress_at


def _unsent_bytes(transport: Transport) -> int:
    """The transport's buffer and the socket's: the kernel accepts more from us only after megabytes of its are gone."""
    unsent = transport.get_write_buffer_size()
    if unsent:
        with suppress(OSError):  # not every system supports it
            in_kernel = ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
            unsent += int.from_bytes(in_kernel, sys.byteorder)
    return unsent
