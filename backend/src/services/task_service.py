"""What can be done with tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from src.database.reader import Reader
from src.database.writer import Batch, Command, Writer
from src.exceptions.errors import TaskNotFoundError
from src.models.task import Changes, Task, TaskSnapshot
from src.models.task_history import ActionType
from src.services.history_service import HistoryService
from src.utils.request_id import current_request_id


class TaskService:
    """Writes return once they are committed.

    All raise UnavailableError where the database does not answer; those that name a task raise TaskNotFoundError.
    """

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def create_task(self, title: str, description: str | None = None) -> TaskSnapshot:
        """Title and description must have passed `utils.validators`, here and in `update_task`."""

        def create(batch: Batch) -> TaskSnapshot:
            now = batch.now()
            task, changes = Task.create(title, description, now)
            batch.add(task)
            HistoryService.log_action(batch, ActionType.CREATED, task, changes, now)
            return task.snapshot()

        return await self._writer.submit(Command(create, (), current_request_id.get()))

    async def get_all_tasks(self) -> tuple[TaskSnapshot, ...]:
        """Incomplete tasks first, then completed; newest `created_at` first in each group."""
        return await self._reader.ask(_AllTasks())

    async def get_task(self, task_id: UUID) -> TaskSnapshot:
        task = await self._reader.task(task_id)
        if task is None:
            raise TaskNotFoundError
        return task

    async def update_task(
        self, task_id: UUID, title: str | None = None, description: str | None = None
    ) -> TaskSnapshot:
        """Change what is given; a task that has these values already stays as it is."""
        return await self._change(
            task_id,
            ActionType.UPDATED,
            lambda task, now: task.edit(now, title=title, description=description),
        )

    async def mark_complete(self, task_id: UUID) -> TaskSnapshot:
        """Idempotent."""
        return await self._change(task_id, ActionType.COMPLETED, Task.complete)

    async def mark_incomplete(self, task_id: UUID) -> TaskSnapshot:
        """Idempotent."""
        return await self._change(task_id, ActionType.INCOMPLETED, Task.reopen)

    async def delete_task(self, task_id: UUID) -> None:
        """Remove the row for good; the history keeps what it was."""

        def delete(batch: Batch) -> None:
            task = batch.task(task_id)
            changes = task.end()
            batch.remove(task)
            HistoryService.log_action(batch, ActionType.DELETED, task, changes, batch.now())

        await self._writer.submit(Command(delete, (task_id,), current_request_id.get()))

    async def _change(
        self, task_id: UUID, action: ActionType, verb: Callable[[Task, datetime], Changes]
    ) -> TaskSnapshot:
        def change(batch: Batch) -> TaskSnapshot:
            task, now = batch.task(task_id), batch.now()
            if changes := verb(task, now):
                HistoryService.log_action(batch, action, task, changes, now)
            return task.snapshot()

        return await self._writer.submit(Command(change, (task_id,), current_request_id.get()))


@dataclass(frozen=True, slots=True)
class _AllTasks:
    def __call__(self, connection: Connection) -> tuple[TaskSnapshot, ...]:
        rows = connection.execute(select(Task.__table__).order_by(Task.is_completed, Task.created_at.desc()))
        return tuple(TaskSnapshot(*row) for row in rows)
