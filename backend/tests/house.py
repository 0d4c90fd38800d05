"""The services on a database, without HTTP, and tools to observe and to block them."""

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
from src.batching.batch import Batch, Command
from src.batching.queue import Limits
from src.batching.reader import CONNECTIONS, Reader
from src.batching.writer import Writer
from src.database.checkpoints import Checkpoints
from src.database.clock import WriteClock
from src.database.connection import DatabaseOptions, read_engine, write_engine
from src.models.task import TaskSnapshot
from src.models.workspace import WorkspaceId, find_default_workspace
from src.services.history_service import HistoryService
from src.services.task_service import TaskService
from tests.databases import Database

WORKSPACE = WorkspaceId(UUID("01a20470-0000-7000-8000-00000000beef"))
"""One that is in no database."""

R = TypeVar("R", bound=TaskSnapshot | None)
T = TypeVar("T")


@dataclass(frozen=True)
class House:
    """Everything between the handlers and one database."""

    writing: Engine
    reading: Engine
    probing: Engine
    writer: Writer
    reader: Reader
    workspace: WorkspaceId
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
    """Start the services, and close them as the application does."""
    clock = clock or WriteClock(trusted=Settings(_env_file=None).trust_clock)
    options, others = options_of(database), set(threading.enumerate())
    writing, reading, probing = write_engine(options), read_engine(options, CONNECTIONS), read_engine(options, 1)
    writer, reader = Writer(writing, writes, checkpoints=checkpoints, clock=clock), Reader(reading, probing, reads)
    workspace = find_default_workspace(writing)
    writing.dispose()  # no connection is open before the first write
    tasks, history = TaskService(writer, reader, workspace), HistoryService(reader, workspace)
    try:
        yield House(writing, reading, probing, writer, reader, workspace, tasks, history)
    finally:
        await writer.close()
        await reader.close()
        await _ended(set(threading.enumerate()) - others)
        writing.dispose()
        reading.dispose()
        probing.dispose()


async def _ended(threads: set[threading.Thread]) -> None:
    """Wait for the workers, abandoned ones included: they still hold connections."""
    for thread in threads:
        if thread.name == "database-worker":
            await asyncio.to_thread(thread.join)


def options_of(database: Database) -> DatabaseOptions:
    return DatabaseOptions.parse(database.url, directory=Path())


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """Call in one iteration of the event loop, so that all share a batch; exceptions are returned."""
    return await gather(*calls, return_exceptions=True)


async def started(*calls: Coroutine[Any, Any, T]) -> list[asyncio.Task[T]]:
    """Start tasks and run each to its first await: reads and writes are queued by then."""
    tasks = [asyncio.create_task(call) for call in calls]
    await asyncio.sleep(0)
    return tasks


class Watch:
    """Records the transactions and statements of an engine from now on."""

    def __init__(self, engine: Engine) -> None:
        self.begun = self.committed = 0
        self.statements: list[str] = []
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", self._commit)
        event.listen(engine, "before_cursor_execute", self._execute)

    @property
    def on_our_tables(self) -> list[str]:
        """The statements on tasks, history, head or counts."""
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
    """Blocks a worker until it is opened."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()

    def open(self) -> None:
        self._open.set()

    def pass_through(self) -> None:
        """Block, on the worker's thread."""
        self._reached.set()
        self._open.wait()

    async def reached(self) -> None:
        """Wait until a worker is blocked here."""
        await asyncio.to_thread(self._reached.wait)

    def command(self, house: House) -> Command[None]:
        """A command that changes nothing and blocks its batch."""

        def wait(_batch: Batch) -> None:
            self.pass_through()

        return Command(house.workspace, wait)


@asynccontextmanager
async def busy(house: House) -> AsyncIterator[Gate]:
    """Block the writer with a batch, so that later writes queue; unblock it at the end."""
    gate = Gate()
    with opening(gate):
        holding = asyncio.create_task(house.writer.submit(gate.command(house)))
        await gate.reached()
        yield gate
    await gather(holding, return_exceptions=True)


@contextmanager
def opening(gate: Gate) -> Iterator[Gate]:
    """Open the gate at the end even if the test fails: a blocked thread would make it hang."""
    try:
        yield gate
    finally:
        gate.open()


def stop_first(engine: Engine, moment: str, matches: Callable[[str], bool]) -> Gate:
    """A gate at the first statement that matches; `moment` is `before_cursor_execute` or `after_cursor_execute`."""
    gate, waiting = Gate(), iter([gate_once := object()])

    def stop(  # SQLAlchemy's signature
        conn: Connection,  # noqa: ARG001
        cursor: object,  # noqa: ARG001
        statement: str,
        parameters: object,  # noqa: ARG001
        context: object,  # noqa: ARG001
        executemany: bool,  # noqa: ARG001
    ) -> None:
        if matches(statement) and next(waiting, None) is gate_once:
            gate.pass_through()

    event.listen(engine, moment, stop)
    return gate


def command(house: House, run: Callable[[Batch], R], *task_ids: UUID) -> Command[R]:
    """A command for the writer that no service submits."""
    return Command(house.workspace, run, task_ids)
