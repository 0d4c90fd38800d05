"""Copies of SQLite's database: written beside their place, private meanwhile, and put there whole or not at all."""

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
STEPS = 10_000
"""So many of SQLite's steps until a signal is heard."""
LOCK_BYTES = 0x40000002, 510
"""Where whoever uses a database holds a lock, and for a log as long as it is open: SQLite's file format, 1.3."""
NOT_WRITTEN = "it could not be written; is the disk full, or the folder not ours?"
DAMAGED = "it is no database, or a damaged one"
STOPPED = "it was stopped"
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def copied(source: Path, target: Path, like: Path) -> Iterator[Path]:
    """A consistent copy of a database, beside its place, with mode and owner of `like`.

    `put` brings it there; whatever else happens, nothing stays. Raises CommandFailedError.
    """
    copy = target.with_name(f".{target.stem}-{token_hex(4)}.part")
    with ExitStack() as cleaning, command_errors():
        cleaning.callback(_remove, copy)  # first: a signal may come at any time
        create_file(copy, PRIVATE)
        with opened_to_read(source, is_shared=source == like) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        _take_after(copy, like)
        yield copy


def put(copy: Path, target: Path) -> None:
    """Atomically, and so that a crash does not undo it."""
    sync_file(copy)
    copy.rename(target)
    sync_folder(target.parent)


@contextmanager
def opened_to_read(path: Path, *, is_shared: bool = False) -> Iterator[sqlite3.Connection]:
    """Unless others may write to it, leave nothing beside it: it may be on a disk that can't be written."""
    is_whole = not any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal"))
    with closing(_connect(path, "mode=ro&immutable=1" if is_whole and not is_shared else "mode=rw")) as connection:
        yield connection


@contextmanager
def out_of_use(path: Path) -> Iterator[None]:
    """Keep everybody out of a database, which may be damaged. Raises CommandFailedError where somebody uses it."""
    _empty_log(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        start, length = LOCK_BYTES
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        yield
    except BlockingIOError:
        raise CommandFailedError("the database is in use; stop the server first") from None
    finally:
        os.close(descriptor)


def replace_database(copy: Path, target: Path, kept: Path) -> None:
    """Put a copy in the place of a database, and keep that one, with its log if it has one, under another name.

    A log that stayed would be read as the new one's and destroy it. If this fails, all is as it was.
    """
    with _signals_held(), ExitStack() as undoing:
        for suffix in (*SUFFIXES[1:], "-journal"):
            beside = Path(f"{target}{suffix}")
            if beside.exists():
                undoing.callback(beside.rename(f"{kept}{suffix}").rename, beside)
        if target.exists():
            undoing.callback(_keep(target, kept).replace, target)
        put(copy, target)
        undoing.pop_all()


def _keep(target: Path, kept: Path) -> Path:
    """Under both names, where the disk can do that: then there is no moment without a database."""
    try:
        kept.hardlink_to(target)
    except OSError:
        target.rename(kept)
    return kept


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hear of them afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Have signals that end a program raise CommandFailedError, so that nothing stays of what it was making."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise CommandFailedError(STOPPED)

    before = {number: signal.signal(number, stop) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def command_errors() -> Iterator[None]:
    """Raises CommandFailedError for what SQLite or the system refuse."""
    try:
        yield
    except sqlite3.Error as error:
        sentences = {sqlite3.SQLITE_INTERRUPT: STOPPED, sqlite3.SQLITE_NOTADB: DAMAGED, sqlite3.SQLITE_CORRUPT: DAMAGED}
        raise CommandFailedError(sentences.get(error.sqlite_errorcode & 0xFF, NOT_WRITTEN)) from None
    except OSError:
        raise CommandFailedError(NOT_WRITTEN) from None


def _connect(path: Path, parameters: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?{parameters}", uri=True, isolation_level=None)
    connection.set_progress_handler(lambda: 0, STEPS)  # Python hears of signals here, and a handler's error ends it
    return connection


def _empty_log(path: Path) -> None:
    """Where nobody uses the database: then it is whole without its log. What is no database keeps what is beside it."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return
    with suppress(sqlite3.Error), closing(_connect(path, "mode=rw")) as connection:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")


def _take_after(copy: Path, like: Path) -> None:
    if not like.exists():
        return
    found = like.stat()
    with suppress(PermissionError):  # only root may give files away
        os.chown(copy, found.st_uid, found.st_gid)
    copy.chmod(found.st_mode & (0o777 if copy.stat().st_gid == found.st_gid else 0o707))


def _remove(copy: Path) -> None:
    for suffix in (*SUFFIXES, "-journal"):
        Path(f"{copy}{suffix}").unlink(missing_ok=True)
