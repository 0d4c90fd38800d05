"""Tables locked for long on PostgreSQL, with reads through a transaction-mode pooler."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from src.batching.reader import CONNECTIONS, Reader
from src.database.connection import DatabaseOptions, read_engine, single_statements, snapshots
from src.exceptions.errors import UnavailableError
from src.utils.identifiers import new_id
from tests.conftest import migrate
from tests.databases import PostgresDatabase
from tests.faults.pgbouncer import PgBouncer, pooled
from tests.faults.postgresql import private_postgres
from tests.house import WORKSPACE, together
from tests.integration.test_locked_tables import (
    COUNT,
    LIMITS,
    TIMES,
    connections_left,
    each_execution_mode,
    end_of_a_read,
    locked,
)


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresDatabase]:
    """One on a private server, which a pooler reaches over TCP."""
    with private_postgres() as postgres:
        made = postgres.database()
        asyncio.run(migrate(made))
        yield made


@pytest.fixture(scope="module")
def pooler(database: PostgresDatabase) -> Iterator[PgBouncer]:
    """With a single connection, which all clients share."""
    with pooled(database, 1) as started:
        yield started


@contextmanager
def engine_through(pooler: PgBouncer, timeout: float | None, *, declared: bool = True) -> Iterator[Engine]:
    options = DatabaseOptions.parse(pooler.database.url, directory=Path(), pooler=declared)
    engine = read_engine(options, CONNECTIONS, timeout)
    yield engine
    engine.dispose()


async def test_reads_that_are_given_up_leave_no_connection_at_work(
    database: PostgresDatabase, pooler: PgBouncer
) -> None:
    with engine_through(pooler, None) as engine, engine_through(pooler, None) as probing:
        reader = Reader(engine, probing, LIMITS)
        with locked(database):
            answers = [(await together(reader.task(WORKSPACE, new_id())))[0] for _ in range(TIMES)]
            bounded = await connections_left(database, 1)
        found = await reader.task(WORKSPACE, new_id())
        await reader.close()

    assert [type(answer) for answer in answers] == [UnavailableError] * TIMES
    assert bounded
    assert found is None


@pytest.mark.parametrize(("mode", "stream"), [(single_statements, False), (snapshots, False), (snapshots, True)])
def test_the_server_ends_a_read_that_could_not_be_cancelled(
    database: PostgresDatabase, pooler: PgBouncer, mode: Callable[[Engine], Engine], *, stream: bool
) -> None:
    with engine_through(pooler, 0.2) as engine, locked(database), mode(engine).connect() as connection:
        error = end_of_a_read(connection.execution_options(stream_results=stream))

    assert isinstance(error, psycopg.errors.QueryCanceled)


@each_execution_mode
@pytest.mark.parametrize("declared", [False, True])
def test_other_clients_of_the_pooler_keep_their_own_timeout(
    pooler: PgBouncer, mode: Callable[[Engine], Engine], *, declared: bool
) -> None:
    with engine_through(pooler, 20.0, declared=declared) as engine, mode(engine).connect() as connection:
        connection.execute(COUNT)
        connection.rollback()
        shown = pooler.database.run("SHOW statement_timeout")

    assert shown == [("0",)]
