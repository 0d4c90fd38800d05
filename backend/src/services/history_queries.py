"""Queries of the history and the week's figures, each of one snapshot."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from struct import Struct
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, SQLColumnExpression, func, select, true

from src.models.daily_count import DailyCount
from src.models.task_history import ActionType, HistoryHead, TaskHistory
from src.services.cursors import Cursors, foreign_cursor
from src.utils.timestamps import LATEST, WEEK
from src.utils.validators import MAX_LIMIT, MAX_PAGE, MAX_SEQ, MAX_VERSION


@dataclass(frozen=True, slots=True)
class HistoryItem:
    history_id: UUID
    task_id: UUID
    action_type: str
    description: str
    timestamp: datetime
    task_title: str
    seq: int
    version: int
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PageFigures:
    """Where a page lies in the whole; `first` entries come before it."""

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
    """`limit` entries after the `first` newest; totals come from counters and never from counting the whole table.

    With `before` those below that number: whatever has come in front meanwhile, they are the next ones.
    """

    first: int
    limit: int
    current_page: int
    task_id: UUID | None
    action_type: ActionType | None
    before: int | None = None

    def __call__(self, connection: Connection) -> HistoryPage:
        total = connection.scalar(self._total()) or 0
        is_beyond = self.before is None and self.first >= total
        found = _items(() if is_beyond else connection.execute(self._entries(total)))
        items, has_next = found[: self.limit], len(found) > self.limit
        cursor = self._cursors.write(self._number_of(items[-1]), self.first + self.limit) if has_next else None
        return HistoryPage(items, PageFigures(total, self.limit, self.first, self.current_page, has_next), cursor)

    def after(self, cursor: str) -> "HistoryPageQuery":
        """The page behind the one that gave this cursor. Raises BadRequestError."""
        before, first = self._cursors.read(cursor)
        last = MAX_VERSION if self.task_id else MAX_SEQ
        if not 1 <= before <= last or not 0 <= first <= MAX_PAGE * MAX_LIMIT:
            raise foreign_cursor()
        return replace(self, first=first, current_page=first // self.limit + 1, before=before)

    @property
    def _cursors(self) -> Cursors:
        """Their places: the last number of a page, and how many entries the reader has had with it."""
        return Cursors(_PLACE, ("history", self.task_id, self.action_type))

    def _total(self) -> Select[int]:
        """A task's newest version is the number of its entries, the head's `seq` that of all.

        Its entries of a type are told apart while they are counted: for a WHERE, SQLite would read all of that type.
        """
        if self.task_id:
            of_type = func.count().filter(TaskHistory.action_type == self.action_type)
            count = of_type if self.action_type else func.max(TaskHistory.version)
            return select(count).where(TaskHistory.task_id == self.task_id)
        return select(getattr(HistoryHead, self.action_type.lower()) if self.action_type else HistoryHead.seq)

    def _entries(self, total: int) -> Select[Any]:
        """One more than the page, to know of the next. Each way but an offset among entries of a type leads there."""
        newest_first = _ITEMS.order_by(self._number.desc()).limit(self.limit + 1).where(*self._filters())
        if self.before is not None:
            return newest_first.where(self._number < self.before)
        if self.action_type:
            return newest_first.offset(self.first)
        return newest_first.where(self._number <= total - self.first)

    @property
    def _number(self) -> SQLColumnExpression[int]:
        """What gives the entries their order: a task's are numbered by its versions, all by `seq`."""
        return TaskHistory.version if self.task_id else TaskHistory.seq

    def _number_of(self, item: HistoryItem) -> int:
        return item.version if self.task_id else item.seq

    def _filters(self) -> list[ColumnElement[bool]]:
        filters = []
        if self.task_id:
            filters.append(TaskHistory.task_id == self.task_id)
        if self.action_type:
            filters.append(TaskHistory.action_type == self.action_type)
        return filters


@dataclass(frozen=True, slots=True)
class Week:
    start: datetime

    def __call__(self, connection: Connection) -> WeekFigures:
        end = self.start + min(WEEK - timedelta(seconds=1), LATEST - self.start)
        in_week = DailyCount.day.between(self.start.date(), end.date())
        sums = (func.coalesce(func.sum(count), 0) for count in (DailyCount.created, DailyCount.completed))
        days = select(*sums).where(in_week).subquery()
        totals = (HistoryHead.living_completed, HistoryHead.living - HistoryHead.living_completed, HistoryHead.living)
        figures = select(*days.c, *totals).join(days, true())
        created, completed, done, undone, living = map(int, connection.execute(figures).one())
        return WeekFigures(created, completed, done, undone, living, self.start, end)


@dataclass(frozen=True, slots=True)
class ChangeFeedPage:
    """What came after `since`, oldest first, at most `limit` entries, and the newest `seq` of that moment."""

    items: tuple[HistoryItem, ...]
    since: int
    head_seq: int

    @property
    def next_since(self) -> int:
        return self.items[-1].seq if self.items else self.since


@dataclass(frozen=True, slots=True)
class EntriesSince:
    since: int
    limit: int

    def __call__(self, connection: Connection) -> ChangeFeedPage:
        after = _ITEMS.where(TaskHistory.seq > self.since).order_by(TaskHistory.seq).limit(self.limit)
        return ChangeFeedPage(_items(connection.execute(after)), self.since, HeadSeq()(connection))


@dataclass(frozen=True, slots=True)
class HeadSeq:
    """The newest entry's `seq`; 0 where there is none."""

    def __call__(self, connection: Connection) -> int:
        return connection.execute(select(HistoryHead.seq)).scalar_one()


_PLACE = Struct(">qq")
_ITEMS = select(*(getattr(TaskHistory, name) for name in HistoryItem.__slots__))


def _items(rows: Iterable[Row[Any]]) -> tuple[HistoryItem, ...]:
    return tuple(HistoryItem(**row._asdict() | {"changes": json.loads(row.changes)}) for row in rows)
