"""SQLite's files: created private, and identified by inode, so that no write goes to deleted files."""

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import URL

from src.exceptions.errors import DatabaseMovedError

BUSY_SECONDS = 10
PRIVATE = 0o600
SUFFIXES = ("", "-wal", "-shm")
"""The database, its write-ahead log (WAL), and the WAL's index."""

_log = structlog.get_logger(__name__)

_Identity = tuple[int, int] | None


def create_file(path: Path, mode: int) -> None:
    """Create an empty file with this mode, which SQLite also gives the WAL. Raises OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode))


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """The files that a connection has open; SQLite never replaces them while it is."""

    file: "SqliteFile"
    connection: sqlite3.Connection
    identities: tuple[_Identity, ...]

    def require_in_place(self) -> None:
        """Raises DatabaseMovedError if a file was moved, removed or replaced.

        SQLite would continue with the open files, and everything written would be lost with them.
        """
        found = self.file.identities()
        if found == self.identities and self.file.is_in_place:
            return
        self.file.note_in_place(is_in_place=found == self.identities)
        if found == self.identities:
            return
        if found[0] == self.identities[0] and not self.connection.in_transaction:
            with suppress(sqlite3.Error):  # saves committed changes whose WAL was removed
                self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        raise DatabaseMovedError


class SqliteFile:
    """The database file of an engine: the one at the path when the engine was created, not a later one."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """`create` a file if there is none, now but not later."""
        if create:
            with suppress(OSError):  # it exists, or opening it will report the error
                create_file(path, PRIVATE)
        self._path = path
        self._paths = [f"{path}{suffix}" for suffix in SUFFIXES]
        self._identity = _identity(self._paths[0])
        self.is_in_place = True

    @property
    def url(self) -> URL:
        """Opens an existing file and never creates one."""
        return URL.create("sqlite+pysqlite", database=self._path.as_uri(), query={"mode": "rw", "uri": "true"})

    def require_same(self) -> None:
        """Raises DatabaseMovedError if there is another file, before SQLite applies our WAL to it."""
        found = _identity(self._paths[0])
        self._identity = self._identity or found
        if found != self._identity:
            self.note_in_place(is_in_place=False)
            raise DatabaseMovedError

    def opened(self, connection: sqlite3.Connection) -> OpenFiles:
        """Call it once the WAL mode is on."""
        connection.execute("PRAGMA schema_version").fetchone()  # opens the WAL
        return OpenFiles(self, connection, (self._identity, *self.identities()[1:]))

    def identities(self) -> tuple[_Identity, ...]:
        """The files that are at the paths now."""
        try:
            return tuple([(found.st_dev, found.st_ino) for found in map(os.stat, self._paths)])
        except OSError:
            return tuple(map(_identity, self._paths))

    def wal_size(self) -> int:
        try:
            return os.stat(self._paths[1]).st_size  # noqa: PTH116  # as _identity
        except OSError:
            return 0

    def note_in_place(self, *, is_in_place: bool) -> None:
        """Log a change of this state."""
        if is_in_place == self.is_in_place:
            return
        self.is_in_place = is_in_place
        if is_in_place:
            _log.warning("the database's files are back in their place")
        else:
            _log.error(
                "the database's files were moved, removed or replaced: requests fail until they are back; "
                "stop the server before replacing them"
            )


def sync_folder(path: Path) -> None:
    """Make its directory entries durable."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _identity(path: str) -> _Identity:
    try:
        found = os.stat(path)  # noqa: PTH116  # called several times a batch; a Path would be slower
    except OSError:
        return None
    return found.st_dev, found.st_ino
