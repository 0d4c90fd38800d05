"""The services on a database without the web around them, and what tests need to see and to hold inside."""

import asyncio
import threading
from asyncio import gather
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, event

from config import Settings
from src.batching.queue import Limits
from src.batching.reader import CONNECTIONS, Reader
from src.batching.transaction import Batch, Command
from src.batching.writer import Writer
from src.database.checkpoints import Checkpoints
from src.database.clock import WriteClock
from src.database.connection import DatabaseOptions, read_engine, write_engine
from src.models.task import TaskSnapshot
from src.services.history_service import HistoryService
from src.services.task_service import TaskService
from tests.databases import Database

R = TypeVar("R", bound=TaskSnapshot | None)
T = TypeVar("T")


@dataclass(frozen=True)
class House:
    """All that stands between the handlers and one database."""

    writing: Engine
    reading: Engine
    probing: Engine
    writer: Writer
    reader: Reader
    tasks: TaskService
    history: HistoryService


@asynccontextmanager
async def opened(
    database: Database,
    writes: Limits | None = None,
    reads: Limits | None = None,
    checkpoints: Checkpoints | None = None,
    clock: WriteClock | None = None,
) -> AsyncIterator[House]:
    """Open it with limits and a clock of its own, and close it as the application does."""
    clock = clock or WriteClock(trusted=Settings(_env_file=None).trust_clock)
    options, others = options_of(database), set(threading.enumerate())
    writing, reading, probing = write_engine(options), read_engine(options, CONNECTIONS), read_engine(options, 1)
    writer, reader = Writer(writing, writes, checkpoints=checkpoints, clock=clock), Reader(reading, probing, reads)
    try:
        yield House(writing, reading, probing, writer, reader, TaskService(writer, reader), HistoryService(reader))
    finally:
        await writer.close()
        await reader.close()
        await _ended(set(threading.enumerate()) - others)
        writing.dispose()
        reading.dispose()
        probing.dispose()


async def _ended(threads: set[threading.Thread]) -> None:
    """Wait for the database threads, those that were given up included: they still hold connections."""
    for thread in threads:
        if thread.name == "database-worker":
            await asyncio.to_thread(thread.join)


def options_of(database: Database) -> DatabaseOptions:
    return DatabaseOptions.parse(database.url, directory=Path())


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """Call in one turn of the event loop, so that all go in one batch; the errors are among the answers."""
    return await gather(*calls, return_exceptions=True)


async def started(*calls: Coroutine[Any, Any, T]) -> list[asyncio.Task[T]]:
    """Start them and let each come to its first wait, which for a write or a read is that for its queue."""
    tasks = [asyncio.create_task(call) for call in calls]
    await asyncio.sleep(0)
    return tasks


class Watch:
    """What an engine has done since."""

    def __init__(self, engine: Engine) -> None:
        self.begun = self.committed = 0
        self.statements: list[str] = []
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", self._commit)
        event.listen(engine, "before_cursor_execute", self._execute)

    @property
    def on_our_tables(self) -> list[str]:
        """Those that read or write tasks, history, head or counts."""
        ours = ("tasks", "history", "daily_counts")
        return [statement for statement in self.statements if any(name in statement for name in ours)]

    def _begin(self, _connection: Connection) -> None:
        self.begun += 1

    def _commit(self, _connection: Connection) -> None:
        self.committed += 1

    def _execute(  # SQLAlchemy's signature
        self,
        conn: Connection,  # noqa: ARG002
        cursor: object,  # noqa: ARG002
        statement: str,
        parameters: object,  # noqa: ARG002
        context: object,  # noqa: ARG002
        executemany: bool,  # noqa: ARG002
    ) -> None:
        self.statements.append(statement)


class Gate:
    """Where a database thread stops until it is let through."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()

    def open(self) -> None:
        self._open.set()

    def pass_through(self) -> None:
        """Stop here, on the database thread."""
        self._reached.set()
        self._open.wait()

    async def reached(self) -> None:
        """Wait until somebody stands here."""
        await asyncio.to_thread(self._reached.wait)

    def command(self) -> Command[None]:
        """Make a command that changes nothing and keeps its batch under way."""

        def wait(_batch: Batch) -> None:
            self.pass_through()

        return Command(wait)


@asynccontextmanager
async def busy(house: House) -> AsyncIterator[Gate]:
    """Keep the writer busy with a batch, so that what comes meanwhile has to wait; let it go at the end."""
    gate = Gate()
    with opening(gate):
        holding = asyncio.create_task(house.writer.submit(gate.command()))
        await gate.reached()
        yield gate
    await gather(holding, return_exceptions=True)


@contextmanager
def opening(gate: Gate) -> Iterator[Gate]:
    """Open it at the end, whatever happens: a thread left standing would keep the test from ending."""
    try:
        yield gate
    finally:
        gate.open()


def stop_first(engine: Engine, moment: str, is_meant: Callable[[str], bool]) -> Gate:
    """Make a gate for the first statement that is meant: `before_cursor_execute` or `after_cursor_execute`."""
    gate, waiting = Gate(), iter([gate_once := object()])

    def stop(  # SQLAlchemy's signature
        conn: Connection,  # noqa: ARG001
        cursor: object,  # noqa: ARG001
        statement: str,
        parameters: object,  # noqa: ARG001
        context: object,  # noqa: ARG001
        executemany: bool,  # noqa: ARG001
    ) -> None:
        if is_meant(statement) and next(waiting, None) is gate_once:
            gate.pass_through()

    event.listen(engine, moment, stop)
    return gate


def command(run: Callable[[Batch], R], *task_ids: UUID) -> Command[R]:
    """Make a command of the writer's own, for what no service does."""
    return Command(run, task_ids)
