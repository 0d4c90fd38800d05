"""The floor: our models and envelope in a bare FastAPI application, without a database."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Query
from src.api.dependencies import TaskId
from src.models.task import TaskSnapshot
from src.schemas.history import HistoryAnswer, PageQuery
from src.schemas.stats import WeeklyStatsAnswer
from src.schemas.task import (
    TaskAnswer,
    TaskCompleted,
    TaskCreate,
    TaskCreated,
    TaskIncomplete,
    TaskList,
    TaskUpdate,
    TaskUpdated,
)
from src.services.entries import HistoryItem
from src.services.history_queries import WeekFigures
from src.utils.identifiers import new_id
from src.utils.timestamps import WEEK, utc_now

app = FastAPI()

Bare = dict[str, object]
"""The data; FastAPI adds the other keys of the envelope."""

MAX_TASKS = 10_000


@dataclass(frozen=True, slots=True)
class Pagination:
    total_count: int
    total_pages: int
    current_page: int
    page_size: int
    has_next: bool
    has_prev: bool


@dataclass(frozen=True, slots=True)
class Page:
    items: list[HistoryItem]
    pagination: Pagination


def make_task(task_id: UUID, title: str, description: str | None, completed_at: datetime | None = None) -> TaskSnapshot:
    now = utc_now()
    return TaskSnapshot(task_id, title, description, completed_at is not None, now, now, completed_at, 1)


TASKS = [make_task(new_id(), "Buy milk", "Semi-skimmed, two litres") for _ in range(MAX_TASKS)]


def make_entry(seq: int) -> HistoryItem:
    now = utc_now()
    changes = {"title": [None, "Buy milk"], "description": [None, "Semi-skimmed, two litres"]}
    return HistoryItem(new_id(), new_id(), "CREATED", 'Created "Buy milk"', now, "Buy milk", seq, 1, changes)


@app.post("/api/v1/tasks", response_model=TaskCreated, status_code=201)
async def create_task(body: TaskCreate) -> Bare:
    """Returns an invented task, like the routes below."""
    return {"data": make_task(new_id(), body.title, body.description)}


@app.get("/api/v1/tasks", response_model=TaskList)
async def list_tasks(limit: Annotated[int, Query(ge=1)] = MAX_TASKS) -> Bare:
    return {"data": TASKS[:limit]}


@app.get("/api/v1/tasks/{id}", response_model=TaskAnswer)
async def get_task(task_id: TaskId) -> Bare:
    return {"data": make_task(task_id, "Buy milk", "Semi-skimmed, two litres")}


@app.put("/api/v1/tasks/{id}", response_model=TaskUpdated)
async def update_task(task_id: TaskId, body: TaskUpdate) -> Bare:
    return {"data": make_task(task_id, body.title or "Buy milk", body.description)}


@app.patch("/api/v1/tasks/{id}/complete", response_model=TaskCompleted)
async def complete_task(task_id: TaskId) -> Bare:
    return {"data": make_task(task_id, "Buy milk", "Semi-skimmed, two litres", utc_now())}


@app.patch("/api/v1/tasks/{id}/incomplete", response_model=TaskIncomplete)
async def reopen_task(task_id: TaskId) -> Bare:
    return {"data": make_task(task_id, "Buy milk", "Semi-skimmed, two litres")}


@app.get("/api/v1/history", response_model=HistoryAnswer)
async def get_history(query: Annotated[PageQuery, Query()]) -> Bare:
    items = [make_entry(seq) for seq in range(query.limit, 0, -1)]
    return {"data": Page(items, Pagination(10_000, 1_000, 1, query.limit, has_next=True, has_prev=False))}


@app.get("/api/v1/stats/weekly", response_model=WeeklyStatsAnswer)
async def get_weekly_stats() -> Bare:
    now = utc_now()
    return {"data": WeekFigures(11, 7, 7, 4, 11, now, now + WEEK - timedelta(seconds=1))}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False, server_header=False)
