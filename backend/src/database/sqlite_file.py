"""SQLite's files: private from their first moment, and known again, so that no change goes to files that are gone."""

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
"""The database, its write-ahead log, and the log's index."""

_log = structlog.get_logger(__name__)

_Identity = tuple[int, int] | None


def create_file(path: Path, mode: int) -> None:
    """Make an empty file that nobody else can open meanwhile. Raises OSError, FileExistsError among them.

    SQLite gives the log and its index the mode of the database.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode))


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """The files that one connection has open: while it is, SQLite itself never replaces them."""

    file: "SqliteFile"
    connection: sqlite3.Connection
    identities: tuple[_Identity, ...]

    def require_in_place(self) -> None:
        """Raises DatabaseMovedError where a path leads to another file than ours, or to none.

        SQLite would go on with the open files, and all that it stores would be lost with them.
        """
        found = self.file.identities()
        if found == self.identities and self.file.is_in_place:
            return
        self.file.note_in_place(is_in_place=found == self.identities)
        if found == self.identities:
            return
        if found[0] == self.identities[0] and not self.connection.in_transaction:
            with suppress(sqlite3.Error):  # what was stored is safe in the database, though its log is gone
                self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        raise DatabaseMovedError


class SqliteFile:
    """The file of an engine: the one that is there when the engine is made, and no other that takes its place."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """With `create`, a file is made where there is none; it is not made again when that one is removed."""
        if create:
            with suppress(OSError):  # it is there, or else opening it says what is wrong
                create_file(path, PRIVATE)
        self._path = path
        self._paths = [f"{path}{suffix}" for suffix in SUFFIXES]
        self._identity = _identity(self._paths[0])
        self.is_in_place = True

    @property
    def url(self) -> URL:
        """Opens what is there and makes nothing."""
        return URL.create("sqlite+pysqlite", database=self._path.as_uri(), query={"mode": "rw", "uri": "true"})

    def require_same(self) -> None:
        """Raises DatabaseMovedError where another file is there: before anything is read of it, our log is not its."""
        found = _identity(self._paths[0])
        self._identity = self._identity or found
        if found != self._identity:
            self.note_in_place(is_in_place=False)
            raise DatabaseMovedError

    def opened(self, connection: sqlite3.Connection) -> OpenFiles:
        """To be called when the log is in use."""
        connection.execute("PRAGMA schema_version").fetchone()  # opens it
        return OpenFiles(self, connection, (self._identity, *self.identities()[1:]))

    def identities(self) -> tuple[_Identity, ...]:
        """Which files the paths lead to now."""
        try:
            return tuple([(found.st_dev, found.st_ino) for found in map(os.stat, self._paths)])
        except OSError:
            return tuple(map(_identity, self._paths))

    def log_size(self) -> int:
        try:
            return os.stat(self._paths[1]).st_size  # noqa: PTH116  # as _identity
        except OSError:
            return 0

    def note_in_place(self, *, is_in_place: bool) -> None:
        """Log each change."""
        if is_in_place == self.is_in_place:
            return
        self.is_in_place = is_in_place
        if is_in_place:
            _log.warning("the database's files are back in their place")
        else:
            _log.error(
                "the database's files were moved, removed or replaced: nothing is stored until they are back; "
                "stop the server before you put others in their place"
            )


def sync_folder(path: Path) -> None:
    """Have the names in it survive a crash."""
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
        found = os.stat(path)  # noqa: PTH116  # several times a batch; without making a path of text
    except OSError:
        return None
    return found.st_dev, found.st_ino
