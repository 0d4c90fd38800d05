"""Tables locked for long on PostgreSQL: reads that time out leave no connection behind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from src.batching.queue import Limits
from src.batching.reader import CONNECTIONS, STATEMENT_TIMEOUT
from src.database.connection import DatabaseOptions, read_engine, single_statements, snapshots
from src.exceptions.errors import UnavailableError
from src.utils.identifiers import new_id
from tests.api_client import running
from tests.databases import PostgresDatabase
from tests.house import House, opened, options_of, together
from tests.integration.test_writer_frozen import connected

pytestmark = pytest.mark.parametrize("server", ["postgresql"], indirect=True)

LIMITS = Limits(request_timeout=1.0, batch_timeout=1.0)
POOL = CONNECTIONS + 2
"""With the writer's and the readiness checks' connections."""
TIMES = 3
"""More connections than a pool and 2, if each time leaves its own."""
LOOKS, LOOK_SECONDS = 6_000, 0.01
LOCK = "LOCK TABLE tasks, task_history, history_head, alembic_version IN ACCESS EXCLUSIVE MODE"
COUNT = text("SELECT count(*) FROM tasks WHERE workspace_id IS NOT NULL")
SHOW = text("SHOW statement_timeout")


@contextmanager
def locked(database: PostgresDatabase) -> Iterator[None]:
    """Lock all tables, in a transaction of another application."""
    with psycopg.connect(database.url) as connection:
        connection.execute(LOCK)
        yield
        connection.rollback()


async def connections_left(database: PostgresDatabase, at_most: int) -> bool:
    """Wait until there are at most so many, since ended ones leave with a delay."""
    for _ in range(LOOKS):
        if len(connected(database)) <= at_most:
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


READS: dict[str, Callable[[House], Awaitable[object]]] = {
    "tasks by id": lambda house: house.reader.task(house.workspace, new_id()),
    "lists": lambda house: house.tasks.get_all_tasks(),
    "the feed": lambda house: house.history.get_changes(0, 10),
    "slices": lambda house: house.history.verify(),
    "readiness": lambda house: house.reader.require_ready(house.workspace),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_reads_that_are_given_up_leave_no_connection(
    database: PostgresDatabase, read: Callable[[House], Awaitable[object]]
) -> None:
    async with opened(database, reads=LIMITS) as house:
        with locked(database):
            answers = [(await together(read(house)))[0] for _ in range(TIMES)]
            all_gone = await connections_left(database, 0)

        await read(house)

    assert [type(answer) for answer in answers] == [UnavailableError] * TIMES
    assert all_gone


async def test_reads_and_writes_that_are_given_up_keep_at_most_two_connections_beyond_the_pool(
    database: PostgresDatabase,
) -> None:
    async with opened(database, LIMITS, LIMITS) as house:
        with locked(database):
            bounded = []
            for _ in range(TIMES):
                await together(house.tasks.create_task("Milk"), *(read(house) for read in READS.values()))
                bounded.append(await connections_left(database, POOL + 2))

        all_served = await together(house.tasks.create_task("Milk"), *(read(house) for read in READS.values()))

    assert bounded == [True] * TIMES
    assert [answer for answer in all_served if isinstance(answer, Exception)] == []


EXECUTION_MODES = {"single statements": single_statements, "snapshots": snapshots}
each_execution_mode = pytest.mark.parametrize("mode", EXECUTION_MODES.values(), ids=EXECUTION_MODES)


def end_of_a_read(connection: Connection) -> BaseException | None:
    """The driver's error for a read of a locked table."""
    with pytest.raises(DBAPIError) as ended:
        connection.execute(COUNT)
    return ended.value.orig


@each_execution_mode
def test_the_server_ends_a_read_that_could_not_be_cancelled(
    database: PostgresDatabase, mode: Callable[[Engine], Engine]
) -> None:
    engine = read_engine(options_of(database), 1, statement_timeout=0.2)

    with locked(database), mode(engine).connect() as connection:
        error = end_of_a_read(connection)
    engine.dispose()

    assert isinstance(error, psycopg.errors.QueryCanceled)


@each_execution_mode
@pytest.mark.parametrize(("of_role", "effective"), [("0", "20s"), ("5s", "5s"), ("1h", "20s")])
def test_a_shorter_timeout_of_the_role_applies(
    database: PostgresDatabase, mode: Callable[[Engine], Engine], of_role: str, effective: str
) -> None:
    options = options_of(database)
    role = options.url.update_query_dict({"options": f"-c statement_timeout={of_role}"})
    engines = [read_engine(DatabaseOptions(role, pooler), 1, statement_timeout=20.0) for pooler in (False, True)]

    shown = []
    for engine in engines:
        with mode(engine).connect() as connection:
            shown.append(connection.scalar(SHOW))
        engine.dispose()

    assert shown == [effective] * 2


async def test_the_application_s_reads_have_a_timeout_longer_than_ours(app: FastAPI) -> None:
    def shown(connection: Connection) -> object:
        return connection.scalar(SHOW)

    async with running(app):
        timeout = await app.state.reader.ask(shown)

    assert timeout == f"{STATEMENT_TIMEOUT:.0f}s"
    assert Limits().batch_timeout < STATEMENT_TIMEOUT
