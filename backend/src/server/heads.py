"""The head of a request: its size, its target, and what it asks of the connection."""

import httptools

from src.api.request_context import RawHeaders
from src.server import error_responses as refusals
from src.server.error_responses import RefusedError

MAX_HEAD = 16 * 1024

_SCHEMES = frozenset({b"http", b"https"})


def size_of(target: bytes, headers: RawHeaders) -> int:
    return len(target) + sum(len(name) + len(value) + 4 for name, value in headers)


def path_of(target: bytes, headers: RawHeaders) -> bytes:
    """`GET http://host/path`, as a proxy is asked: its host is the one that counts, and replaces that of the header.

    Raises RefusedError and HttpParserError.
    """
    parts = httptools.parse_url(target)
    if not parts.host or parts.schema.lower() not in _SCHEMES:
        raise RefusedError(refusals.NO_PATH)
    name = b"[%s]" % parts.host if b":" in parts.host else parts.host
    host = b"%s:%d" % (name, parts.port) if parts.port else name
    headers[:] = [(name, host if name == b"host" else value) for name, value in headers]
    return (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")


def without_upgrade(method: bytes, target: bytes, version: str, headers: RawHeaders) -> bytes:
    """The bytes of the same head that asks for no other protocol."""
    lines = [b"%s: %s\r\n" % header for header in headers if header[0] != b"upgrade"]
    return b"%s %s HTTP/%s\r\n%s\r\n" % (method, target, version.encode(), b"".join(lines))
