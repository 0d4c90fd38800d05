"""One request for each kind of answer, and an application with a bug, for the 500."""

from typing import NoReturn
from uuid import uuid4

from fastapi import FastAPI, Request

from config import Settings
from main import create_app
from tests.api_client import JSON

LARGE = b" " * (128 * 1024 + 1)

ANSWERS: dict[str, tuple[str, str, bytes | None, dict[str, str], int]] = {
    "200": ("GET", "/tasks", None, {}, 200),
    "201": ("POST", "/tasks", b'{"title": "Buy milk"}', JSON, 201),
    "204": ("OPTIONS", "/tasks", None, {}, 204),
    "400 for a body": ("POST", "/tasks", b"{}", JSON, 400),
    "400 for a body that is no JSON": ("POST", "/tasks", b"{", JSON, 400),
    "400 for an id": ("GET", "/tasks/1", None, {}, 400),
    "400 for a query": ("GET", "/history?page=0", None, {}, 400),
    "400 for a host": ("GET", "/tasks", None, {"host": "evil.example"}, 400),
    "404 for a task": ("GET", f"/tasks/{uuid4()}", None, {}, 404),
    "404 for a route": ("GET", "/nowhere", None, {}, 404),
    "405": ("DELETE", "/tasks", None, {}, 405),
    "413": ("POST", "/tasks", LARGE, JSON, 413),
    "415": ("POST", "/tasks", b"{}", {"content-type": "text/plain"}, 415),
    "500": ("GET", "/broken", None, {}, 500),
}
"""By status: method, path, body, headers, status."""


def broken_app(settings: Settings) -> FastAPI:
    """The application with a route that raises."""
    app = create_app(settings)

    async def broken(_request: Request) -> NoReturn:
        raise RuntimeError("Traceback with a secret in it")

    app.add_route("/api/v1/broken", broken)
    return app
