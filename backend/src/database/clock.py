"""Whether this machine's clock may give a write its time, which can't be taken back once it is recorded."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from src.exceptions.errors import ClockAheadError, ClockJumpedError
from src.utils.timestamps import utc_now

MAX_LEAD = timedelta(minutes=5)

_COUNTS_SUSPEND = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # macOS has the second, which counts it there


seconds_since_boot = partial(time.clock_gettime, _COUNTS_SUSPEND)
"""Never set by anybody, and counts on while the machine is suspended."""


class WriteClock:
    """The wall clock, as long as it is not far ahead of the clocks that it can be compared with.

    One that is behind is harmless: the head's time goes on from where it is.
    """

    def __init__(
        self,
        *,
        trusted: bool = False,
        measures_jumps: bool = True,
        elapsed: Callable[[], float] = seconds_since_boot,
    ) -> None:
        """`measures_jumps` is for a database without a clock of its own: one on this machine, whose clock is ours."""
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
            boot = now - timedelta(seconds=self._elapsed())  # it can't move, but seems to when the wall clock is set
            if boot - self._boot > MAX_LEAD:
                raise ClockJumpedError
            self._boot = max(self._boot, boot)  # a clock that was set back may return to where it was
        return now
