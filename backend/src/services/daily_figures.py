"""Tasks created and completed on each day."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from src.models.daily_count import DailyCount
from src.models.workspace import WorkspaceId

MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class DayFigures:
    date: date
    created: int
    completed: int


@dataclass(frozen=True, slots=True)
class Days:
    """The figures of every day in the range, both ends included; deleted tasks are not counted."""

    workspace: WorkspaceId
    first: date
    last: date

    def __call__(self, connection: Connection) -> tuple[DayFigures, ...]:
        counts = select(DailyCount.day, DailyCount.created, DailyCount.completed)
        in_range = counts.where(
            DailyCount.workspace_id == self.workspace, DailyCount.day.between(self.first, self.last)
        )
        found = {row.day: DayFigures(*row) for row in connection.execute(in_range)}
        days = (self.first + timedelta(number) for number in range((self.last - self.first).days + 1))
        return tuple(found.get(day, DayFigures(day, 0, 0)) for day in days)
