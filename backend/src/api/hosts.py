"""Host names that this server accepts."""

import re
from collections.abc import Iterable
from functools import lru_cache

from starlette.types import Scope

from src.api.request_context import RequestContext
from src.utils.addresses import TEST_SERVER

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?", re.ASCII)


class AllowedHosts:
    """Whether a request has exactly one `Host` header with an allowed name, with any port.

    `testserver` is the host of Starlette's test client and is allowed only without a real socket.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._name_of = lru_cache(maxsize=256)(_name_of)

    def __call__(self, context: RequestContext, scope: Scope) -> bool:
        hosts = context.headers.get(b"host", ())
        name = self._name_of(hosts[0]) if len(hosts) == 1 else None
        return name in self._names or (name == TEST_SERVER and _is_test(scope))


def _name_of(host: bytes) -> str | None:
    """The host without its port, in lower case; `None` if malformed."""
    match = _HOST.fullmatch(host.decode("latin-1").lower())
    return match[1] if match else None


def _is_test(scope: Scope) -> bool:
    """Real servers set `server` to the address of the socket."""
    server = scope.get("server")
    return server is not None and server[0] == TEST_SERVER
