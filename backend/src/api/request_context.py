"""The state of a request and its response that all layers share."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from starlette.types import Scope

from src.api.path_policy import PathPolicy, policy_of

CONTEXT = "tasktrail.context"
"""The scope's key for the `RequestContext`."""
RawHeaders = list[tuple[bytes, bytes]]
_PATH_CHARACTERS = "/:@!$&'()*+,;=~"
"""Allowed unescaped in a path, beside letters, digits and `-._` (RFC 3986)."""
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class RequestContext:
    request_id: str
    method: str
    """As sent; a HEAD request is handled as GET."""
    path: str
    """As sent, with percent-escapes, without the prefix of a proxy or an outer application."""
    policy: PathPolicy
    headers: Mapping[bytes, list[bytes]]
    """All values of each header, by lower-case name."""
    status: int = 0
    sent: int = 0
    """Bytes of the response body."""
    role: str | None = None
    """The principal's role; None until authenticated."""
    counted_for: str = ""
    """The client whose requests in progress include this one; empty if it is not counted."""
    body_length: int | None = 0
    """As declared: 0 without a body, None if chunked."""
    success_headers: RawHeaders = field(default_factory=list)
    response_headers: RawHeaders = field(default_factory=list)
    """Headers of every response, whatever its status."""
    failure_headers: RawHeaders = field(default_factory=list)

    @classmethod
    def open(cls, scope: Scope) -> tuple["RequestContext", Scope]:
        """Create the context of a request, and the scope to pass on.

        Whitespace around a header's value is not part of it (RFC 9110, 5.5), but some servers do not strip it.
        """
        trimmed = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        headers: dict[bytes, list[bytes]] = {}
        for name, value in trimmed:
            headers.setdefault(name, []).append(value)
        method, path = scope["method"], _path_as_sent(scope)
        context = cls(request_id_from(headers.get(b"x-request-id", [])), method, path, policy_of(path), headers)
        context.response_headers.append((b"x-request-id", context.request_id.encode()))
        handled: dict[str, Any] = {"headers": trimmed, "path": scope.get("root_path", "") + path, CONTEXT: context}
        return context, {**scope, **handled, "method": "GET" if method == "HEAD" else method}


def request_id_from(offered: list[bytes]) -> str:
    """The client's own id if valid (1-64 of `A-Za-z0-9._-`), otherwise a new one of 16 hexadecimal digits."""
    if len(offered) == 1 and _SANE_ID.fullmatch(offered[0]):
        return offered[0].decode()
    return os.urandom(8).hex()


def _path_as_sent(scope: Scope) -> str:
    """The path with its percent-escapes. In the scope's `path`, `%2F` is already decoded to a slash."""
    raw, path, root = scope.get("raw_path"), scope["path"], scope.get("root_path", "")
    if raw is not None and b"%" in raw:
        return _below(root, raw.decode("latin-1"))
    path = path.removeprefix(root) if root and path.startswith(f"{root}/") else path
    return quote(path, safe=_PATH_CHARACTERS) if raw is None else path  # ASGI allows it to be missing


def _below(root: str, path: str) -> str:
    """Remove the prefix `root` from an encoded path, which may escape the prefix differently."""
    parts = path.split("/")
    length = root.count("/") + 1
    is_below = len(parts) > length and unquote("/".join(parts[:length])) == root
    return "/" + "/".join(parts[length:]) if is_below else path
