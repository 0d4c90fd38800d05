"""Queries of the history and the weekly statistics. Each reads one snapshot."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from struct import Struct
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, SQLColumnExpression, func, select, true

from src.models.daily_count import DailyCount
from src.models.task_history import ActionType, HistoryHead, TaskHistory
from src.models.workspace import WorkspaceId
from src.services.cursors import Cursors, foreign_cursor
from src.services.entries import ITEMS, HistoryItem, read_items
from src.utils.timestamps import LATEST, WEEK
from src.utils.validators import MAX_LIMIT, MAX_PAGE, MAX_SEQ, MAX_VERSION


@dataclass(frozen=True, slots=True)
class PageFigures:
    """The position of a page in its list; `first` entries come before it."""

    total_count: int
    page_size: int
    first: int
    current_page: int
    has_next: bool

    @property
    def total_pages(self) -> int:
        return -(-self.total_count // self.page_size)

    @property
    def has_prev(self) -> bool:
        return self.first > 0 and self.total_count > 0


@dataclass(frozen=True, slots=True)
class HistoryPage:
    items: tuple[HistoryItem, ...]
    pagination: PageFigures
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class WeekFigures:
    tasks_created_this_week: int
    tasks_completed_this_week: int
    total_completed: int
    total_incomplete: int
    total_tasks: int
    week_start: datetime
    week_end: datetime


@dataclass(frozen=True, slots=True)
class HistoryPageQuery:
    """At most `limit` entries after the `first` newest. Totals are read from counters, so the table is never counted.

    `before` selects the entries below that number instead, whatever number of newer ones has been added meanwhile.
    """

    workspace: WorkspaceId
    first: int
    limit: int
    current_page: int
    task_id: UUID | None
    action_type: ActionType | None
    before: int | None = None

    def __call__(self, connection: Connection) -> HistoryPage:
        total = connection.scalar(self._total()) or 0
        is_past_the_end = self.before is None and self.first >= total
        found = ((), False) if is_past_the_end else read_items(connection, self._entries(total), self.limit)
        items, has_next = found
        cursor = self._cursors.write(self._number_of(items[-1]), self.first + len(items)) if has_next else None
        return HistoryPage(items, PageFigures(total, self.limit, self.first, self.current_page, has_next), cursor)

    def after(self, cursor: str) -> "HistoryPageQuery":
        """The page that follows the cursor. Raises BadRequestError."""
        before, first = self._cursors.read(cursor)
        last = MAX_VERSION if self.task_id else MAX_SEQ
        if not 1 <= before <= last or not 0 <= first <= MAX_PAGE * MAX_LIMIT:
            raise foreign_cursor()
        return replace(self, first=first, current_page=first // self.limit + 1, before=before)

    @property
    def _cursors(self) -> Cursors:
        """A position is the number of a page's last entry, and the count of entries up to there."""
        return Cursors(_LAYOUT, (self.workspace, "history", self.task_id, self.action_type))

    def _total(self) -> Select[int]:
        """A task has as many entries as its newest version, and the history as many as the head's `seq`.

        A task's entries are filtered by type in the aggregate: with a WHERE, SQLite would read all entries of the type.
        """
        if self.task_id:
            of_type = func.count().filter(TaskHistory.action_type == self.action_type)
            count = of_type if self.action_type else func.max(TaskHistory.version)
            of_task = TaskHistory.workspace_id == self.workspace, TaskHistory.task_id == self.task_id
            return select(count).where(*of_task)
        counter = getattr(HistoryHead, self.action_type.lower()) if self.action_type else HistoryHead.seq
        return select(counter).where(HistoryHead.workspace_id == self.workspace)

    def _entries(self, total: int) -> Select[Any]:
        """Only a page of a type needs an OFFSET."""
        newest_first = ITEMS.order_by(self._number.desc()).where(*self._filters())
        if self.before is not None:
            return newest_first.where(self._number < self.before)
        if self.action_type:
            return newest_first.offset(self.first)
        return newest_first.where(self._number <= total - self.first)

    @property
    def _number(self) -> SQLColumnExpression[int]:
        """The entries' order: `version` within a task, else `seq`."""
        return TaskHistory.version if self.task_id else TaskHistory.seq

    def _number_of(self, item: HistoryItem) -> int:
        return item.version if self.task_id else item.seq

    def _filters(self) -> list[ColumnElement[bool]]:
        of_workspace = (TaskHistory.workspace_id, self.workspace)
        wanted = (of_workspace, (TaskHistory.task_id, self.task_id), (TaskHistory.action_type, self.action_type))
        return [column == value for column, value in wanted if value]


@dataclass(frozen=True, slots=True)
class Week:
    workspace: WorkspaceId
    start: datetime

    def __call__(self, connection: Connection) -> WeekFigures:
        end = self.start + min(WEEK - timedelta(seconds=1), LATEST - self.start)
        in_week = DailyCount.day.between(self.start.date(), end.date())
        sums = (func.coalesce(func.sum(count), 0) for count in (DailyCount.created, DailyCount.completed))
        days = select(*sums).where(DailyCount.workspace_id == self.workspace, in_week).subquery()
        totals = (HistoryHead.living_completed, HistoryHead.living - HistoryHead.living_completed, HistoryHead.living)
        figures = select(*days.c, *totals).join(days, true()).where(HistoryHead.workspace_id == self.workspace)
        created, completed, done, undone, living = map(int, connection.execute(figures).one())
        return WeekFigures(created, completed, done, undone, living, self.start, end)


@dataclass(frozen=True, slots=True)
class ChangeFeedPage:
    """The entries after `since`, oldest first, and the newest `seq` of the same snapshot."""

    items: tuple[HistoryItem, ...]
    since: int
    head_seq: int
    has_next: bool

    @property
    def next_since(self) -> int:
        return self.items[-1].seq if self.items else self.since

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, if entries are left."""
        return str(self.next_since) if self.has_next else None


@dataclass(frozen=True, slots=True)
class EntriesSince:
    workspace: WorkspaceId
    since: int
    limit: int
    max_bytes: int | None = None

    def __call__(self, connection: Connection) -> ChangeFeedPage:
        of_workspace = ITEMS.where(TaskHistory.workspace_id == self.workspace)
        after = of_workspace.where(TaskHistory.seq > self.since).order_by(TaskHistory.seq)
        items, has_next = read_items(connection, after, self.limit, self.max_bytes)
        return ChangeFeedPage(items, self.since, HeadSeq(self.workspace)(connection), has_next)


@dataclass(frozen=True, slots=True)
class HeadSeq:
    """The newest entry's `seq`; 0 if there is none."""

    workspace: WorkspaceId

    def __call__(self, connection: Connection) -> int:
        of_head = select(HistoryHead.seq).where(HistoryHead.workspace_id == self.workspace)
        return connection.execute(of_head).scalar_one()


_LAYOUT = Struct(">qq")
