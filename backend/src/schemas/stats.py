"""The week's figures."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, PlainSerializer, WithJsonSchema

from src.utils.response import Read

_without_decimals = PlainSerializer(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str)
_DATE_TIME = {"type": "string", "format": "date-time"}

WeekStart = Annotated[datetime, _without_decimals, WithJsonSchema({**_DATE_TIME, "examples": ["2026-11-16T00:00:00Z"]})]
"""Monday, UTC."""
WeekEnd = Annotated[datetime, _without_decimals, WithJsonSchema({**_DATE_TIME, "examples": ["2026-11-22T23:59:59Z"]})]
"""Sunday, UTC."""


class WeeklyStats(BaseModel):
    """Living tasks only, all counted at one instant; the week is Monday to Sunday, UTC."""

    tasks_created_this_week: int
    tasks_completed_this_week: int
    total_completed: int
    total_incomplete: int
    total_tasks: int
    week_start: WeekStart
    week_end: WeekEnd


class WeeklyStatsAnswer(Read[WeeklyStats]):
    """The week's figures."""


class DayStats(BaseModel):
    """A day of UTC; living tasks only."""

    date: date
    created: int
    completed: int


class DailyStatsAnswer(Read[list[DayStats]]):
    """Each day's figures, the earliest day first, days without any included."""
