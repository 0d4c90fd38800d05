"""The application, with no more around its routes than they need."""

from fastapi import FastAPI
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class Application(FastAPI):
    """Builds its layers without FastAPI's own.

    They would catch bugs, bound bodies and close files a second time, and every request would pay for passing them:
    bugs and bodies are the gateway's, and no route takes a file.
    """

    def build_middleware_stack(self) -> ASGIApp:
        app: ASGIApp = ExceptionMiddleware(self.router, handlers=self.exception_handlers)
        for layer, args, kwargs in reversed(self.user_middleware):
            app = layer(app, *args, **kwargs)
        return app


class Below:
    """For a proxy that serves us below a path, whether it takes that path away from requests or not."""

    def __init__(self, app: ASGIApp, root: str) -> None:
        self._app = app
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path"):
            scope = _placed(self._root, scope)
        await self._app(scope, receive, send)


def _placed(root: str, scope: Scope) -> Scope:
    """As ASGI has it: `path` is the whole path, and begins with `root_path`."""
    if scope["path"].startswith(f"{root}/"):
        return {**scope, "root_path": root}
    raw = scope.get("raw_path")
    whole = {"path": f"{root}{scope['path']}", "raw_path": raw and root.encode() + raw}
    return {**scope, "root_path": root, **whole}
