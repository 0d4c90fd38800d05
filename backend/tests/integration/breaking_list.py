"""A route whose list breaks off in the middle, for a process of a test's own."""

from fastapi import FastAPI
from sqlalchemy import Connection

from src.api.dependencies import Db
from src.api.route import StrictRoute
from src.database.portions import Portioned, Portions
from src.schemas.task import TaskList

PATH = "/api/v1/breaking"


def breaks_off(connection: Connection) -> Portioned:  # noqa: ARG001  # a query's only argument
    """Give two portions, and fail."""
    yield b'{"portion":1}'
    yield b'{"portion":2}'
    raise ZeroDivisionError


async def break_off(db: Db) -> Portions:
    return await db.stream(breaks_off)


def add_to(app: FastAPI) -> None:
    """Let the application have it."""
    app.router.routes.append(StrictRoute(PATH, break_off, methods=["GET"], response_model=TaskList))
