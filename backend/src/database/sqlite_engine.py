"""SQLite's engine: its pragmas, and checks that its files are in place."""

import sqlite3
import time

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from src.database.sqlite_file import BUSY_SECONDS, OpenFiles, SqliteFile, TrackedConnection

WAL_BYTES = 16 * 1024 * 1024
"""The size to which SQLite truncates its write-ahead log."""
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
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "factory": TrackedConnection},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # otherwise the driver issues BEGIN, and only before the first change
        _use_wal(connection)
        connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA query_only = {int(query_only)}")
        record.info[_OPEN_FILES] = file.opened(connection)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if not connection.get_execution_options().get("single_statements"):
            connection.exec_driver_sql(begin)

    _watch_files(engine, file)
    return engine


def _watch_files(engine: Engine, file: SqliteFile) -> None:
    @event.listens_for(engine, "do_connect")
    def require_same(_dialect: object, _record: object, _arguments: object, _options: object) -> None:
        file.require_same()

    @event.listens_for(engine, "checkout")
    def check(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        record.info[_OPEN_FILES].require_in_place()

    event.listen(engine, "checkin", file.returned)
    event.listen(engine, "close", file.closing)
    file.used_by(engine)


def files_of(connection: Connection) -> OpenFiles | None:
    """SQLite's files; None for PostgreSQL."""
    return connection.info.get(_OPEN_FILES)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Retry, since the busy timeout does not apply while another process changes the journal mode."""
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
