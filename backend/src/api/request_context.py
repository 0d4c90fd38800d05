"""A request and its answer on their way, as all layers know them."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from starlette.types import Scope

CONTEXT = "tasktrail.context"
"""The scope's key for the `RequestContext`."""
RawHeaders = list[tuple[bytes, bytes]]
_PATH_CHARACTERS = "/:@!$&'()*+,;=~"
"""May stand in a path without an escape, beside letters, digits and `-._` (RFC 3986)."""
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class RequestContext:
    request_id: str
    method: str
    """As sent; a HEAD request is handled as GET."""
    path: str
    """As sent, with its percent-escapes, below the path at which a proxy or an outer application serves us."""
    headers: Mapping[bytes, list[bytes]]
    """All values of each header, by its name in small letters."""
    status: int = 0
    sent: int = 0
    """Bytes of the response body."""
    role: str | None = None
    """What the principal may do; None while nobody is authenticated."""
    body_length: int | None = 0
    """As announced: 0 without a body, None for one in chunks."""
    success_headers: RawHeaders = field(default_factory=list)
    response_headers: RawHeaders = field(default_factory=list)
    """Headers of any answer."""
    failure_headers: RawHeaders = field(default_factory=list)

    @classmethod
    def open(cls, scope: Scope) -> tuple["RequestContext", Scope]:
        """The context of a new request, and the scope for what handles it.

        White space around a header's value is no part of it (RFC 9110, 5.5), but some servers leave it there.
        """
        trimmed = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        headers: dict[bytes, list[bytes]] = {}
        for name, value in trimmed:
            headers.setdefault(name, []).append(value)
        method, path = scope["method"], _path_as_sent(scope)
        context = cls(request_id_from(headers.get(b"x-request-id", [])), method, path, headers)
        context.response_headers.append((b"x-request-id", context.request_id.encode()))
        handled: dict[str, Any] = {"headers": trimmed, "path": scope.get("root_path", "") + path, CONTEXT: context}
        return context, {**scope, **handled, "method": "GET" if method == "HEAD" else method}


def request_id_from(offered: list[bytes]) -> str:
    """The client's own id where it is sane (1-64 of `A-Za-z0-9._-`), else a new one of 16 hexadecimal digits."""
    if len(offered) == 1 and _SANE_ID.fullmatch(offered[0]):
        return offered[0].decode()
    return os.urandom(8).hex()


def _path_as_sent(scope: Scope) -> str:
    """Servers decode `path`, where `%2F` becomes a slash."""
    raw, path, root = scope.get("raw_path"), scope["path"], scope.get("root_path", "")
    if raw is not None and b"%" in raw:
        return _below(root, raw.decode("latin-1"))
    path = path.removeprefix(root) if root and path.startswith(f"{root}/") else path
    return quote(path, safe=_PATH_CHARACTERS) if raw is None else path  # ASGI allows it to be missing


def _below(root: str, path: str) -> str:
    """The rest of a path that is not decoded; a path that has `root` only once it is decoded keeps it."""
    parts = path.split("/")
    length = root.count("/") + 1
    is_below = len(parts) > length and unquote("/".join(parts[:length])) == root
    return "/" + "/".join(parts[length:]) if is_below else path
