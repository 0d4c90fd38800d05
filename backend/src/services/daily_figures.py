"""Tasks created and completed on each day."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from src.models.daily_count import DailyCount

MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class DayFigures:
    date: date
    created: int
    completed: int


@dataclass(frozen=True, slots=True)
class Days:
    """The figures of every day in the range, both ends included; deleted tasks are not counted."""

    first: date
    last: date

    def __call__(self, connection: Connection) -> tuple[DayFigures, ...]:
        in_range = DailyCount.day.between(self.first, self.last)
        counts = select(DailyCount.day, DailyCount.created, DailyCount.completed).where(in_range)
        found = {row.day: DayFigures(*row) for row in connection.execute(counts)}
        days = (self.first + timedelta(number) for number in range((self.last - self.first).days + 1))
        return tuple(found.get(day, DayFigures(day, 0, 0)) for day in days)
