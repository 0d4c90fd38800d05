"""A limit on event streams that are open at the same time, in all and per client."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from src.exceptions.errors import TooManyListenersError
from src.utils.addresses import client_of, is_loopback

CLIENTS_SHARE = 4
"""A client may have one in so many."""


class ListenerLimit:
    """Clients on this machine count only in all: they may be a proxy that does not say for whom it asks."""

    def __init__(self, max_listeners: int) -> None:
        self._max_listeners = max_listeners
        self._max_of_client = -(-max_listeners // CLIENTS_SHARE)
        self._open = Counter[str]()

    @contextmanager
    def admit(self, client: Sequence[object] | None) -> Iterator[None]:
        """Count a stream while it is open. Raises TooManyListenersError."""
        address = str(client[0]) if client else ""
        key = "" if not address or is_loopback(address) else client_of(address)
        if self._open.total() >= self._max_listeners or (key and self._open[key] >= self._max_of_client):
            raise TooManyListenersError
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]
