"""Tasks: create, read, change, complete, reopen, delete, restore."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request

from src.api.dependencies import History, TaskId, Tasks
from src.api.pagination import with_link
from src.api.preconditions import CHANGE, CREATE, READ, ToCreate, ToRead, ToWrite
from src.api.route import StrictRoute
from src.api.unsent_answers import require_room
from src.models.task import TaskSnapshot
from src.schemas.history import HistoryAnswer, PageQuery
from src.schemas.task import (
    TaskAnswer,
    TaskCompleted,
    TaskCreate,
    TaskCreated,
    TaskDeleted,
    TaskErase,
    TaskErased,
    TaskIncomplete,
    TaskList,
    TaskListQuery,
    TaskRestore,
    TaskRestored,
    TaskStatus,
    TaskUpdate,
    TaskUpdated,
)
from src.services.history_queries import HistoryPage
from src.services.task_lists import Selection
from src.utils.response import RenderedJson, etag, failures, linked
from src.utils.search import search_words
from src.utils.validators import Version

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"], route_class=StrictRoute)

TASKS_A_PAGE = 10
_CHANGE_FAILURES = failures(400, 404, 412, 413, 422, 500, 503)
_CHANGED = etag(200) | _CHANGE_FAILURES
IS_COMPLETED = {TaskStatus.ALL: None, TaskStatus.ACTIVE: False, TaskStatus.COMPLETED: True}


@router.post(
    "",
    response_model=TaskCreated,
    status_code=201,
    openapi_extra=CREATE,
    responses=etag(201) | failures(400, 413, 415, 422, 500, 503),
)
async def create_task(tasks: Tasks, write: ToCreate, body: TaskCreate) -> TaskSnapshot:
    """Create a task."""
    return write.with_etag(await tasks.create_task(body.title, body.description, write.command))


@router.get("", response_model=TaskList, responses=linked() | failures(400, 500, 503))
async def list_tasks(
    request: Request, tasks: Tasks, query: Annotated[TaskListQuery, Query()]
) -> Sequence[TaskSnapshot] | RenderedJson:
    """All tasks, or those chosen: incomplete first, then completed; newest first in each group.

    `limit` asks for a page of them; `Link` then leads to the next one, by a `cursor`. `as_of` gives the list as it was
    then, changes of that very moment included. The same question always gets the same answer; a moment that has not
    come yet is refused.
    """
    words = search_words(query.q) if query.q else ()
    selection = Selection(IS_COMPLETED[query.status], words, query.as_of)
    if query.limit is None and query.cursor is None:
        require_room(request.scope)
        return await tasks.render_all_tasks(selection)
    page = await tasks.get_task_page(selection, query.limit or TASKS_A_PAGE, query.cursor)
    return with_link(request, page).items


@router.get(
    "/{id}", response_model=TaskAnswer, openapi_extra=READ, responses=etag(200, 304) | failures(400, 404, 412, 500, 503)
)
async def get_task(
    tasks: Tasks,
    read: ToRead,
    task_id: TaskId,
    version: Annotated[Version | None, Query(description="The task as it was at this version.", examples=[1])] = None,
) -> TaskSnapshot:
    """One task, as it is or as it was at a version.

    A deleted task's versions can still be read; the version that its deletion made has no state, and is 404.
    """
    return read.with_etag(await tasks.get_task(task_id, version, read.preconditions))


@router.put("/{id}", response_model=TaskUpdated, openapi_extra=CHANGE, responses=_CHANGED | failures(415))
async def update_task(tasks: Tasks, write: ToWrite, task_id: TaskId, body: TaskUpdate) -> TaskSnapshot:
    """Change title, description or both; what is not given, or null, stays as it is.

    An empty description clears it. Where nothing changes, nothing is recorded. A task can be sent back as GET gave it,
    with one of the two changed: `version` then stands for If-Match, and the fields that only the server sets must be as
    they are.
    """
    write.command.preconditions.version = body.version
    changed = tasks.update_task(task_id, body.title, body.description, write.command, body.read_only())
    return write.with_etag(await changed)


@router.patch("/{id}/complete", response_model=TaskCompleted, openapi_extra=CHANGE, responses=_CHANGED)
async def complete_task(tasks: Tasks, write: ToWrite, task_id: TaskId) -> TaskSnapshot:
    """Mark as done. Idempotent; a body is not read."""
    return write.with_etag(await tasks.mark_complete(task_id, write.command))


@router.patch("/{id}/incomplete", response_model=TaskIncomplete, openapi_extra=CHANGE, responses=_CHANGED)
async def reopen_task(tasks: Tasks, write: ToWrite, task_id: TaskId) -> TaskSnapshot:
    """Mark as not done. Idempotent; a body is not read."""
    return write.with_etag(await tasks.mark_incomplete(task_id, write.command))


@router.delete("/{id}", response_model=TaskDeleted, openapi_extra=CHANGE, responses=_CHANGE_FAILURES)
async def delete_task(tasks: Tasks, write: ToWrite, task_id: TaskId) -> None:
    """Remove a task for good. Its history stays, with its texts, and restore brings it back."""
    await tasks.delete_task(task_id, write.command)
    write.mark_replayed()


@router.post("/{id}/restore", response_model=TaskRestored, openapi_extra=CHANGE, responses=_CHANGED | failures(415))
async def restore_task(tasks: Tasks, write: ToWrite, task_id: TaskId, body: TaskRestore | None = None) -> TaskSnapshot:
    """Bring a deleted task back under its id, or a living one to an earlier version.

    Without a body, or a version in it: what the task was before it was deleted. Title, description, completion and
    `created_at` are those of then, `updated_at` is now, and `version` goes on. Where nothing changes, nothing is
    recorded.
    """
    return write.with_etag(await tasks.restore_task(task_id, body.version if body else None, write.command))


@router.post("/{id}/erase", response_model=TaskErased, openapi_extra=CHANGE, responses=_CHANGED | failures(403, 415))
async def erase_task(tasks: Tasks, write: ToWrite, task_id: TaskId, body: TaskErase) -> TaskSnapshot | None:
    """Erase texts of a task for good, deleted or not: from the task and from every entry of its history so far.

    The entries stay, and still prove everything else; each names in `erased` what it has lost. Past versions have
    "(erased)" as title and null as description then. The erasure is an entry itself. Followers of `/changes` and
    `/events` drop their copies of the texts when they see it. Backups made before still have them.
    """
    fields = tuple(field.value for field in body.fields)
    erased = await tasks.erase_task(task_id, fields, body.title, write.command)
    if erased:
        return write.with_etag(erased)
    write.mark_replayed()
    return None


@router.get("/{id}/history", response_model=HistoryAnswer, responses=linked() | failures(400, 404, 500, 503))
async def get_task_history(
    request: Request, history: History, task_id: TaskId, query: Annotated[PageQuery, Query()]
) -> HistoryPage:
    """A page of one task's entries, newest first, also when it is deleted. `Link` leads to the next one."""
    return with_link(request, await history.get_task_history(task_id, **dict(query)))
