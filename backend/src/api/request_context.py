"""A request on its way through, as all layers know it."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from starlette.types import Scope

EXCHANGE = "tasktrail.exchange"
"""The scope's key for the `Exchange`."""
RawHeaders = list[tuple[bytes, bytes]]
_PATH_CHARACTERS = "/:@!$&'()*+,;=~"
"""May stand in a path without an escape, beside letters, digits and `-._` (RFC 3986)."""


def values_of(name: bytes, headers: RawHeaders) -> list[bytes]:
    """All values of a header."""
    return [value for key, value in headers if key == name]


def trimmed(headers: RawHeaders) -> RawHeaders:
    """Headers without the white space around their values, which is no part of them (RFC 9110, 5.5)."""
    return [(name, value.strip(b" \t")) for name, value in headers]


@dataclass(slots=True)
class Exchange:
    """In the scope, for the layers further in."""

    request_id: str
    path: str
    """What was asked for, as it was sent, whatever path a proxy or an outer application serves us below."""
    is_head: bool
    status: int = 0
    sent: int = 0
    """Bytes of the body."""
    role: str | None = None
    """What the principal may do; None as long as nobody is known."""
    body_length: int | None = 0
    """As announced: 0 where there is no body, `None` where it comes in chunks."""
    on_success: RawHeaders = field(default_factory=list)
    """Headers of an answer that succeeds."""
    always: RawHeaders = field(default_factory=list)
    """Headers of any answer."""


def path_as_sent(scope: Scope) -> str:
    """The path below `root_path`, with its percent-escapes: servers decode `path`, where `%2F` becomes a slash."""
    raw, path, root = scope.get("raw_path"), scope["path"], scope.get("root_path", "")
    if raw is None:  # which ASGI allows
        return quote(_below(root, path), safe=_PATH_CHARACTERS)
    return _below(root, path) if b"%" not in raw else _raw_below(root, raw.decode("latin-1"))


def _below(root: str, path: str) -> str:
    """ASGI's `path` begins with `root_path`, where there is one."""
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


def _raw_below(root: str, path: str) -> str:
    """The same for a path that is not decoded; one that has `root` only once it is decoded keeps it."""
    parts = path.split("/")
    length = root.count("/") + 1
    is_below = len(parts) > length and unquote("/".join(parts[:length])) == root
    return "/" + "/".join(parts[length:]) if is_below else path
