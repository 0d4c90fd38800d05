"""Copies of SQLite's database: written to a private temporary file, then moved to their path atomically."""

import fcntl
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from types import FrameType

from src.database.sqlite_file import PRIVATE, SUFFIXES, create_file, sync_file, sync_folder
from src.exceptions.errors import CommandFailedError

MAGIC = b"SQLite format 3\0"
PROGRESS_STEPS = 10_000
"""Steps of SQLite's virtual machine between two checks for signals."""
SHARED_LOCK = 0x40000002, 510
"""Offset and length of the bytes that every user of a database locks (SQLite's file format, 1.3)."""
NOT_WRITTEN = "it could not be written; is the disk full, or the folder not writable?"
DAMAGED = "it is not a database, or it is damaged"
STOPPED = "it was stopped"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def copied(source: Path, target: Path, like: Path) -> Iterator[Path]:
    """Make a consistent copy beside `target`, with mode and owner of `like`.

    `put` moves it to `target`; otherwise it is deleted at the end. Raises CommandFailedError.
    """
    copy = target.with_name(f".{target.stem}-{token_hex(4)}.part")
    with ExitStack() as cleaning, command_errors():
        cleaning.callback(_remove, copy)  # before it exists: a signal may come at any time
        create_file(copy, PRIVATE)
        with opened_to_read(source, is_shared=source == like) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        _copy_owner_and_mode(copy, like)
        yield copy


def put(copy: Path, target: Path) -> None:
    """Move the copy to `target`, atomically and durably."""
    sync_file(copy)
    copy.rename(target)
    sync_folder(target.parent)


@contextmanager
def opened_to_read(path: Path, *, is_shared: bool = False) -> Iterator[sqlite3.Connection]:
    """Open without creating files beside it, which may be on a read-only disk, unless others may write to it."""
    has_no_log = not any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal"))
    with closing(_connect(path, "mode=ro&immutable=1" if has_no_log and not is_shared else "mode=rw")) as connection:
        yield connection


@contextmanager
def exclusively_locked(path: Path) -> Iterator[None]:
    """Lock a database, which may be damaged, exclusively. Raises CommandFailedError if it is in use."""
    _merge_log(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        start, length = SHARED_LOCK
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        yield
    except BlockingIOError:
        raise CommandFailedError("the database is in use; stop the server first") from None
    finally:
        os.close(descriptor)


def replace_database(copy: Path, target: Path, kept: Path) -> None:
    """Replace a database by a copy and keep the old one, with its log, as `kept`. A failure changes nothing.

    A log left behind would be applied to the new database and destroy it.
    """
    with _signals_blocked(), ExitStack() as undoing:
        for suffix in (*SUFFIXES[1:], "-journal"):
            beside = Path(f"{target}{suffix}")
            if beside.exists():
                undoing.callback(beside.rename(f"{kept}{suffix}").rename, beside)
        if target.exists():
            undoing.callback(_keep(target, kept).replace, target)
        put(copy, target)
        undoing.pop_all()


def _keep(target: Path, kept: Path) -> Path:
    """As a hard link if the file system has them, so that there is always a database at its path."""
    try:
        kept.hardlink_to(target)
    except OSError:
        target.rename(kept)
    return kept


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Deliver them afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise CommandFailedError on signals that end a program, so that temporary files are deleted."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise CommandFailedError(STOPPED)

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def command_errors() -> Iterator[None]:
    """Turn errors of SQLite and the system into CommandFailedError."""
    try:
        yield
    except sqlite3.Error as error:
        sentences = {sqlite3.SQLITE_INTERRUPT: STOPPED, sqlite3.SQLITE_NOTADB: DAMAGED, sqlite3.SQLITE_CORRUPT: DAMAGED}
        raise CommandFailedError(sentences.get(error.sqlite_errorcode & 0xFF, NOT_WRITTEN)) from None
    except OSError:
        raise CommandFailedError(NOT_WRITTEN) from None


def _connect(path: Path, parameters: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?{parameters}", uri=True, isolation_level=None)
    connection.set_progress_handler(
        lambda: 0, PROGRESS_STEPS
    )  # lets Python run signal handlers, whose error ends the statement
    return connection


def _merge_log(path: Path) -> None:
    """Merge the log into the database, if that is unused. A file that is no database is left alone."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return
    with suppress(sqlite3.Error), closing(_connect(path, "mode=rw")) as connection:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")


def _copy_owner_and_mode(copy: Path, like: Path) -> None:
    if not like.exists():
        return
    found = like.stat()
    with suppress(PermissionError):  # only root may give files away
        os.chown(copy, found.st_uid, found.st_gid)
    copy.chmod(found.st_mode & (0o777 if copy.stat().st_gid == found.st_gid else 0o707))


def _remove(copy: Path) -> None:
    for suffix in (*SUFFIXES, "-journal"):
        Path(f"{copy}{suffix}").unlink(missing_ok=True)
