"""The ways in which a PostgreSQL is not there: each context is one outage, at whose end it is there again."""

import socket
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from typing import Any, LiteralString

import psycopg

from tests.broken_databases import frozen
from tests.databases import PostgresDatabase
from tests.faults.postgresql import PrivatePostgres

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
    """Put something in its place that takes connections and says nothing."""
    server.stop()
    with socket.create_server(("127.0.0.1", server.port), backlog=1_000):
        yield
    server.start()


@contextmanager
def full(server: PrivatePostgres, database: PostgresDatabase) -> Iterator[None]:
    """Let others take every connection there is for roles like ours, ours too."""
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
    """Connect, as soon as there is a place; the application tries to be faster."""
    while True:
        try:
            return psycopg.connect(database.url)
        except psycopg.OperationalError:
            server.run(TURN_OUT)


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
    """Bring it about and end it without keeping the event loop from its other work."""
    await to_thread(outage.__enter__)
    try:
        yield
    finally:
        await to_thread(outage.__exit__, None, None, None)
