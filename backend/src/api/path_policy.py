"""Per-path policy: authentication, rate limit, security and caching headers."""

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
"""`cross-origin-resource-policy` keeps foreign pages from embedding responses. It does not affect CORS."""
_DATA = (*_EVERYWHERE, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"))
_READ = (*_DATA, (b"cache-control", b"private, no-cache"))
"""A browser may cache a response but must revalidate it each time with `If-None-Match`."""
CHANGE = (*_DATA, (b"cache-control", b"no-store"))
"""The headers of responses to writes and to malformed requests."""


@dataclass(frozen=True, slots=True)
class PathPolicy:
    is_open: bool = False
    """Requires no token and may be requested by pages of any site."""
    is_limited: bool = True
    """Counts against the rate limit."""
    safety: Headers | None = None
    """Security headers of a successful response, if they differ from those of data."""

    def safety_headers(self, method: str, status: int) -> Headers:
        if self.safety is not None and status < FIRST_FAILURE:
            return self.safety
        return _READ if method in {"GET", "HEAD"} else CHANGE


_DEFAULT = PathPolicy()
_PROBE = PathPolicy(is_open=True, is_limited=False)
"""Probes can't keep a token, and learn only that the server runs. They are cheap, since concurrent probes share one
query. They are not rate-limited, so that a flood of requests can't make a supervisor restart the server or a load
balancer remove it."""
_POLICIES = {
    "/api/v1/health": _PROBE,
    "/api/v1/health/ready": _PROBE,
    "/api/v1/events": PathPolicy(safety=_DATA),  # FastAPI adds no-cache
    "/openapi.json": PathPolicy(is_open=True),
    PAGE: PathPolicy(is_open=True, safety=_EVERYWHERE),  # it and its assets have a policy and a lifetime of their own
    DOCS: PathPolicy(is_open=True, safety=(*_EVERYWHERE, (b"cache-control", b"no-cache"))),  # likewise a policy
}
"""A browser opens the pages without a token. They contain nothing that is not in the repository."""
_FOLDERS = ((PAGE_ASSETS, _POLICIES[PAGE]), (DOCS_ASSETS, PathPolicy(is_open=True)))


def policy_of(path: str) -> PathPolicy:
    if path in _POLICIES:
        return _POLICIES[path]
    return next((policy for folder, policy in _FOLDERS if path.startswith(folder)), _DEFAULT)
