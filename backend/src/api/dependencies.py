"""What handlers may ask for."""

from typing import Annotated

from fastapi import Depends, Path, Request

from src.database.reader import Reader
from src.services.history_service import HistoryService
from src.services.task_service import TaskService
from src.utils.validators import Id


async def get_db(request: Request) -> Reader:
    """The database, to read only: every query gets a read-only connection and one snapshot."""
    return request.app.state.reader  # type: ignore[no-any-return]  # set in the lifespan; Starlette's state is untyped


async def get_tasks(request: Request) -> TaskService:
    return request.app.state.tasks  # type: ignore[no-any-return]  # likewise


async def get_history(request: Request) -> HistoryService:
    return request.app.state.history  # type: ignore[no-any-return]  # likewise


Db = Annotated[Reader, Depends(get_db)]
Tasks = Annotated[TaskService, Depends(get_tasks)]
History = Annotated[HistoryService, Depends(get_history)]
TaskId = Annotated[Id, Path(alias="id", description="The task's id, a UUID.")]
