"""The history: made entry by entry, read in pages, counted by the week."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from src.database.reader import Reader
from src.database.writer import Batch
from src.models.task import Changes, Task
from src.models.task_history import ActionType, HistoryHead, TaskHistory
from src.utils import canonical_json
from src.utils.timestamps import WEEK, utc_now, week_start


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

    @property
    def total_pages(self) -> int:
        return -(-self.total_count // self.page_size)

    @property
    def has_next(self) -> bool:
        return self.first + self.page_size < self.total_count

    @property
    def has_prev(self) -> bool:
        return self.first > 0 and self.total_count > 0


@dataclass(frozen=True, slots=True)
class HistoryPage:
    items: tuple[HistoryItem, ...]
    pagination: PageFigures


@dataclass(frozen=True, slots=True)
class WeekFigures:
    tasks_created_this_week: int
    tasks_completed_this_week: int
    total_completed: int
    total_incomplete: int
    total_tasks: int
    week_start: datetime
    week_end: datetime


class HistoryService:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @staticmethod
    def log_action(batch: Batch, action: ActionType, task: Task, changes: Changes, now: datetime) -> None:
        """Leave the entry of a change; every entry is made here."""
        batch.record(
            {
                "task_id": task.id,
                "version": task.version,
                "action_type": action,
                "task_title": task.title,
                "description": _sentence(action, task, changes),
                "changes": canonical_json.encode(changes),
                "timestamp": now,
            }
        )

    async def get_history_paginated(
        self,
        page: int | None = None,
        limit: int = 10,
        offset: int | None = None,
        task_id: UUID | None = None,
        action_type: ActionType | None = None,
    ) -> HistoryPage:
        """A page, newest `seq` first, and exact totals of the same snapshot; `page` wins over `offset`."""
        first = (page - 1) * limit if page is not None else offset or 0
        return await self._reader.ask(_PageOfHistory(first, limit, page or first // limit + 1, task_id, action_type))

    async def get_weekly_stats(self) -> WeekFigures:
        """The figures of the current week (Monday to Sunday, UTC), of one snapshot."""
        return await self._reader.ask(_Week(week_start(utc_now())))


def _sentence(action: ActionType, task: Task, changes: Changes) -> str:
    if action is not ActionType.UPDATED:
        return f'{_PAST[action]} "{task.title}"'
    old_and_new = changes.get("title")
    if old_and_new is None:
        return f'Changed the description of "{task.title}"'
    sentence = f'Changed the title from "{old_and_new[0]}" to "{old_and_new[1]}"'
    return f"{sentence} and the description" if "description" in changes else sentence


_PAST = {
    ActionType.CREATED: "Created",
    ActionType.COMPLETED: "Completed",
    ActionType.INCOMPLETED: "Reopened",
    ActionType.DELETED: "Deleted",
    ActionType.RESTORED: "Restored",
}


@dataclass(frozen=True, slots=True)
class _PageOfHistory:
    """`limit` entries after the `first` newest; totals come from counters and never from counting the whole table."""

    first: int
    limit: int
    current_page: int
    task_id: UUID | None
    action_type: ActionType | None

    def __call__(self, connection: Connection) -> HistoryPage:
        total = connection.scalar(self._total()) or 0
        rows = connection.execute(self._entries(total)) if self.first < total else ()
        items = tuple(HistoryItem(**row._asdict() | {"changes": json.loads(row.changes)}) for row in rows)
        return HistoryPage(items, PageFigures(total, self.limit, self.first, self.current_page))

    def _total(self) -> Select[int]:
        """A task's newest version is the number of its entries, the head's `seq` that of all."""
        if self.task_id and self.action_type:
            return select(func.count()).select_from(TaskHistory).where(*self._filters())
        if self.task_id:
            return select(func.max(TaskHistory.version)).where(*self._filters())
        return select(getattr(HistoryHead, self.action_type.lower()) if self.action_type else HistoryHead.seq)

    def _entries(self, total: int) -> Select[Any]:
        """Numbers without gaps lead straight to a page; only with `action_type` are the entries before it skipped."""
        columns = [getattr(TaskHistory, name) for name in HistoryItem.__slots__]
        newest_first = select(*columns).order_by(TaskHistory.seq.desc()).limit(self.limit).where(*self._filters())
        if self.action_type:
            return newest_first.offset(self.first)
        number = TaskHistory.version if self.task_id else TaskHistory.seq
        return newest_first.where(number <= total - self.first)

    def _filters(self) -> list[ColumnElement[bool]]:
        filters = []
        if self.task_id:
            filters.append(TaskHistory.task_id == self.task_id)
        if self.action_type:
            filters.append(TaskHistory.action_type == self.action_type)
        return filters


@dataclass(frozen=True, slots=True)
class _Week:
    start: datetime

    def __call__(self, connection: Connection) -> WeekFigures:
        figures = connection.execute(
            select(
                self._tasks_with(Task.created_at),
                self._tasks_with(Task.completed_at),
                HistoryHead.living_completed,
                HistoryHead.living - HistoryHead.living_completed,
                HistoryHead.living,
            )
        ).one()
        return WeekFigures(*figures, week_start=self.start, week_end=self.start + WEEK - timedelta(seconds=1))

    def _tasks_with(self, time: InstrumentedAttribute[Any]) -> ScalarSelect[int]:
        in_week = (time >= self.start) & (time < self.start + WEEK)
        return select(func.count()).select_from(Task).where(in_week).scalar_subquery()
