"""The history: made entry by entry, read in pages, followed, verified, counted by the week."""

import asyncio
from datetime import date, datetime, timedelta
from uuid import UUID

from src.batching.reader import Reader
from src.batching.transaction import Batch
from src.exceptions.errors import BadRequestError, OverloadedError, TaskNotFoundError
from src.history.verification import Verdict, Verification
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType
from src.services.daily_figures import MOST_DAYS, DayFigures, Days
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
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._verifying = asyncio.Lock()

    @staticmethod
    def log_action(
        batch: Batch, action: ActionType, before: TaskSnapshot | None, after: TaskSnapshot | None, now: datetime
    ) -> None:
        """Record the change from `before` to `after` and apply it. None means no such task.

        Every change is made here, so that none is without its entry.
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
        """A page, newest `seq` first, and exact totals of the same snapshot; `page` wins over `offset`.

        `cursor`, which stands alone, leads behind the page that gave it. Raises BadRequestError for another list's.
        """
        first = (page - 1) * limit if page is not None else offset or 0
        asked = HistoryPageQuery(first, limit, page or first // limit + 1, task_id, action_type)
        return await self._reader.ask(asked.after(cursor) if cursor is not None else asked)

    async def get_weekly_stats(self) -> WeekFigures:
        """The figures of the current week (Monday to Sunday, UTC), of one snapshot."""
        return await self._reader.ask(Week(week_start(utc_now())))

    async def get_daily_stats(self, first: date | None, last: date | None) -> tuple[DayFigures, ...]:
        """The figures of each of these days, of UTC and of one snapshot; of a week where less is given.

        Raises BadRequestError.
        """
        first = first or week_start(utc_now()).date()
        last = last or min(first, date.max - SIX_DAYS) + SIX_DAYS
        if last < first:
            raise BadRequestError("to: must not be before from")
        if (last - first).days >= MOST_DAYS:
            raise BadRequestError(f"to: must be less than {MOST_DAYS} days after from")
        return await self._reader.ask(Days(first, last))

    async def get_task_history(
        self, task_id: UUID, page: int | None, limit: int, offset: int | None, *, cursor: str | None = None
    ) -> HistoryPage:
        """As `get_history_paginated`, for one task, deleted or not. Raises TaskNotFoundError."""
        found = await self.get_history_paginated(page, limit, offset, task_id, cursor=cursor)
        if found.pagination.total_count == 0:
            raise TaskNotFoundError
        return found

    async def get_changes(self, since: int, limit: int) -> ChangeFeedPage:
        """The entries after `since`, oldest first, without gaps. Raises BadRequestError for one beyond the newest."""
        growth = await self._reader.ask(EntriesSince(since, limit))
        if since > growth.head_seq:
            raise BadRequestError("since: is beyond the newest entry")
        return growth

    async def get_head_seq(self) -> int:
        return await self._reader.ask(HeadSeq())

    async def verify(self) -> Verdict:
        """Recompute the whole chain; takes as long as the history is. Raises OverloadedError while another runs."""
        if self._verifying.locked():
            raise OverloadedError("A verification is under way; please try again later")
        async with self._verifying:
            progress = await self._reader.ask_slice(Verification.begin)
            while not progress.is_complete:
                progress = await self._reader.ask_slice(progress.advance)
            return progress.verdict
