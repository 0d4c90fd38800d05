"""SQLite's engine: its pragmas, and the files that it must not lose."""

import sqlite3
import time

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from src.database.sqlite_file import BUSY_SECONDS, OpenFiles, SqliteFile

LOG_BYTES = 16 * 1024 * 1024
"""What SQLite's write-ahead log may keep on the disk once it is empty."""
WAL_RETRY_SECONDS = 0.02
WAL_RETRIES = 250
_OPEN_FILES = "open files"


def sqlite_engine(file: SqliteFile, *, begin: str, connections: int = 1, query_only: bool = False) -> Engine:
    engine = create_engine(
        file.url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=connections,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def require_same(_dialect: object, _record: object, _arguments: object, _options: object) -> None:
        file.require_same()

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin when we say so, not before the first change
        _use_wal(connection)
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA query_only = {int(query_only)}")
        record.info[_OPEN_FILES] = file.opened(connection)

    @event.listens_for(engine, "checkout")
    def check(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        record.info[_OPEN_FILES].require_in_place()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if not connection.get_execution_options().get("single_statements"):
            connection.exec_driver_sql(begin)

    return engine


def files_of(connection: Connection) -> OpenFiles | None:
    """None for PostgreSQL."""
    return connection.info.get(_OPEN_FILES)


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait where another process is changing the journal's mode, as when several start at once."""
    for wait in [WAL_RETRY_SECONDS] * WAL_RETRIES + [None]:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if wait is None or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(wait)
        else:
            return
