"""The application, without FastAPI's own middleware."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class Application(FastAPI):
    """Builds the middleware stack without FastAPI's own layers.

    The gateway already handles unexpected exceptions and limits bodies, and no route takes a file. FastAPI's layers
    would repeat that work for every request.
    """

    def build_middleware_stack(self) -> ASGIApp:
        app: ASGIApp = ExceptionMiddleware(self.router, handlers=self.exception_handlers)
        for layer, args, kwargs in reversed(self.user_middleware):
            app = layer(app, *args, **kwargs)
        return app


@dataclass(slots=True)
class PathPrefix:
    """Serves the application below a path prefix, whether the proxy strips the prefix or not."""

    app: ASGIApp
    root: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path"):
            scope = _with_root_path(self.root, scope)
        await self.app(scope, receive, send)


def _with_root_path(root: str, scope: Scope) -> Scope:
    """Set `root_path`. In ASGI, `path` is the full path and includes `root_path`."""
    if scope["path"].startswith(f"{root}/"):
        return {**scope, "root_path": root}
    raw = scope.get("raw_path")
    whole = {"path": f"{root}{scope['path']}", "raw_path": raw and root.encode() + raw}
    return {**scope, "root_path": root, **whole}
