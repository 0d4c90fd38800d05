"""Warnings of a history that is ahead of the clock, until which new entries have times just after the newest."""

from collections.abc import Callable
from datetime import datetime

import structlog

from src.database.clock import MAX_LEAD, seconds_since_boot
from src.utils.timestamps import LATEST, format_timestamp, utc_now

SECONDS_BETWEEN_WARNINGS = 3600.0
END_OF_TIME = "The history has reached the end of the year 9999 and takes no more entries; see docs/operations.md."

_log = structlog.get_logger(__name__)


def warning_of(timestamp: datetime | None) -> str | None:
    """The warning for a head with this time, if any."""
    if timestamp is None or timestamp - utc_now() <= MAX_LEAD:
        return None
    if timestamp == LATEST:
        return END_OF_TIME
    until = format_timestamp(timestamp)
    return f"The history is ahead of the clock: all new entries get times just after {until}; see docs/operations.md."


class HeadLead:
    """Logs the warning when the lead is first noted, and then at most once an hour."""

    def __init__(self, elapsed: Callable[[], float] = seconds_since_boot) -> None:
        self._elapsed = elapsed
        self._silent_until = elapsed()

    def note(self, timestamp: datetime | None) -> None:
        """`timestamp` is the head's."""
        if self._elapsed() >= self._silent_until and (warning := warning_of(timestamp)):
            self._silent_until = self._elapsed() + SECONDS_BETWEEN_WARNINGS
            _log.warning(warning)
