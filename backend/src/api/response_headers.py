"""Response headers, for the OpenAPI document."""

from typing import Any

from src.utils.response import declared

Schema = dict[str, Any]

ALL_OF_THEM: dict[str, Schema] = {
    "ETag": {
        "description": "The task's version, in quotes; for `If-Match` and `If-None-Match`.",
        "schema": {"type": "string"},
        "example": '"1"',
    },
    "Idempotency-Replayed": {
        "description": "Sent where this is the answer to an earlier request with the same `Idempotency-Key`.",
        "schema": {"type": "string", "const": "true"},
    },
    "Link": {
        "description": "Where there is a next page: its address, relative to this one's.",
        "schema": {"type": "string"},
        "example": '<?limit=10&cursor=mgmJQ7pm0Ido0T0QAAAAAAAAAAQAAAAAAAAAAg>; rel="next"',
    },
    "Retry-After": {
        "description": "How many seconds to wait before the next try.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 2,
    },
    "WWW-Authenticate": {
        "description": "How to say who is asking.",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
    "X-Request-ID": {
        "description": "The request's id in the server's log: the one that it brought, or a new one.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        "example": "5f2c6f5e7d0f4d3c",
    },
}
"""For `components.headers`."""

_OF_STATUS = {401: ("WWW-Authenticate",), 412: ("ETag",), 429: ("Retry-After",), 503: ("Retry-After",)}
_SUCCESSES = range(200, 300)


def headers_of(status: int, *, takes_key: bool) -> Schema:
    """The headers of a response by status. `takes_key`: the route reads an `Idempotency-Key`."""
    replayed = ("Idempotency-Replayed",) if takes_key and status in _SUCCESSES else ()
    return declared("X-Request-ID", *replayed, *_OF_STATUS.get(status, ()))
