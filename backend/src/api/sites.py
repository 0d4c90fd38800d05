"""Protection against pages of other sites: only known host names, and only pages of the sites in `FRONTEND_URL`.

An unknown `Host` can be DNS rebinding. Browsers also send many cross-site requests without a preflight: forms, beacons,
images, `fetch` with `no-cors`. They mark them with `Sec-Fetch-Site`. Where they omit it (over plain HTTP to another
machine), every write still has an `Origin`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import structlog
from starlette.types import Scope

from src.api.request_context import RequestContext
from src.exceptions.errors import ForeignSiteError
from src.utils.addresses import TEST_SERVER, canonical_origin

MAX_REPORTED = 100
"""A bound on the distinct origins that are logged and kept in memory."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?", re.ASCII)
_OURS = ([b"same-origin"], [b"none"])
"""`none`: the user typed the address or opened a bookmark."""

_log = structlog.get_logger("tasktrail.requests")


class AllowedHosts:
    """The names under which this server is reached.

    `testserver` is the host of Starlette's test client and is allowed only without a real socket.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._name_of = lru_cache(maxsize=256)(_name_of)

    def allow(self, context: RequestContext, scope: Scope) -> bool:
        """Whether the request has exactly one `Host` header with an allowed name, with any port."""
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


class Sites:
    def __init__(self, origins: Iterable[str]) -> None:
        self.named = frozenset(origins)
        """Those of `FRONTEND_URL`."""
        self._reported: set[str] = set()

    def check(self, context: RequestContext) -> None:
        """Raises ForeignSiteError. The host must have been checked before."""
        origins, sites = context.headers.get(b"origin"), context.headers.get(b"sec-fetch-site")
        if (origins is None and sites is None) or context.method == "OPTIONS":
            return
        origin = b", ".join(origins).decode("latin-1") if origins else None  # several values match no origin
        if self._is_allowed(context, origin, sites):
            return
        if origin is not None:
            self.report(origin)
        if not context.policy.is_open:
            raise ForeignSiteError

    def report(self, origin: str) -> None:
        """Log a rejected origin once. Its pages can't read the reason, so the operator needs it here."""
        name = canonical_origin(origin) or ("null" if origin == "null" else "of an unusual form")
        if name not in self._reported and len(self._reported) < MAX_REPORTED:
            self._reported.add(name)
            _log.warning("origin refused: only pages of origins in FRONTEND_URL may use this server", origin=name)

    def _is_allowed(self, context: RequestContext, origin: str | None, sites: list[bytes] | None) -> bool:
        if sites in _OURS or origin in self.named:
            return True
        if sites:
            return _navigates(context)
        return origin is None or _is_own(origin, context.headers[b"host"][0].decode("latin-1"))


def _navigates(context: RequestContext) -> bool:
    """Whether the user navigates to the address. Frames navigate too, but with another destination."""
    mode, destination = (context.headers.get(name) for name in (b"sec-fetch-mode", b"sec-fetch-dest"))
    return context.method in {"GET", "HEAD"} and mode == [b"navigate"] and destination == [b"document"]


def _is_own(origin: str, host: str) -> bool:
    """Whether the origin has the request's own host and port. A proxy may use either scheme."""
    canonical, scheme = canonical_origin(origin), origin.partition("://")[0]
    return canonical is not None and canonical == canonical_origin(f"{scheme}://{host}")
