"""Outages of PostgreSQL, as contexts at whose end it is available again."""

import socket
from asyncio import create_task, shield, to_thread
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any, LiteralString

import psycopg

from tests.broken_databases import frozen
from tests.databases import PostgresDatabase
from tests.faults.postgresql import LOOKS, PrivatePostgres

Outage = Callable[[PrivatePostgres, PostgresDatabase], AbstractContextManager[None]]


@contextmanager
def stopped(server: PrivatePostgres, _database: PostgresDatabase) -> Iterator[None]:
    server.stop()
    yield
    server.start()


@contextmanager
def crashed(server: PrivatePostgres, _database: PostgresDatabase) -> Iterator[None]:
    server.stop("immediate")
    yield
    server.start()


@contextmanager
def standing_still(server: PrivatePostgres, _database: PostgresDatabase) -> Iterator[None]:
    with frozen(server.processes()):
        yield


@contextmanager
def closed(_server: PrivatePostgres, database: PostgresDatabase) -> Iterator[None]:
    database.shut()
    yield
    database.open()


@contextmanager
def silent(server: PrivatePostgres, _database: PostgresDatabase) -> Iterator[None]:
    """Replace it by a socket that accepts connections and never responds."""
    server.stop()
    with socket.create_server(("127.0.0.1", server.port), backlog=1_000):
        yield
    server.start()


@contextmanager
def full(server: PrivatePostgres, database: PostgresDatabase) -> Iterator[None]:
    """Take every connection that is available to ordinary roles."""
    ((places,),) = server.run(PLACES)
    with ExitStack() as others:
        for _ in range(int(str(places))):
            others.enter_context(_a_place(server, database))
        yield


PLACES: LiteralString = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - current_setting('reserved_connections')::int
"""
TURN_OUT: LiteralString = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tasktrail'"


def _a_place(server: PrivatePostgres, database: PostgresDatabase) -> psycopg.Connection[Any]:
    """Connect as soon as a connection is available, in competition with the application."""
    for _ in range(LOOKS):
        with suppress(psycopg.OperationalError):
            return psycopg.connect(database.url)
        server.run(TURN_OUT)
    raise AssertionError(server.run("SELECT application_name, state FROM pg_stat_activity"))


OUTAGES: dict[str, Outage] = {
    "stopped": stopped,
    "crashed": crashed,
    "frozen": standing_still,
    "refusing": closed,
    "silent": silent,
    "full": full,
}


@asynccontextmanager
async def suffering(outage: AbstractContextManager[None]) -> AsyncIterator[None]:
    """Enter and leave the outage without blocking the event loop."""
    entering = create_task(to_thread(outage.__enter__))  # a thread can't be cancelled, so it must be awaited
    try:
        await shield(entering)
        yield
    finally:
        await entering
        await to_thread(outage.__exit__, None, None, None)
