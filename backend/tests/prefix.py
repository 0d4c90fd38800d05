"""A proxy that serves the application below a path of its own, in four ways; nothing but ASGI."""

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/tasks-app"


class Proxy:
    """Passes on what is asked for below its path, and nothing else."""

    def __init__(self, app: ASGIApp, change: Callable[[Scope], dict[str, Any]]) -> None:
        """Stand before an application; `change` gives what a request looks like to it."""
        self._app = app
        self._change = change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            assert scope["path"].startswith(f"{PREFIX}/"), scope["path"]
            scope = {**scope, **self._change(scope)}
        await self._app(scope, receive, send)


def strip(scope: Scope) -> dict[str, Any]:
    """Take the prefix away and say nothing of it, as nginx does with a slash behind `proxy_pass`."""
    raw = scope.get("raw_path")
    return {"path": scope["path"].removeprefix(PREFIX), "raw_path": raw and raw.removeprefix(PREFIX.encode())}


def pass_on(_scope: Scope) -> dict[str, Any]:
    """Leave the path as it is."""
    return {}


def tell(_scope: Scope) -> dict[str, Any]:
    """Say what the prefix is, as ASGI has it and as `uvicorn --root-path` does."""
    return {"root_path": PREFIX}


WAYS: dict[str, tuple[str, Callable[[Scope], dict[str, Any]]]] = {
    "stripped": ("", strip),
    "stripped, ROOT_PATH set": (PREFIX, strip),
    "not stripped, ROOT_PATH set": (PREFIX, pass_on),
    "told by the server": ("", tell),
}
"""By name: the setting, and what the proxy does."""
