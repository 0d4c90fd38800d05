"""Backup and restore of an SQLite database, both verified."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL

from src.database.connection import DatabaseOptions, read_engine, snapshots, write_engine
from src.database.copies import (
    DAMAGED,
    command_errors,
    copied,
    exclusively_locked,
    opened_to_read,
    put,
    replace_database,
)
from src.database.driver_errors import RefusedByDatabaseError, translated_errors
from src.database.migrations import is_known, prepare_schema
from src.exceptions.errors import CommandFailedError, NoRoomError, StartError, UnavailableError
from src.history.verification import Verdict, verify_chain
from src.models.workspace import all_workspaces

NOT_OURS = "it is not a database of Tasktrail"

_Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of `restore`; `kept` is the new path of the replaced database, if there was one."""

    verdicts: list[Verdict]
    """Of each workspace."""
    kept: Path | None


def back_up(source: Path) -> Path:
    """Make a consistent copy beside the database, which may be in use. Raises CommandFailedError."""
    target = source.with_name(f"{source.stem}-{_now()}{source.suffix}")
    with _named("backup", "nothing is left of it"), copied(source, target, like=source) as copy:
        _check(copy)
        _compare(copy, source)
        put(copy, target)
    return target


def restore(file: Path, target: Path) -> Restored:
    """Replace the database by a backup, migrated and verified first. Raises CommandFailedError."""
    kept = target.with_name(f"{target.stem}-replaced-{_now()}{target.suffix}")
    with _named("restore", "nothing was changed"), command_errors():
        if not file.is_file():
            raise CommandFailedError("there is no such file")
        if target.exists() and file.samefile(target):
            raise CommandFailedError("the file is the database itself")
        with copied(file, target, like=target) as copy:
            verdicts = _migrate_and_verify(copy)
            was_there = target.exists()
            with exclusively_locked(target) if was_there else nullcontext():
                replace_database(copy, target, kept)
    return Restored(verdicts, kept if was_there else None)


def _migrate_and_verify(copy: Path) -> list[Verdict]:
    _check(copy)
    options = DatabaseOptions(URL.create("sqlite+pysqlite", database=str(copy)))
    writing, reading = write_engine(options), snapshots(read_engine(options, connections=1))
    try:
        prepare_schema(writing, migrate=True)
        with translated_errors(), reading.connect() as connection:
            verdicts = [verify_chain(connection, workspace) for workspace in all_workspaces(connection)]
    except NoRoomError as error:
        raise CommandFailedError(str(error)) from None
    except (StartError, UnavailableError, RefusedByDatabaseError):
        raise CommandFailedError(DAMAGED) from None
    finally:
        reading.dispose()
        writing.dispose()
    for verdict in verdicts:
        if not verdict.valid:
            raise CommandFailedError(f"its chain of hashes breaks at entry {verdict.first_invalid_seq}")
    return verdicts


def _check(copy: Path) -> None:
    """Raises CommandFailedError unless it is an intact database of this or an earlier version of Tasktrail."""
    with opened_to_read(copy) as connection:
        if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
            raise CommandFailedError(DAMAGED)
        try:
            ((revision,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            _heads(connection)
        except (sqlite3.OperationalError, ValueError):
            raise CommandFailedError(NOT_OURS) from None
    if not is_known(revision):
        raise CommandFailedError("it is of a later version of Tasktrail")


def _compare(copy: Path, source: Path) -> None:
    """Raises CommandFailedError unless the copy has the schema and an entry of the source as its head."""
    with opened_to_read(copy) as copied_database, opened_to_read(source, is_shared=True) as original:
        heads, schema = _heads(copied_database), _schema(copied_database)
        exists = "SELECT 1 FROM task_history WHERE workspace_id = ? AND seq = ? AND hash = ?"
        is_like_original = all(head in _heads(original) or original.execute(exists, head).fetchall() for head in heads)
        if schema != _schema(original) or not is_like_original:
            raise CommandFailedError("the copy differs from the database")


def _heads(connection: sqlite3.Connection) -> list[_Row]:
    """Workspace, `seq` and hash of each; the workspace is null in a database of an earlier version."""
    columns = {name for _, name, *_ in connection.execute("PRAGMA table_info(history_head)")}
    workspace = "workspace_id" if "workspace_id" in columns else "NULL"
    heads = connection.execute(f"SELECT {workspace}, seq, hash FROM history_head").fetchall()  # noqa: S608  # a constant
    if not heads:
        raise ValueError
    return [tuple(head) for head in heads]


def _schema(connection: sqlite3.Connection) -> list[_Row]:
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


@contextmanager
def _named(command: str, outcome: str) -> Iterator[None]:
    try:
        yield
    except CommandFailedError as error:
        raise CommandFailedError(f"{command}: {error}; {outcome}") from None


def _now() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
