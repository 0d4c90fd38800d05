"""Litestar with Advanced Alchemy's services; each request is one transaction, committed before it is answered."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from advanced_alchemy.config import AsyncSessionConfig
from advanced_alchemy.extensions.litestar import SQLAlchemyAsyncConfig, SQLAlchemyPlugin
from advanced_alchemy.filters import LimitOffset, OrderBy
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from litestar import Litestar, get, patch, post, put
from models import Entry, Task
from msgspec import Meta, Struct
from sqlalchemy import Connection, and_, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

FIELDS = ("title", "description", "is_completed", "created_at", "updated_at", "completed_at")
IS_SQLITE = os.environ["BENCH_DATABASE"] == "sqlite"

Title = Annotated[str, Meta(min_length=1, max_length=255)]
Description = Annotated[str, Meta(max_length=5000)]


class NewTask(Struct, forbid_unknown_fields=True):
    title: Title
    description: Description | None = None


class Edit(Struct, forbid_unknown_fields=True):
    title: Title | None = None
    description: Description | None = None


class TaskRead(Struct):
    id: UUID
    title: str
    description: str | None
    is_completed: bool
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int


class EntryRead(Struct):
    seq: int
    history_id: UUID
    task_id: UUID
    version: int
    action_type: str
    task_title: str
    description: str
    changes: dict[str, list[str | bool | None]]
    timestamp: datetime


class TaskService(SQLAlchemyAsyncRepositoryService[Task]):
    class Repository(SQLAlchemyAsyncRepository[Task]):
        model_type = Task

    repository_type = Repository


class EntryService(SQLAlchemyAsyncRepositoryService[Entry]):
    class Repository(SQLAlchemyAsyncRepository[Entry]):
        model_type = Entry

    repository_type = Repository


def values(task):
    return {field: plain(getattr(task, field)) for field in FIELDS}


def plain(value):
    return value.isoformat() if isinstance(value, datetime) else value


async def write(session: AsyncSession) -> None:
    """SQLite takes its lock at once: a transaction that reads first could not get it any more."""
    if IS_SQLITE:
        await session.connection(execution_options={"begin": "BEGIN IMMEDIATE"})


async def record(session: AsyncSession, task: Task, action: str, before) -> None:
    after = values(task)
    changes = {field: [before.get(field), after[field]] for field in FIELDS if before.get(field) != after[field]}
    entry = Entry(
        history_id=uuid4(),
        task_id=task.id,
        version=task.version,
        action_type=action,
        task_title=task.title,
        description=f'{action.capitalize()} "{task.title}"',
        changes=changes,
        timestamp=task.updated_at,
    )
    await EntryService(session=session).create(entry, auto_refresh=False)


async def change(session: AsyncSession, task_id: UUID, action: str, new) -> TaskRead:
    await write(session)
    tasks = TaskService(session=session)
    task = await tasks.get_one(Task.id == task_id, statement=select(Task).with_for_update())
    before = values(task)
    if any(getattr(task, field) != value for field, value in new.items() if field != "completed_at"):
        for field, value in new.items():
            setattr(task, field, value)
        task.version, task.updated_at = task.version + 1, datetime.now(UTC)
        await record(session, task, action, before)
    return tasks.to_schema(task, schema_type=TaskRead)


@post("/tasks")
async def create_task(db_session: AsyncSession, data: NewTask) -> TaskRead:
    await write(db_session)
    tasks = TaskService(session=db_session)
    task = await tasks.create(data, auto_refresh=False)
    await record(db_session, task, "CREATED", {})
    return tasks.to_schema(task, schema_type=TaskRead)


@get("/tasks")
async def list_tasks(db_session: AsyncSession, limit: int = 20) -> Sequence[TaskRead]:
    tasks = TaskService(session=db_session)
    order = (OrderBy("is_completed", "asc"), OrderBy("created_at", "desc"))
    found = await tasks.get_many(LimitOffset(limit, 0), *order)
    return tasks.to_schema(found, schema_type=TaskRead).items


@get("/tasks/{task_id:uuid}")
async def get_task(db_session: AsyncSession, task_id: UUID) -> TaskRead:
    tasks = TaskService(session=db_session)
    return tasks.to_schema(await tasks.get(task_id), schema_type=TaskRead)


@put("/tasks/{task_id:uuid}")
async def update_task(db_session: AsyncSession, task_id: UUID, data: Edit) -> TaskRead:
    given = {"title": data.title, "description": data.description}
    new = {field: value for field, value in given.items() if value is not None}
    return await change(db_session, task_id, "UPDATED", new)


@patch("/tasks/{task_id:uuid}/complete")
async def complete_task(db_session: AsyncSession, task_id: UUID) -> TaskRead:
    return await change(db_session, task_id, "COMPLETED", {"is_completed": True, "completed_at": datetime.now(UTC)})


@patch("/tasks/{task_id:uuid}/incomplete")
async def reopen_task(db_session: AsyncSession, task_id: UUID) -> TaskRead:
    return await change(db_session, task_id, "INCOMPLETED", {"is_completed": False, "completed_at": None})


@get("/history")
async def get_history(db_session: AsyncSession, limit: int = 10, offset: int = 0) -> dict:
    entries = EntryService(session=db_session)
    page = LimitOffset(limit, offset)
    found, total = await entries.get_many_and_count(page, OrderBy("seq", "desc"), count_with_window_function=False)
    return {"total": total, "items": entries.to_schema(found, schema_type=EntryRead).items}


@get("/stats/weekly")
async def get_weekly_stats(db_session: AsyncSession) -> dict:
    now = datetime.now(UTC)
    start = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=7)
    figures = await db_session.execute(
        select(
            func.count().filter(and_(Task.created_at >= start, Task.created_at < end)).label("tasks_created_this_week"),
            func.count()
            .filter(and_(Task.completed_at >= start, Task.completed_at < end))
            .label("tasks_completed_this_week"),
            func.count().filter(Task.is_completed).label("total_completed"),
            func.count().filter(~Task.is_completed).label("total_incomplete"),
            func.count().label("total_tasks"),
        )
    )
    return {**figures.one()._mapping, "week_start": start}


def prepare_sqlite(engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection, _record) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 20000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


config = SQLAlchemyAsyncConfig(
    connection_string=os.environ["BENCH_URL"].replace("://", "+aiosqlite://" if IS_SQLITE else "+asyncpg://"),
    before_send_handler="autocommit",
    session_config=AsyncSessionConfig(expire_on_commit=False),
    create_all=True,
)
if IS_SQLITE:
    prepare_sqlite(config.get_engine().sync_engine)

app = Litestar(
    route_handlers=[
        create_task,
        list_tasks,
        get_task,
        update_task,
        complete_task,
        reopen_task,
        get_history,
        get_weekly_stats,
    ],
    plugins=[SQLAlchemyPlugin(config=config)],
)
