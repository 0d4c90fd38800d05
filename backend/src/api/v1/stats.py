"""Statistics for a dashboard."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from src.api.dependencies import History
from src.api.route import StrictRoute
from src.schemas.stats import DailyStatsAnswer, WeeklyStatsAnswer
from src.services.daily_figures import DayFigures
from src.services.history_queries import WeekFigures
from src.utils.response import failures
from src.utils.validators import Day

router = APIRouter(prefix="/api/v1/stats", tags=["stats"], route_class=StrictRoute)


@router.get("/weekly", response_model=WeeklyStatsAnswer, responses=failures(400, 500, 503))
async def get_weekly_stats(history: History) -> WeekFigures:
    """The current week, Monday 00:00:00 to Sunday 23:59:59 UTC, and totals; deleted tasks count nowhere."""
    return await history.get_weekly_stats()


@router.get("/daily", response_model=DailyStatsAnswer, responses=failures(400, 500, 503))
async def get_daily_stats(
    history: History,
    first: Annotated[
        Day | None, Query(alias="from", description="The first day; without it: Monday of the current week.")
    ] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="The last day, counted as well; without it: six days later.")
    ] = None,
) -> Sequence[DayFigures]:
    """How many tasks were created and completed on each day of UTC; deleted tasks count nowhere.

    At most 366 days, all counted at one instant.
    """
    return await history.get_daily_stats(first, last)
