"""Figures for a dashboard."""

from fastapi import APIRouter

from src.api.dependencies import History
from src.api.route import StrictRoute
from src.schemas.stats import WeeklyStatsAnswer
from src.services.history_queries import WeekFigures
from src.utils.response import failures

router = APIRouter(prefix="/api/v1/stats", tags=["stats"], route_class=StrictRoute)


@router.get("/weekly", response_model=WeeklyStatsAnswer, responses=failures(400, 500, 503))
async def get_weekly_stats(history: History) -> WeekFigures:
    """The current week, Monday 00:00:00 to Sunday 23:59:59 UTC, and totals; deleted tasks count nowhere."""
    return await history.get_weekly_stats()
