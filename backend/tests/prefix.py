"""An ASGI proxy that serves the application under a path prefix, configured in four ways."""

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/tasks-app"


class Proxy:
    """Forwards only requests under its prefix."""

    def __init__(self, app: ASGIApp, change: Callable[[Scope], dict[str, Any]]) -> None:
        """`change` returns what differs in the application's scope."""
        self._app = app
        self._change = change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            assert scope["path"].startswith(f"{PREFIX}/"), scope["path"]
            scope = {**scope, **self._change(scope)}
        await self._app(scope, receive, send)


def strip(scope: Scope) -> dict[str, Any]:
    """Strip the prefix, as nginx does with a slash after `proxy_pass`."""
    raw = scope.get("raw_path")
    return {"path": scope["path"].removeprefix(PREFIX), "raw_path": raw and raw.removeprefix(PREFIX.encode())}


def keep(_scope: Scope) -> dict[str, Any]:
    """Forward the path unchanged."""
    return {}


def set_root_path(_scope: Scope) -> dict[str, Any]:
    """Pass the prefix as ASGI's `root_path`, as `uvicorn --root-path` does."""
    return {"root_path": PREFIX}


WAYS: dict[str, tuple[str, Callable[[Scope], dict[str, Any]]]] = {
    "stripped": ("", strip),
    "stripped, ROOT_PATH set": (PREFIX, strip),
    "not stripped, ROOT_PATH set": (PREFIX, keep),
    "root_path set by the server": ("", set_root_path),
}
"""By name: `ROOT_PATH`, and what the proxy changes."""
