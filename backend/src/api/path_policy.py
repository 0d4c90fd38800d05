"""What is special about a path: who may ask for it, whether it counts against the rate limit, how it may be kept."""

from dataclasses import dataclass

Headers = tuple[tuple[bytes, bytes], ...]

PAGE, PAGE_ASSETS = "/", "/web/"
DOCS, DOCS_ASSETS = "/docs", "/docs-assets/"
FIRST_FAILURE = 400

_EVERYWHERE: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""The last one keeps foreign pages from embedding answers; what CORS lets a page read it does not touch."""
_DATA = (*_EVERYWHERE, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"))
_READ = (*_DATA, (b"cache-control", b"private, no-cache"))
"""A browser may keep what it read, and asks each time whether it is still current: `If-None-Match` spares the rest."""
CHANGE = (*_DATA, (b"cache-control", b"no-store"))
"""The headers of an answer to a write, and to what is no request."""


@dataclass(frozen=True, slots=True)
class PathPolicy:
    is_open: bool = False
    """Needs no token, and pages of any site may ask for it."""
    is_limited: bool = True
    """Counts against the rate limit."""
    safety: Headers | None = None
    """Safety headers of a success, where they are not those of data."""

    def safety_headers(self, method: str, status: int) -> Headers:
        if self.safety is not None and status < FIRST_FAILURE:
            return self.safety
        return _READ if method == "GET" else CHANGE


_DEFAULT = PathPolicy()
_PROBE = PathPolicy(is_open=True, is_limited=False)
"""Probes can't keep a token and learn nothing but that it runs. They are cheaper to answer than to refuse, for all that
wait share one look at the database; and whoever floods the server must not make its supervisor restart it, or its load
balancer take it out."""
_POLICIES = {
    "/api/v1/health": _PROBE,
    "/api/v1/health/ready": _PROBE,
    "/api/v1/events": PathPolicy(safety=_DATA),  # FastAPI adds no-cache
    "/openapi.json": PathPolicy(is_open=True),
    PAGE: PathPolicy(is_open=True, safety=_EVERYWHERE),  # it and its assets have a policy and a lifetime of their own
    DOCS: PathPolicy(is_open=True, safety=(*_EVERYWHERE, (b"cache-control", b"no-cache"))),  # likewise a policy
}
"""A browser opens the pages without a token, and they contain only what the repository contains."""
_FOLDERS = ((PAGE_ASSETS, _POLICIES[PAGE]), (DOCS_ASSETS, PathPolicy(is_open=True)))


def policy_of(path: str) -> PathPolicy:
    if path in _POLICIES:
        return _POLICIES[path]
    return next((policy for folder, policy in _FOLDERS if path.startswith(folder)), _DEFAULT)
