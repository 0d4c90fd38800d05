"""What was created and completed on each day."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from src.models.daily_count import DailyCount

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
        between = DailyCount.day.between(self.first, self.last)
        counts = select(DailyCount.day, DailyCount.created, DailyCount.completed).where(between)
        found = {day: DayFigures(day, created, completed) for day, created, completed in connection.execute(counts)}
        days = (self.first + timedelta(number) for number in range((self.last - self.first).days + 1))
        return tuple(found.get(day, DayFigures(day, 0, 0)) for day in days)
