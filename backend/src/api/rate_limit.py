"""So many requests a minute for each client; counted in this process, for as many clients as fit."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from math import ceil

from limits import RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from src.exceptions.errors import TooManyRequestsError
from src.utils.addresses import client_of

CLIENTS = 10_000


class RateLimit:
    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(Windows(CLIENTS))

    def count(self, client: Sequence[object] | None) -> None:
        """Raises TooManyRequestsError."""
        key = client_of(str(client[0])) if client else ""
        if not self._limiter.hit(self._item, key):
            reset = self._limiter.get_window_stats(self._item, key).reset_time
            raise TooManyRequestsError(max(1, ceil(reset - time.time())))


class Windows(Storage):
    """Counters that never take more than their room: the client who has been silent longest is forgotten first.

    The library's own storage in memory starts a thread each 10 ms and keeps as many counters as there are clients.
    """

    STORAGE_SCHEME = None
    base_exceptions = ValueError

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, in the client's window or a new one."""
        now = time.time()
        end, count = self._windows.pop(key, (0.0, 0))
        if not now < end <= now + expiry:  # it is over, or the clock was set back
            end, count = now + expiry, 0
        self._windows[key] = (end, count + amount)
        if len(self._windows) > self._room:
            self._windows.popitem(last=False)
        return count + amount

    def get(self, key: str) -> int:
        end, count = self._windows.get(key, (0.0, 0))
        return count if end > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self._windows.get(key, (time.time(), 0))[0]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        known = len(self._windows)
        self._windows.clear()
        return known

    def clear(self, key: str) -> None:
        self._windows.pop(key, None)
