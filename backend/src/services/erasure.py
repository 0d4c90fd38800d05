"""`main.py erase`: erases texts of a task as the role that owns the tables, also from SQLite's unused pages."""

import asyncio
import sqlite3
from uuid import UUID

from src.batching.preconditions import CommandContext
from src.batching.reader import CONNECTIONS, Reader
from src.batching.writer import Writer
from src.database.connection import DatabaseOptions, read_engine, write_engine
from src.database.migrations import prepare_schema
from src.exceptions.errors import CommandFailedError, TasktrailError
from src.history.change import Origin
from src.models.workspace import SYSTEM_PRINCIPAL, ActorKind, find_default_workspace
from src.services.task_service import TaskService

ORIGIN = Origin(ActorKind.SYSTEM, SYSTEM_PRINCIPAL, client="main.py")


def erase(options: DatabaseOptions, task_id: UUID, fields: tuple[str, ...], title: str | None) -> None:
    """Raises CommandFailedError. The server may be running."""
    prepare_schema(write_engine(options), migrate=False)
    try:
        asyncio.run(_erase(options, task_id, fields, title))
    except TasktrailError as error:
        raise CommandFailedError(f"erase: {error.sentence}") from None
    if options.sqlite_file:
        _rewrite(str(options.sqlite_file))


async def _erase(options: DatabaseOptions, task_id: UUID, fields: tuple[str, ...], title: str | None) -> None:
    writing, reading = write_engine(options), read_engine(options, CONNECTIONS)
    writer, reader = Writer(writing), Reader(reading, reading)
    try:
        tasks = TaskService(writer, reader, find_default_workspace(writing))
        await tasks.erase_task(task_id, fields, title, CommandContext(ORIGIN))
    finally:
        await writer.close()
        await reader.close()
        writing.dispose()
        reading.dispose()


def _rewrite(path: str) -> None:
    """Free pages, and the log, hold texts of the past until they are overwritten. Raises CommandFailedError."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("VACUUM")
        ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        busy = True
    finally:
        connection.close()
    if busy:
        raise CommandFailedError(
            "erase: the texts are erased, but the file could not be rewritten while it is read; run it again"
        )
