"""The history of all tasks."""

from typing import Annotated

from fastapi import APIRouter, Query

from src.api.dependencies import History
from src.api.strict import StrictRoute
from src.schemas.history import HistoryAnswer, HistoryQuery
from src.services.history_service import HistoryPage
from src.utils.response import failures

router = APIRouter(prefix="/history", tags=["history"], route_class=StrictRoute)


@router.get("", response_model=HistoryAnswer, responses=failures(400, 500, 503))
async def get_history(history: History, query: Annotated[HistoryQuery, Query()]) -> HistoryPage:
    """A page of entries, newest first, of all tasks or one, of all actions or one.

    `page` wins where `offset` is given as well. `total_count` is exact, and of the same instant as the items.
    """
    return await history.get_history_paginated(**dict(query))
