"""SQLite's files: created private, and identified by inode, so that no write goes to deleted files."""

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from weakref import WeakSet, WeakValueDictionary

import structlog
from sqlalchemy import URL, Engine

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


class TrackedConnection(sqlite3.Connection):
    """One that a WeakSet can hold."""


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
        if found[0] == self.identities[0] and found != self.identities:
            self.file.lose_wal()
        self.file.note_in_place(is_in_place=found == self.identities)
        if found != self.identities:
            raise DatabaseMovedError


class SqliteFile:
    """The database file of all engines of a process: the one at the path when the first was created, not a later one.

    If its WAL is removed, committed changes may be only in the removed file, which lives as long as a connection has it
    open. A connection with a new WAL would use the same index, and either would destroy what the other wrote. So one
    idle connection keeps the files open; after a loss no other is used or opened until all have been closed and that
    one has brought every change into the database.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """`create` a file if there is none, now but not later."""
        if create:
            with suppress(OSError):  # it exists, or opening it will report the error
                create_file(path, PRIVATE)
        self._path = path
        self._paths = [f"{path}{suffix}" for suffix in SUFFIXES]
        self.identity = _identity(self._paths[0])
        self.is_in_place = True
        self._lock = RLock()
        self._connections = WeakSet[sqlite3.Connection]()
        self._keeper: OpenFiles | None = None
        self._has_lost_wal = False
        self._engines = WeakSet[Engine]()

    @classmethod
    def shared(cls, path: Path, *, create: bool = False) -> "SqliteFile":
        """The one that other engines of this process use, as long as the same file is at the path."""
        file = _FILES.get(path)
        if file is None or file.identities()[0] != file.identity:
            file = _FILES[path] = cls(path, create=create)
        return file

    @property
    def url(self) -> URL:
        """Opens an existing file and never creates one."""
        return URL.create("sqlite+pysqlite", database=self._path.as_uri(), query={"mode": "rw", "uri": "true"})

    def used_by(self, engine: Engine) -> None:
        self._engines.add(engine)

    def require_same(self) -> None:
        """Call it before a connection is opened. Raises DatabaseMovedError.

        Either another file is there, to which SQLite would apply our WAL, or the WAL is lost and not yet recovered.
        """
        found = _identity(self._paths[0])
        self.identity = self.identity or found
        if found != self.identity:
            self.note_in_place(is_in_place=False)
            raise DatabaseMovedError
        if self._keeper and self.identities() != self._keeper.identities:
            self.lose_wal()
        if self._has_lost_wal and not self._recover():
            raise DatabaseMovedError

    def opened(self, connection: sqlite3.Connection) -> OpenFiles:
        """Call it once the WAL mode is on."""
        with self._lock:
            self._keeper = self._keeper or self._open(
                sqlite3.connect(f"{self._path.as_uri()}?mode=rw", uri=True, check_same_thread=False)
            )
            self._connections.add(connection)
            return self._open(connection)

    def _open(self, connection: sqlite3.Connection) -> OpenFiles:
        connection.execute("PRAGMA schema_version").fetchone()  # opens the WAL
        return OpenFiles(self, connection, (self.identity, *self.identities()[1:]))

    def returned(self, connection: sqlite3.Connection | None, _record: object) -> None:
        """Listens for `checkin`."""
        if self._has_lost_wal and connection is not None:
            connection.close()

    def closing(self, connection: sqlite3.Connection, _record: object) -> None:
        """Listens for `close`, so that the last connection removes the WAL."""
        with self._lock:
            self._connections.discard(connection)
            if self._keeper and not self._has_lost_wal and not any(map(_is_open, self._connections)):
                self._keeper.connection.close()
                self._keeper = None

    def lose_wal(self) -> None:
        """Close all connections that are not in use, the others when they are returned, and save what can be saved."""
        with self._lock:
            was_lost, self._has_lost_wal = self._has_lost_wal, True
        if not was_lost:
            for engine in list(self._engines):
                engine.dispose()
            self._recover()

    def _recover(self) -> bool:
        """Whether every committed change is in the database, and no connection has the removed WAL open."""
        with self._lock, suppress(sqlite3.Error):
            if self._has_lost_wal and self._keeper:
                busy, frames, stored = self._keeper.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                if busy or frames != stored or any(map(_is_open, self._connections)):
                    return False
                self._keeper.connection.close()
                self._keeper, self._has_lost_wal, self.is_in_place = None, False, True
                _log.warning("recovered: all changes of the removed -wal file are in the database")
            return True
        return False

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
                "the database's files were moved, removed or replaced: requests fail until they are back; if only the "
                "-wal or -shm file is missing, keep the server running until the log says that it has recovered; "
                "otherwise stop the server before replacing them"
            )


_FILES = WeakValueDictionary[Path, SqliteFile]()


def _is_open(connection: sqlite3.Connection) -> bool:
    try:
        return connection.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False


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
