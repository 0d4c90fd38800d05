"""The clock of writes, checked because a recorded timestamp can never be corrected."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from src.exceptions.errors import ClockAheadError, ClockJumpedError
from src.utils.timestamps import utc_now

MAX_LEAD = timedelta(minutes=5)

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # on macOS CLOCK_MONOTONIC includes suspension


seconds_since_boot = partial(time.clock_gettime, _BOOT_CLOCK)
"""A clock that is never set and includes the time of suspension."""


class WriteClock:
    """The wall clock, which must not be far ahead of the database's clock or of its own past.

    A clock that is behind is harmless: timestamps continue from the newest one in the history.
    """

    def __init__(
        self,
        *,
        trusted: bool = False,
        measures_jumps: bool = True,
        elapsed: Callable[[], float] = seconds_since_boot,
    ) -> None:
        """`measures_jumps` is for a database on this machine, whose clock is no second opinion."""
        self._trusted = trusted
        self._measures_jumps = measures_jumps
        self._elapsed = elapsed
        self._boot = utc_now() - timedelta(seconds=elapsed())

    def now(self, database_time: datetime | None = None) -> datetime:
        """Raises ClockAheadError and ClockJumpedError."""
        now = utc_now()
        if self._trusted:
            return now
        if database_time is not None and now - database_time > MAX_LEAD:
            raise ClockAheadError
        if self._measures_jumps:
            boot = now - timedelta(seconds=self._elapsed())  # changes only when the wall clock is set
            if boot - self._boot > MAX_LEAD:
                raise ClockJumpedError
            self._boot = max(self._boot, boot)  # a clock that was set back may be set forward again
        return now
