"""Checkpoints that keep SQLite's write-ahead log (WAL) short, also under overlapping reads."""

import sqlite3
import time

import structlog
from sqlalchemy import Connection

from src.database.sqlite_engine import WAL_BYTES, files_of
from src.database.sqlite_file import BUSY_SECONDS, OpenFiles

WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 1.0
BACKOFF = 20
"""The pause after a failed attempt, as a multiple of its wait: at most a twentieth of the writer's time is lost."""
WARNING_FACTOR = 10
"""A WAL this many times the limit is logged."""

_log = structlog.get_logger(__name__)


class Checkpoints:
    """Truncates the WAL between two transactions once it exceeds its limit.

    SQLite's automatic checkpoints can't reset a WAL that any reader uses, so under overlapping reads it grows without
    bound. Here the writer waits briefly for readers of old snapshots; the larger the WAL, the longer it waits.
    """

    def __init__(self, limit: int = WAL_BYTES, wait: float = WAIT_SECONDS, backoff: float = BACKOFF) -> None:
        self._limit = limit
        self._wait = wait
        self._backoff = backoff
        self._next_attempt_at = 0.0

    def run_if_due(self, connection: Connection) -> None:
        """Call it outside of transactions."""
        files = files_of(connection)
        if files is None or (size := files.file.wal_size()) <= self._limit or time.monotonic() < self._next_attempt_at:
            return
        wait = min(self._wait * size / self._limit, LONGEST_WAIT_SECONDS)
        if not _truncate(files, wait):
            self._next_attempt_at = time.monotonic() + self._backoff * wait
            if size > WARNING_FACTOR * self._limit:
                _log.warning("SQLite's WAL can't be truncated while a reader uses it", bytes=size)


def _truncate(files: OpenFiles, wait: float) -> bool:
    """Return whether it succeeded within `wait` seconds."""
    connection = files.connection
    try:
        connection.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:  # such as a full disk, which the next transaction will report itself
        _log.warning("checkpoint of SQLite's WAL failed", cause=error.sqlite_errorname)
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    return not busy
