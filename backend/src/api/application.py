"""The application, with no more around its routes than they need."""

from fastapi import FastAPI
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp


class Application(FastAPI):
    """Builds its layers without FastAPI's own.

    They would catch bugs, bound bodies and close files a second time, and every request would pay for passing them:
    bugs and bodies are `Guard`'s, and no route takes a file.
    """

    def build_middleware_stack(self) -> ASGIApp:
        app: ASGIApp = ExceptionMiddleware(self.router, handlers=self.exception_handlers)
        for layer, args, kwargs in reversed(self.user_middleware):
            app = layer(app, *args, **kwargs)
        return app
