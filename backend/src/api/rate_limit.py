"""A limit on requests per minute and client, counted per process in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from math import ceil

from src.exceptions.errors import TooManyRequestsError
from src.utils.addresses import client_of

MAX_CLIENTS = 10_000
WINDOW_SECONDS = 60


class RateLimit:
    """A fixed window per client, which starts with the client's first request.

    Beyond `max_clients`, the least recently seen client is dropped.
    """

    def __init__(self, per_minute: int, max_clients: int = MAX_CLIENTS) -> None:
        self._per_minute = per_minute
        self._max_clients = max_clients
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()  # client -> (end of window, requests)

    def count(self, client: Sequence[object] | None) -> None:
        """Raises TooManyRequestsError."""
        key = client_of(str(client[0])) if client else ""
        now = time.time()
        end, requests = self._windows.pop(key, (0.0, 0))
        if not now < end <= now + WINDOW_SECONDS:  # the window has ended, or the clock was set back
            end, requests = now + WINDOW_SECONDS, 0
        self._windows[key] = (end, requests + 1)
        if len(self._windows) > self._max_clients:
            self._windows.popitem(last=False)
        if requests >= self._per_minute:
            raise TooManyRequestsError(ceil(end - now))
