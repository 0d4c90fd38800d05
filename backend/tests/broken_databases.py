"""Databases that fail, with real errors of drivers and servers."""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, LiteralString

import psycopg
from sqlalchemy import Engine, event

from tests.databases import Database, PostgresDatabase, SqliteDatabase

Commit = Callable[[Callable[[], None]], None]

RAISE: LiteralString = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
TERMINATE: LiteralString = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
"""
AT_COMMIT = """
    CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON tasks DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.title = 'Guilty') EXECUTE FUNCTION refuse()
"""
AT_INSERT = """
    CREATE TRIGGER refusing AFTER INSERT ON tasks
    FOR EACH ROW WHEN (NEW.title = 'Guilty') EXECUTE FUNCTION refuse()
"""
ON_SQLITE = """
    CREATE TRIGGER refusing AFTER INSERT ON tasks WHEN NEW.title = 'Guilty'
    BEGIN SELECT RAISE(ABORT, 'refused'); END
"""


def refuse_guilty(database: Database) -> None:
    """Make the database reject tasks with this title, which is valid input."""
    if isinstance(database, PostgresDatabase):
        database.run(RAISE)
        database.run(AT_INSERT)
    else:
        database.run(ON_SQLITE)


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Hold the lock that a batch needs, as another process might."""
    if isinstance(database, PostgresDatabase):
        with psycopg.connect(database.url) as holder:
            holder.execute("SELECT * FROM history_head FOR UPDATE")
            yield
    elif isinstance(database, SqliteDatabase):
        with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")


@contextmanager
def frozen(pids: Iterable[int]) -> Iterator[None]:
    """Stop (SIGSTOP) these processes of a server that the tests started, and continue them at the end."""
    with ExitStack() as thaw:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
            thaw.callback(os.kill, pid, signal.SIGCONT)
        yield


def driver_error(engine: Engine) -> Exception:
    """The error that the driver raises when the connection or the disk is gone."""
    if engine.dialect.name == "sqlite":
        return sqlite3.OperationalError("disk I/O error")
    return psycopg.OperationalError("server closed the connection unexpectedly")


def full_disk() -> Exception:
    """The error that SQLite raises when a page does not fit into its WAL."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
    return error


def break_commits(engine: Engine, *, after: bool, times: int = 1, error: Exception | None = None) -> list[str]:
    """Make the driver's next commits raise, before or after committing; return the log of all commits."""
    log: list[str] = []

    def commit(original: Callable[[], None]) -> None:
        log.append("commit")
        if len(log) > times:
            original()
            return
        if after:
            original()
        raise error or driver_error(engine)

    class SqliteConnection(sqlite3.Connection):
        def commit(self) -> None:
            commit(super().commit)

    class PostgresConnection(psycopg.Connection[Any]):
        def commit(self) -> None:
            commit(super().commit)

    def connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> object:
        if engine.dialect.name == "postgresql":
            return PostgresConnection.connect(*arguments, **options)
        return sqlite3.connect(*arguments, **options | {"factory": SqliteConnection})

    event.listen(engine, "do_connect", connect)
    return log
