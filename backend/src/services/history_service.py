"""The history: recording changes, reading pages, verification, and statistics."""

import asyncio
from datetime import date, datetime, timedelta
from uuid import UUID

from src.batching.batch import Batch
from src.batching.reader import Reader
from src.exceptions.errors import BadRequestError, OverloadedError, TaskNotFoundError
from src.history.verification import Verdict, Verification
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType
from src.models.workspace import WorkspaceId
from src.services.daily_figures import MAX_DAYS, DayFigures, Days
from src.services.history_queries import (
    ChangeFeedPage,
    EntriesSince,
    HeadSeq,
    HistoryPage,
    HistoryPageQuery,
    Week,
    WeekFigures,
)
from src.utils.timestamps import utc_now, week_start

SIX_DAYS = timedelta(days=6)


class HistoryService:
    def __init__(self, reader: Reader, workspace: WorkspaceId) -> None:
        self._reader = reader
        self._workspace = workspace
        self._verifying = asyncio.Lock()

    @staticmethod
    def log_action(
        batch: Batch, action: ActionType, before: TaskSnapshot | None, after: TaskSnapshot | None, now: datetime
    ) -> None:
        """Record the change from `before` to `after` and apply it. None means no such task.

        Every change goes through here, so that none lacks its entry.
        """
        batch.record(action, before, after, now)

    async def get_history_paginated(  # noqa: PLR0913  # as many as the query has
        self,
        page: int | None = None,
        limit: int = 10,
        offset: int | None = None,
        task_id: UUID | None = None,
        action_type: ActionType | None = None,
        *,
        cursor: str | None = None,
    ) -> HistoryPage:
        """A page, newest `seq` first, with exact totals of the same snapshot; `page` takes precedence over `offset`.

        `cursor`, which is given without either, selects the next page. Raises BadRequestError for that of another list.
        """
        first = (page - 1) * limit if page is not None else offset or 0
        query = HistoryPageQuery(self._workspace, first, limit, page or first // limit + 1, task_id, action_type)
        return await self._reader.ask(query.after(cursor) if cursor is not None else query)

    async def get_weekly_stats(self) -> WeekFigures:
        """Statistics of the current week, Monday to Sunday in UTC."""
        return await self._reader.ask(Week(self._workspace, week_start(utc_now())))

    async def get_daily_stats(self, first: date | None, last: date | None) -> tuple[DayFigures, ...]:
        """Statistics of each day in UTC, `last` included; of the current week, or of a week from `first`, by default.

        Raises BadRequestError.
        """
        first = first or week_start(utc_now()).date()
        last = last or min(first, date.max - SIX_DAYS) + SIX_DAYS
        if last < first:
            raise BadRequestError("to: must not be before from")
        if (last - first).days >= MAX_DAYS:
            raise BadRequestError(f"to: must be less than {MAX_DAYS} days after from")
        return await self._reader.ask(Days(self._workspace, first, last))

    async def get_task_history(
        self, task_id: UUID, page: int | None, limit: int, offset: int | None, *, cursor: str | None = None
    ) -> HistoryPage:
        """Like `get_history_paginated`, for one task, which may be deleted. Raises TaskNotFoundError."""
        found = await self.get_history_paginated(page, limit, offset, task_id, cursor=cursor)
        if found.pagination.total_count == 0:
            raise TaskNotFoundError
        return found

    async def get_changes(self, since: int, limit: int) -> ChangeFeedPage:
        """The entries after `since`, oldest first, without gaps. Raises BadRequestError if it is beyond the newest."""
        page = await self._reader.ask(EntriesSince(self._workspace, since, limit))
        if since > page.head_seq:
            raise BadRequestError("since: is beyond the newest entry")
        return page

    async def get_head_seq(self) -> int:
        return await self._reader.ask(HeadSeq(self._workspace))

    async def verify(self) -> Verdict:
        """Recompute the whole chain, slice by slice. Raises OverloadedError while another verification runs."""
        if self._verifying.locked():
            raise OverloadedError("A verification is under way; please try again later")
        async with self._verifying:
            progress = Verification(self._workspace)
            while not progress.is_complete:
                progress = await self._reader.ask_slice(progress)
            return progress.verdict
