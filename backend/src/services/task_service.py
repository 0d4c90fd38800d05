"""Everything that users do with tasks."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from src.batching.batch import Batch, Command
from src.batching.preconditions import CommandContext, WritePreconditions
from src.batching.reader import Reader
from src.batching.writer import Writer
from src.database.driver_errors import StatementRefusedError
from src.exceptions.errors import (
    ForbiddenError,
    OutcomeUnknownError,
    TaskNotFoundError,
    UnavailableError,
    VersionNotFoundError,
)
from src.models.task import ERASED, TaskSnapshot
from src.models.task_history import ActionType
from src.models.workspace import WorkspaceId
from src.services.history_service import HistoryService
from src.services.read_only import require_unchanged
from src.services.rendered_list import RenderedTasks
from src.services.task_lists import EVERY_TASK, AllTasks, Selection, TaskPage, TaskPageQuery
from src.services.time_travel import FieldsChanged, TaskVersion, Watermark
from src.utils.response import RenderedJson

R = TypeVar("R", bound=TaskSnapshot | None)


_MAY_NOT_ERASE = "The server's database role may not erase; run 'python main.py erase' as the role that owns the tables"


class TaskService:
    """Writes return after their commit.

    All methods raise UnavailableError if the database does not respond; those of one task raise TaskNotFoundError, and
    those with a context or preconditions KeyReusedError and PreconditionFailedError.
    """

    def __init__(self, writer: Writer, reader: Reader, workspace: WorkspaceId) -> None:
        self._writer = writer
        self._reader = reader
        self._workspace = workspace

    async def create_task(
        self, title: str, description: str | None = None, context: CommandContext | None = None
    ) -> TaskSnapshot:
        """Title and description must have passed `utils.validators`, here and in `update_task`."""

        def create(batch: Batch) -> TaskSnapshot:
            now = batch.now()
            task = TaskSnapshot.create(title, description, now)
            HistoryService.log_action(batch, ActionType.CREATED, None, task, now)
            return task

        return await self._submit(create, None, context)

    async def get_all_tasks(self, selection: Selection = EVERY_TASK) -> tuple[TaskSnapshot, ...]:
        """Incomplete tasks first, then completed; newest `created_at` first in each group.

        With `as_of`, the list as it was at that time, changes at exactly that time included. It never changes again.
        Raises BadRequestError for a time in the future.
        """
        await self._raise_watermark(selection.as_of)
        return await self._reader.ask(AllTasks(self._workspace, selection))

    async def render_all_tasks(self, selection: Selection = EVERY_TASK) -> RenderedJson:
        """`get_all_tasks` as JSON."""
        await self._raise_watermark(selection.as_of)
        return await self._reader.ask(RenderedTasks(self._workspace, selection))

    async def get_task_page(self, selection: Selection, limit: int, cursor: str | None = None) -> TaskPage:
        """The first page of that list, or the one that follows the cursor.

        Raises BadRequestError, also for the cursor of another selection.
        """
        page = TaskPageQuery(self._workspace, selection, limit)
        if cursor is not None:
            page = page.after(cursor)
        await self._raise_watermark(selection.as_of)
        return await self._reader.ask(page)

    async def get_task(
        self, task_id: UUID, version: int | None = None, preconditions: WritePreconditions | None = None
    ) -> TaskSnapshot:
        """The task, or one of its versions, also of a deleted task.

        Raises VersionNotFoundError for a version that does not exist, or that is the deletion.
        """
        if version is not None:
            task = await self._reader.ask(TaskVersion(self._workspace, task_id, version))
            if preconditions and not preconditions.allow(version):
                raise preconditions.error(f"If-Match does not name version {version}, which was asked for", version)
            return task
        found = await self._reader.task(self._workspace, task_id)
        if found is None:
            raise TaskNotFoundError
        if preconditions and not preconditions.allow(found.version):
            known = preconditions.known_before(found.version)
            query = known and FieldsChanged(self._workspace, task_id, known, found.version)
            raise preconditions.mismatch(found.version, await self._reader.ask(query) if query else ())
        return found

    async def update_task(
        self,
        task_id: UUID,
        title: str | None = None,
        description: str | None = None,
        context: CommandContext | None = None,
        read_only: Mapping[str, object] | None = None,
    ) -> TaskSnapshot:
        """Change the given fields; nothing if the task has these values already.

        Raises BadRequestError if a `read_only` field differs from the task's.
        """

        def edit(task: TaskSnapshot, now: datetime) -> TaskSnapshot:
            require_unchanged(task, read_only or {})
            return task.edit(now, title=title, description=description)

        return await self._change(task_id, ActionType.UPDATED, edit, context)

    async def mark_complete(self, task_id: UUID, context: CommandContext | None = None) -> TaskSnapshot:
        """Idempotent."""
        return await self._change(task_id, ActionType.COMPLETED, TaskSnapshot.complete, context)

    async def mark_incomplete(self, task_id: UUID, context: CommandContext | None = None) -> TaskSnapshot:
        """Idempotent."""
        return await self._change(task_id, ActionType.INCOMPLETED, TaskSnapshot.reopen, context)

    async def restore_task(
        self, task_id: UUID, version: int | None = None, context: CommandContext | None = None
    ) -> TaskSnapshot:
        """Recreate a deleted task, or revert an existing one to a version; nothing if it is equal to that already.

        `version` defaults to the last before the deletion. Raises VersionNotFoundError like `get_task`.
        """

        def restore(batch: Batch) -> TaskSnapshot:
            newest = batch.newest_version(task_id)
            if not newest:
                raise TaskNotFoundError
            batch.check_precondition(task_id, newest)
            task, now = batch.find(task_id), batch.now()
            of_version = version or (newest if task else None)
            then = batch.at_version(task_id, of_version) if of_version else batch.before_deletion(task_id)
            if then is None:
                raise VersionNotFoundError
            restored = task.restore(then, now) if task else then.revive(newest + 1, now)
            if restored is not task:
                HistoryService.log_action(batch, ActionType.RESTORED, task, restored, now)
            return restored

        return await self._submit(restore, task_id, context)

    async def delete_task(self, task_id: UUID, context: CommandContext | None = None) -> None:
        """Delete the row; the history keeps every version."""

        def delete(batch: Batch) -> None:
            HistoryService.log_action(batch, ActionType.DELETED, batch.task(task_id), None, batch.now())

        await self._submit(delete, task_id, context)

    async def erase_task(
        self, task_id: UUID, fields: tuple[str, ...], title: str | None = None, context: CommandContext | None = None
    ) -> TaskSnapshot | None:
        """Remove texts of a task, which may be deleted, from every entry; the entry of the erasure stays.

        `title` takes the place of an erased one. The result is the task, None if it is deleted. Raises ForbiddenError
        if the database's role may not update entries.
        """

        def erase(batch: Batch) -> TaskSnapshot | None:
            newest = batch.newest_version(task_id)
            if not newest:
                raise TaskNotFoundError
            batch.check_precondition(task_id, newest)
            task, now = batch.find(task_id), batch.now()
            left = title or str(ERASED["title"])
            if "title" not in fields:
                titled = task or batch.before_deletion(task_id)
                left = titled.title if titled else left
            erased = task and task.erase(fields, left, now)
            batch.erase(task_id, fields, left, erased, now)
            return erased

        try:
            return await self._submit(erase, task_id, context)
        except StatementRefusedError:
            raise ForbiddenError(_MAY_NOT_ERASE) from None

    async def _raise_watermark(self, moment: datetime | None) -> None:
        """Freeze the history up to this time, so that a list of that time never changes."""
        if moment is None or moment <= await self._reader.ask(Watermark(self._workspace)):
            return
        try:
            await self._submit(lambda batch: batch.raise_watermark(moment), None, None)
        except OutcomeUnknownError:
            raise UnavailableError("The database did not answer in time, please try again") from None

    async def _change(
        self,
        task_id: UUID,
        action: ActionType,
        verb: Callable[[TaskSnapshot, datetime], TaskSnapshot],
        context: CommandContext | None,
    ) -> TaskSnapshot:
        def change(batch: Batch) -> TaskSnapshot:
            task, now = batch.task(task_id), batch.now()
            changed = verb(task, now)
            if changed is not task:
                HistoryService.log_action(batch, action, task, changed, now)
            return changed

        return await self._submit(change, task_id, context)

    def _submit(
        self, run: Callable[[Batch], R], task_id: UUID | None, context: CommandContext | None
    ) -> Coroutine[None, None, R]:
        ids = (task_id,) if task_id else ()
        return self._writer.submit(Command(self._workspace, run, ids, context or CommandContext()))
