"""Requests that wait at the same time are served together: the machinery of both queues.

Jobs come from the event loop; a worker, a thread of its own, serves all that wait at once. While every worker is busy,
jobs collect. No delay is added to fill a batch.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from src.database.connection import abandon
from src.exceptions.errors import OverloadedError

J = TypeVar("J")
R = TypeVar("R")
Serve = Callable[["Worker[J, R]", Sequence[J]], Sequence[R | Exception]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts; arguments, so that tests can shorten them."""

    request_timeout: float = 15.0
    batch_timeout: float = 15.0
    max_queued: int = 2_000
    max_batch: int = 250


@dataclass(slots=True, eq=False)
class PendingJob(Generic[J, R]):
    job: J
    answer: asyncio.Future[R]
    begun: bool = False

    def resolve(self, outcome: R | Exception) -> None:
        """Does nothing where the job was answered before, or its caller has left."""
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class Worker(Generic[J, R]):
    """A thread that serves one batch at a time, each on one connection.

    A hung worker is replaced: its connection is cut and its outcome no longer counts.
    """

    def __init__(self, engine: Engine, serve: Serve[J, R]) -> None:
        self._engine = engine
        self._serve = serve
        self._connection: Connection | None = None
        self.abandoned = False
        self._inbox = queue.SimpleQueue[tuple[Sequence[J], Callable[[Sequence[R | Exception]], object]] | None]()
        threading.Thread(target=self._run, name="database-worker", daemon=True).start()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection for the batch under way."""
        with self._engine.connect() as connection:
            self._connection = connection
            try:
                yield connection
            finally:
                self._connection = None
                if self.abandoned:
                    connection.invalidate()

    def start(self, jobs: Sequence[J], done: Callable[[Sequence[R | Exception]], object]) -> None:
        """Serve `jobs`, then call `done` on the worker's thread with an outcome for each."""
        self._inbox.put((jobs, done))

    def stop(self) -> None:
        self._inbox.put(None)

    def abandon(self) -> None:
        self.abandoned = True
        self.stop()
        if connection := self._connection:
            abandon(connection)
        self._engine.dispose()  # a worker may hang before it has its connection, and would keep its place in the pool

    def _run(self) -> None:
        while batch := self._inbox.get():
            jobs, done = batch
            try:
                outcomes = self._serve(self, jobs)
            except Exception as error:  # noqa: BLE001  # it belongs to the callers, not to this thread
                outcomes = [error] * len(jobs)
            with suppress(RuntimeError):  # a worker given up long ago may end after the loop that waited for it
                done(outcomes)
            del batch, jobs, done, outcomes  # an idle worker holds nothing of its last batch, such as a long list


@dataclass(slots=True, eq=False)
class InFlight(Generic[J, R]):
    """A batch that a worker is serving."""

    worker: Worker[J, R]
    pending: list[PendingJob[J, R]]
    given_up: bool = False


class BatchQueue(Generic[J, R]):
    """Jobs that wait for a worker; lives on one event loop."""

    def __init__(
        self,
        engine: Engine,
        serve: Serve[J, R],
        timeout_error: Callable[[bool], Exception],
        limits: Limits,
        *,
        workers: int = 1,
    ) -> None:
        """`timeout_error` makes the error of a job that took too long, whether it had begun or not."""
        self._engine = engine
        self._serve = serve
        self._timeout_error = timeout_error
        self._limits = limits
        self._workers = workers
        self._pending: deque[PendingJob[J, R]] = deque()
        self._idle = [Worker(engine, serve) for _ in range(workers)]
        self._closing = False
        self._all_idle = asyncio.Event()

    async def submit(self, job: J) -> R:
        """The job's result, or its error.

        Raises OverloadedError at once where too many jobs wait, and `timeout_error` at the caller's deadline: a job
        that has not begun by then is dropped, one that has keeps its outcome.
        """
        if self._closing or len(self._pending) >= self._limits.max_queued:
            raise OverloadedError
        loop = asyncio.get_running_loop()
        pending: PendingJob[J, R] = PendingJob(job, loop.create_future())
        if not self._pending:
            loop.call_soon(self._dispatch)  # soon: what the loop has read in this turn goes together
        self._pending.append(pending)
        deadline = loop.call_later(self._limits.request_timeout, self._expire, pending)
        try:
            return await pending.answer
        finally:
            deadline.cancel()

    async def close(self, *, patient: bool = True) -> None:
        """Take no more, and finish what was taken; without patience leave what is under way to itself."""
        self._closing = True
        self._dispatch()
        while patient and len(self._idle) < self._workers:
            await self._all_idle.wait()
        for worker in self._idle:
            worker.stop()

    def _expire(self, pending: PendingJob[J, R]) -> None:
        pending.resolve(self._timeout_error(pending.begun))

    def _dispatch(self) -> None:
        """Give what waits to the workers that are idle."""
        loop = asyncio.get_running_loop()
        while self._idle and self._pending and (taken := self._take()):
            batch = InFlight(self._idle.pop(), taken)
            self._all_idle.clear()
            limit = loop.call_later(self._limits.batch_timeout, self._give_up, batch)
            done = partial(loop.call_soon_threadsafe, partial(self._finish, batch, limit))
            batch.worker.start([pending.job for pending in taken], done)

    def _take(self) -> list[PendingJob[J, R]]:
        taken: list[PendingJob[J, R]] = []
        while self._pending and len(taken) < self._limits.max_batch:
            pending = self._pending.popleft()
            if not pending.answer.done():
                pending.begun = True
                taken.append(pending)
        return taken

    def _finish(self, batch: InFlight[J, R], limit: asyncio.TimerHandle, outcomes: Sequence[R | Exception]) -> None:
        if batch.given_up:
            return
        limit.cancel()
        for pending, outcome in zip(batch.pending, outcomes, strict=True):
            pending.resolve(outcome)
        self._free(batch.worker)

    def _give_up(self, batch: InFlight[J, R]) -> None:
        batch.given_up = True
        for pending in batch.pending:
            self._expire(pending)
        try:
            batch.worker.abandon()
        finally:
            self._free(Worker(self._engine, self._serve))

    def _free(self, worker: Worker[J, R]) -> None:
        self._idle.append(worker)
        if self._pending:
            self._dispatch()
        if len(self._idle) == self._workers:
            self._all_idle.set()
