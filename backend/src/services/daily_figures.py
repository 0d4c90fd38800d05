"""What was created and completed on each day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from src.models.task import Task

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class DayFigures:
    date: date
    created: int
    completed: int


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last, both included, by the times of the living tasks."""

    first: date
    last: date

    def __call__(self, connection: Connection) -> tuple[DayFigures, ...]:
        created, completed = (self._count(connection, column) for column in (Task.created_at, Task.completed_at))
        days = (self.first + timedelta(number) for number in range((self.last - self.first).days + 1))
        return tuple(DayFigures(day, created.get(str(day), 0), completed.get(str(day), 0)) for day in days)

    def _count(self, connection: Connection, column: InstrumentedAttribute[Any]) -> Mapping[str, int]:
        """By the day, as text; days without any are left out."""
        day = _day_of(column, connection.dialect.name).label("day")
        start, end = (datetime.combine(*edge, UTC) for edge in ((self.first, time.min), (self.last, time.max)))
        counts = select(day, func.count()).where(column.between(start, end)).group_by("day")
        return {found: count for found, count in connection.execute(counts)}  # noqa: C416  # rows are no pairs to mypy


def _day_of(column: InstrumentedAttribute[Any], dialect: str) -> ColumnElement[str]:
    """`2026-11-22`, in UTC whatever the session's time zone is; SQLite stores the text that begins so."""
    if dialect == "sqlite":
        return func.substr(type_coerce(column, String), 1, 10)
    return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD")
