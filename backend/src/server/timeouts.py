"""Ends connections whose time is up."""

from typing import Any

import structlog

from src.exceptions.handlers import redacted_traceback

LOOK_SECONDS = 0.5
"""At least so often somebody must call `end_overdue`, however much there is to do meanwhile."""

_log = structlog.get_logger("tasktrail.requests")


def end_overdue(connections: set[Any], now: float) -> None:
    """Have each `look` at its time, and end if it is up; one that can't be ended harms no other."""
    for connection in list(connections):
        try:
            connection.look(now)
        except Exception as error:  # noqa: BLE001  # whatever it is, the server goes on, without this connection
            connections.discard(connection)
            _log.error("connection could not be ended", frames=redacted_traceback(error))
