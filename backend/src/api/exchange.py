"""A request on its way through, as all layers know it."""

from dataclasses import dataclass, field

from starlette.types import Scope

EXCHANGE = "tasktrail.exchange"
"""The scope's key for the `Exchange`."""
RawHeaders = list[tuple[bytes, bytes]]


def values_of(name: bytes, headers: RawHeaders) -> list[bytes]:
    """All values of a header, as they were sent."""
    return [value for key, value in headers if key == name]


@dataclass(slots=True)
class Exchange:
    """In the scope, for the layers further in."""

    request_id: str
    path: str
    """What was asked for, whatever path a proxy or an outer application serves us below."""
    is_head: bool
    status: int = 0
    sent: int = 0
    """Bytes of the body."""
    role: str | None = None
    """What the principal may do; None as long as nobody is known."""
    on_success: RawHeaders = field(default_factory=list)
    """Headers of an answer that succeeds."""
    always: RawHeaders = field(default_factory=list)
    """Headers of any answer."""


def path_below_root(scope: Scope) -> str:
    """ASGI's `path` begins with `root_path`, where there is one."""
    path, root = scope["path"], scope.get("root_path", "")
    return str(path.removeprefix(root) if root and path.startswith(f"{root}/") else path)
