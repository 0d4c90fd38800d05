"""Engines: pools, connection options and isolation levels."""

import contextlib
import os
import socket
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import structlog
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    NullPool,
    QueuePool,
    create_engine,
    event,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from src.database.address import check_hosts, hosts_of, read_url
from src.database.parameters import check_parts, check_postgresql, check_sqlite, check_text
from src.database.session import CLIENT_ENCODING, limit_statements, pin_startup
from src.database.sqlite_engine import sqlite_engine
from src.database.sqlite_file import SqliteFile
from src.exceptions.errors import StartError

_log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5
CANCEL_SECONDS = 2


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """The database's URL, and whether it leads to a transaction-mode pooler."""

    url: URL
    pooler: bool = False

    @classmethod
    def parse(cls, text: str, *, directory: Path, pooler: bool = False) -> "DatabaseOptions":
        """Parse a URL as hosting providers give it; a relative SQLite path is relative to `directory`.

        Raises StartError, which never shows the URL, since it may contain a password.
        """
        check_text(text)
        try:
            url = read_url(text)
            check_parts(url)
            if url.get_backend_name() in {"postgres", "postgresql"}:
                return cls._of_postgresql(url.set(drivername="postgresql+psycopg"), pooler)
        except (ArgumentError, ValueError):  # their messages quote the URL
            raise StartError("DATABASE_URL: must be a URL such as sqlite:///./tasks.db or postgresql://…") from None
        if url.get_backend_name() == "sqlite":
            return cls(_sqlite_url(url, directory))
        raise StartError("DATABASE_URL: must begin with sqlite:// or postgresql://")

    @classmethod
    def _of_postgresql(cls, url: URL, pooler: bool) -> "DatabaseOptions":  # noqa: FBT001  # as given to parse
        check_postgresql(url)
        check_hosts(url)
        return cls(url, pooler or any(host.split(".")[0].endswith("-pooler") for host in hosts_of(url)))

    @property
    def sqlite_file(self) -> Path | None:
        return Path(self.url.database or "") if self.url.get_backend_name() == "sqlite" else None


def _sqlite_url(url: URL, directory: Path) -> URL:
    check_sqlite(url)
    if not url.database or url.database == ":memory:":
        raise StartError("DATABASE_URL: SQLite needs a file, such as sqlite:///./tasks.db")
    path = (directory / url.database).resolve()
    if not path.parent.is_dir():
        raise StartError("DATABASE_URL: the folder of the SQLite file does not exist")
    return URL.create("sqlite+pysqlite", database=str(path))


def write_engine(options: DatabaseOptions) -> Engine:
    """For the writer. On SQLite its transactions take the write lock at BEGIN."""
    if options.sqlite_file:
        return sqlite_engine(SqliteFile.shared(options.sqlite_file, create=True), begin="BEGIN IMMEDIATE")
    return _postgresql_engine(options)


def read_engine(options: DatabaseOptions, connections: int, statement_timeout: float | None = None) -> Engine:
    """Read-only. Use it through `snapshots` or `single_statements`, which share its pool.

    `statement_timeout`, in seconds, is PostgreSQL's own. SQLite's statements end when they are interrupted.
    """
    if options.sqlite_file:
        file = SqliteFile.shared(options.sqlite_file)
        return sqlite_engine(file, begin="BEGIN", connections=connections, query_only=True)
    engine = _postgresql_engine(options, connections=connections)
    if statement_timeout:
        limit_statements(engine, statement_timeout, pooler=options.pooler)
    return engine


def snapshots(engine: Engine) -> Engine:
    """Transactions that read one snapshot."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def single_statements(engine: Engine) -> Engine:
    """Autocommit: each statement reads a snapshot of its own, without BEGIN and ROLLBACK.

    `engine` must have no execution options, since those would be applied last.
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(single_statements=True)
    return engine.execution_options(isolation_level="AUTOCOMMIT", postgresql_readonly=True)


def _postgresql_engine(options: DatabaseOptions, *, connections: int = 1) -> Engine:
    pool: dict[str, Any] = (
        {"poolclass": NullPool}
        if options.pooler
        else {
            "poolclass": QueuePool,
            "pool_size": connections,
            "max_overflow": connections,
            "pool_pre_ping": True,
        }
    )
    pin_startup()
    defaults: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": "tasktrail"}
    engine = create_engine(
        options.url,
        **pool,
        isolation_level="READ COMMITTED",  # a batch must see the previous one, whatever the role's default
        skip_autocommit_rollback=True,
        hide_parameters=True,
        connect_args={name: value for name, value in defaults.items() if name not in options.url.query}
        | {
            "client_encoding": CLIENT_ENCODING,
            "prepare_threshold": None if options.pooler else 5,
        },
    )
    event.listen(engine, "handle_error", _invalidate_standby)
    return engine


def _invalidate_standby(context: ExceptionContext) -> None:
    """Drop pooled connections to a server that has become read-only; a new connection may reach the primary."""
    if isinstance(context.original_exception, psycopg.errors.ReadOnlySqlTransaction):
        context.is_disconnect = True


def in_transaction(connection: Connection) -> bool:
    """Whether COMMIT would commit: after an error, PostgreSQL silently rolls back instead."""
    driver = connection.connection.driver_connection
    if isinstance(driver, psycopg.Connection):
        return driver.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    return isinstance(driver, sqlite3.Connection) and driver.in_transaction


def abandon(connection: Connection) -> None:
    """Make a thread that hangs in this connection's driver return with an error. Called from another thread.

    PostgreSQL does not notice a closed connection while it waits for a lock, so a read is cancelled first. A write is
    not, since that would also end a commit's wait for a standby; its own `statement_timeout` ends its waits.
    """
    with contextlib.suppress(
        OSError, psycopg.Error, sqlite3.Error, SQLAlchemyError
    ):  # the connection may just be closing
        driver = connection.connection.driver_connection
        if isinstance(driver, psycopg.Connection):
            with socket.socket(fileno=os.dup(driver.fileno())) as duplicate:
                if connection.get_execution_options().get("postgresql_readonly"):
                    _cancel(driver)
                duplicate.shutdown(socket.SHUT_RDWR)
        elif isinstance(driver, sqlite3.Connection):
            driver.interrupt()


def _cancel(driver: psycopg.Connection) -> None:
    """If the server is not reached, `statement_timeout` ends the statement."""
    with contextlib.suppress(OSError, psycopg.Error):
        driver.cancel_safe(timeout=CANCEL_SECONDS)
