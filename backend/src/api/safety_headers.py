"""The headers of safety that every answer carries."""

from src.api import docs, web

_EVERYWHERE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""The last one keeps foreign pages from embedding answers; what CORS lets a page read it does not touch."""
_DATA = (*_EVERYWHERE, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"))
_READ = (*_DATA, (b"cache-control", b"private, no-cache"))
"""A browser may keep what it read, and asks each time whether that still holds: `If-None-Match` spares the rest."""
_CHANGE = (*_DATA, (b"cache-control", b"no-store"))
_OF_PATH = {
    web.PAGE: _EVERYWHERE,  # it and what it is made of bring a policy of their own, and say how long they may be kept
    docs.PAGE: (*_EVERYWHERE, (b"cache-control", b"no-cache")),  # it brings a policy of its own, for its scripts
    "/api/v1/events": _DATA,  # FastAPI says no-cache itself
}


def safety_headers(method: str, path: str, *, failed: bool = False) -> tuple[tuple[bytes, bytes], ...]:
    """What the answer to such a request carries beside its own headers; made once, since every answer has them."""
    common = _READ if method == "GET" else _CHANGE
    if failed:
        return common
    return _EVERYWHERE if path.startswith(web.ASSETS) else _OF_PATH.get(path, common)
