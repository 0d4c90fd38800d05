"""Tasks: create, read, change, complete, reopen, delete."""

from collections.abc import Sequence

from fastapi import APIRouter

from src.api.dependencies import TaskId, Tasks
from src.api.strict import StrictRoute
from src.models.task import TaskSnapshot
from src.schemas.task import (
    TaskAnswer,
    TaskCompleted,
    TaskCreate,
    TaskCreated,
    TaskDeleted,
    TaskIncomplete,
    TaskList,
    TaskUpdate,
    TaskUpdated,
)
from src.utils.response import failures

router = APIRouter(prefix="/tasks", tags=["tasks"], route_class=StrictRoute)


@router.post("", response_model=TaskCreated, status_code=201, responses=failures(400, 413, 415, 500, 503))
async def create_task(tasks: Tasks, body: TaskCreate) -> TaskSnapshot:
    """Create a task."""
    return await tasks.create_task(body.title, body.description)


@router.get("", response_model=TaskList, responses=failures(400, 500, 503))
async def list_tasks(tasks: Tasks) -> Sequence[TaskSnapshot]:
    """All tasks: incomplete first, then completed; newest first in each group."""
    return await tasks.get_all_tasks()


@router.get("/{id}", response_model=TaskAnswer, responses=failures(400, 404, 500, 503))
async def get_task(tasks: Tasks, task_id: TaskId) -> TaskSnapshot:
    """One task."""
    return await tasks.get_task(task_id)


@router.put("/{id}", response_model=TaskUpdated, responses=failures(400, 404, 413, 415, 500, 503))
async def update_task(tasks: Tasks, task_id: TaskId, body: TaskUpdate) -> TaskSnapshot:
    """Change title, description or both; what is not given, or null, stays as it is.

    An empty description clears it. Where nothing changes, nothing is recorded.
    """
    return await tasks.update_task(task_id, body.title, body.description)


@router.patch("/{id}/complete", response_model=TaskCompleted, responses=failures(400, 404, 413, 500, 503))
async def complete_task(tasks: Tasks, task_id: TaskId) -> TaskSnapshot:
    """Mark as done. Idempotent; a body is not read."""
    return await tasks.mark_complete(task_id)


@router.patch("/{id}/incomplete", response_model=TaskIncomplete, responses=failures(400, 404, 413, 500, 503))
async def reopen_task(tasks: Tasks, task_id: TaskId) -> TaskSnapshot:
    """Mark as not done. Idempotent; a body is not read."""
    return await tasks.mark_incomplete(task_id)


@router.delete("/{id}", response_model=TaskDeleted, responses=failures(400, 404, 413, 500, 503))
async def delete_task(tasks: Tasks, task_id: TaskId) -> None:
    """Remove a task for good. Its history stays, with its texts."""
    await tasks.delete_task(task_id)
