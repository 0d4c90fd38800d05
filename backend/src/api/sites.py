"""Which site asks: pages of sites that `FRONTEND_URL` does not name may not use the API.

Browsers send many requests for a foreign page without asking the server first: forms, beacons, images, `fetch` with
`no-cors`. They say so in `Sec-Fetch-Site`, and where they leave that out (on plain http away from this machine), at
least each write has an `Origin`.
"""

from collections.abc import Iterable

import structlog
from starlette.types import Scope

from src.api.access import is_open
from src.api.request_context import EXCHANGE, RawHeaders, values_of
from src.exceptions.errors import ForeignSiteError
from src.utils.origins import canonical_origin

MAX_REPORTED = 100
"""Distinct origins in the log; who makes up more of them fills neither the log nor the memory."""

_OURS = ([b"same-origin"], [b"none"])
"""`none`: a person typed the address, or opened a bookmark."""

_log = structlog.get_logger("tasktrail.requests")


class Sites:
    def __init__(self, origins: Iterable[str]) -> None:
        self._named = frozenset(origins)
        self._reported: set[str] = set()

    def names(self, origin: str) -> bool:
        """Whether `FRONTEND_URL` names it."""
        return origin in self._named

    def check(self, scope: Scope) -> None:
        """Raises ForeignSiteError. The host must have been checked before."""
        if scope["method"] == "OPTIONS":
            return
        origin = _origin_of(scope["headers"])
        if self._may_ask(scope, origin):
            return
        if origin is not None:
            self.report(origin)
        if not is_open(scope[EXCHANGE].path):
            raise ForeignSiteError

    def report(self, origin: str) -> None:
        """Log a refused origin, once: its pages only see that an answer can't be read, the operator sees why."""
        name = canonical_origin(origin) or ("null" if origin == "null" else "of an unusual form")
        if name not in self._reported and len(self._reported) < MAX_REPORTED:
            self._reported.add(name)
            _log.warning("origin refused: only pages of origins in FRONTEND_URL may use this server", origin=name)

    def _may_ask(self, scope: Scope, origin: str | None) -> bool:
        sites = values_of(b"sec-fetch-site", scope["headers"])
        if sites in _OURS or (origin is not None and self.names(origin)):
            return True
        if sites:
            return _navigates(scope)
        return origin is None or _is_own(origin, scope["headers"])


def _origin_of(headers: RawHeaders) -> str | None:
    """What the request says; several headers make one that is no origin."""
    values = values_of(b"origin", headers)
    return b", ".join(values).decode("latin-1") if values else None


def _navigates(scope: Scope) -> bool:
    """Whether a person goes to the address; frames navigate too, but to no document of their own."""
    mode, destination = (values_of(name, scope["headers"]) for name in (b"sec-fetch-mode", b"sec-fetch-dest"))
    return scope["method"] == "GET" and mode == [b"navigate"] and destination == [b"document"]


def _is_own(origin: str, headers: RawHeaders) -> bool:
    """Whether it has the host and the port that the request is sent to, under whichever scheme a proxy speaks."""
    scheme, host = origin.partition("://")[0], values_of(b"host", headers)[0].decode("latin-1")
    canonical = canonical_origin(origin)
    return canonical is not None and canonical == canonical_origin(f"{scheme}://{host}")
