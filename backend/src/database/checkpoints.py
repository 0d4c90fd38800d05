"""Keeping SQLite's write-ahead log short, also while reads overlap."""

import sqlite3
import time

import structlog
from sqlalchemy import Connection

from src.database.sqlite_engine import LOG_BYTES, files_of
from src.database.sqlite_file import BUSY_SECONDS, OpenFiles

WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 1.0
PAUSE = 20
"""So many times as long as it waited in vain, until the next attempt: at most a twentieth of the writer's time."""
MUCH = 10
"""So many times the limit are worth a line in the log."""

_log = structlog.get_logger(__name__)


class Checkpoints:
    """Empties the log between two transactions once it is over its limit.

    SQLite alone writes on behind the last entry of the log as long as any reader uses it, so while reads overlap it
    grows for ever. Here the writer waits a moment for those readers that hold old entries. As soon as all entries are
    in the database, new readers do without the log. The larger the log, the longer the writer waits.
    """

    def __init__(self, limit: int = LOG_BYTES, wait: float = WAIT_SECONDS, pause: float = PAUSE) -> None:
        self._limit = limit
        self._wait = wait
        self._pause = pause
        self._not_before = 0.0

    def run_if_due(self, connection: Connection) -> None:
        """To be called when no transaction has begun."""
        files = files_of(connection)
        if files is None or (size := files.file.log_size()) <= self._limit or time.monotonic() < self._not_before:
            return
        wait = min(self._wait * size / self._limit, LONGEST_WAIT_SECONDS)
        if not _empty(files, wait):
            self._not_before = time.monotonic() + self._pause * wait
            if size > MUCH * self._limit:
                _log.warning("SQLite's log can't be emptied while a reader holds on to it", bytes=size)


def _empty(files: OpenFiles, wait: float) -> bool:
    """Whether it could be done in that time."""
    connection = files.connection
    try:
        connection.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:  # a full disk, say: whether this batch fits in is not decided here
        _log.warning("SQLite's log could not be emptied", cause=error.sqlite_errorname)
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    return not busy
