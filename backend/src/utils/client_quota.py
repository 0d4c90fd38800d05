"""Bounds on what clients use at the same time: requests, streams, bytes."""

from collections.abc import Iterator
from contextlib import contextmanager

CLIENTS_SHARE = 4
"""By default, a client may use this fraction of the total: one in four."""


class ClientQuota:
    """A bound on the amount in use, in total and per client.

    `client` is the result of `addresses.remote_client_of`. Clients on this machine, for which it is empty, have only
    the total bound: they may be a proxy that does not forward its clients' addresses.
    """

    def __init__(self, in_all: float, per_client: float | None = None) -> None:
        self._in_all = in_all
        self._per_client = in_all / CLIENTS_SHARE if per_client is None else per_client
        self._used = 0
        self._used_by: dict[str, int] = {}

    def has_room(self, client: str) -> bool:
        """Whether the bounds are not reached. If so, the client may add any amount, so that a large one is possible."""
        return self._used < self._in_all and self._used_by.get(client, 0) < self._per_client

    def require_room(self, client: str, refusal: type[Exception]) -> None:
        """Raises `refusal`."""
        if not self.has_room(client):
            raise refusal

    def add(self, client: str, amount: int = 1) -> None:
        """A negative amount releases."""
        self._used += amount
        if not client:
            return
        if used := self._used_by.get(client, 0) + amount:
            self._used_by[client] = used
        else:
            del self._used_by[client]

    @contextmanager
    def hold(self, client: str, refusal: type[Exception], amount: int = 1) -> Iterator[None]:
        """Use this amount until the block ends. Raises `refusal` if there is no room."""
        self.require_room(client, refusal)
        self.add(client, amount)
        try:
            yield
        finally:
            self.add(client, -amount)
