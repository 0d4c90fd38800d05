"""Version 1 of the API."""

from fastapi import FastAPI

from src.api.v1 import health, history, stats, tasks


def include_routes(app: FastAPI) -> None:
    """Each router directly, since every level of nesting costs each request some time."""
    for part in (tasks, history, stats, health):
        app.include_router(part.router, prefix="/api/v1")
