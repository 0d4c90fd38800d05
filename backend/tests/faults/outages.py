"""The ways in which a PostgreSQL is not there: each context is one outage, at whose end it is there again."""

import socket
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager

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
    """Let others take every connection, those of the application too."""
    with ExitStack() as others:
        _take_all(database, others)
        while server.connections():
            server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tasktrail'")
            _take_all(database, others)
        yield


def _take_all(database: PostgresDatabase, others: ExitStack) -> None:
    while True:
        try:
            others.enter_context(psycopg.connect(database.url))
        except psycopg.OperationalError:
            return


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
