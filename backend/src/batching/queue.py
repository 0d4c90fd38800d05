"""Batching for reads and writes: all jobs that are queued when a worker becomes idle are served together.

Jobs are queued on the event loop, and workers are threads. Nothing is delayed to fill a batch.
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
from src.database.driver_errors import DRIVER_ERRORS, translated
from src.exceptions.errors import OverloadedError, UnavailableError

J = TypeVar("J")
R = TypeVar("R")
Serve = Callable[["Worker[J, R]", Sequence[J]], Sequence[R | Exception]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Timeouts in seconds, and counts."""

    request_timeout: float = 15.0
    batch_timeout: float = 15.0
    max_queued: int = 2_000
    max_batch: int = 250


@dataclass(slots=True, eq=False)
class PendingJob(Generic[J, R]):
    job: J
    future: asyncio.Future[R]
    begun: bool = False

    def resolve(self, outcome: R | Exception) -> None:
        """Set the result, unless there is one already or the caller is gone."""
        if self.future.done():
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Worker(Generic[J, R]):
    """A thread that serves one batch at a time.

    A hung worker is replaced: its successor cuts its connection, and its results are ignored.
    """

    def __init__(self, engine: Engine, serve: Serve[J, R], predecessor: "Worker[J, R] | None" = None) -> None:
        self._predecessor = predecessor
        self._engine = engine
        self._serve = serve
        self._connection: Connection | None = None
        self.abandoned = False
        self._inbox = queue.SimpleQueue[tuple[Sequence[J], Callable[[Sequence[R | Exception]], object]] | None]()
        threading.Thread(target=self._run, name="database-worker", daemon=True).start()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Raises RefusedByDatabaseError and UnavailableError, also for errors of the block."""
        try:
            with self._engine.connect() as connection:
                self._connection = connection
                try:
                    if self.abandoned:  # while it was connecting
                        raise UnavailableError
                    yield connection
                finally:
                    self._connection = None
                    if self.abandoned:
                        connection.invalidate()
        except DRIVER_ERRORS as error:
            raise translated(error) from None

    def start(self, jobs: Sequence[J], done: Callable[[Sequence[R | Exception]], object]) -> None:
        """Serve `jobs`, then call `done` on the worker's thread with their results."""
        self._inbox.put((jobs, done))

    def stop(self) -> None:
        self._inbox.put(None)

    def abandon(self) -> None:
        self.abandoned = True
        self.stop()
        self._engine.dispose()  # a worker that hangs while it connects would keep its place in the pool

    def _cut_predecessor(self) -> None:
        """On this thread, since it may take seconds, and before this worker opens a connection in addition."""
        if self._predecessor and (connection := self._predecessor._connection):  # noqa: SLF001  # of this class
            abandon(connection)
        self._predecessor = None

    def _run(self) -> None:
        self._cut_predecessor()
        while batch := self._inbox.get():
            jobs, done = batch
            try:
                outcomes = self._serve(self, jobs)
            except Exception as error:  # noqa: BLE001  # it is raised to the callers
                outcomes = [error] * len(jobs)
            with suppress(RuntimeError):  # the loop may have ended before an abandoned worker returns
                done(outcomes)
            del batch, jobs, done, outcomes  # an idle worker must not keep the memory of its last batch


class BatchQueue(Generic[J, R]):
    """Jobs waiting for a worker. Belongs to one event loop."""

    def __init__(
        self,
        engine: Engine,
        serve: Serve[J, R],
        timeout_error: Callable[[bool], Exception],
        limits: Limits,
        *,
        workers: int = 1,
    ) -> None:
        """`timeout_error` returns the error of a job that timed out, given whether it had begun."""
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
        """Return the job's result, or raise its error.

        Raises OverloadedError if the queue is full, and `timeout_error` after `request_timeout`: a job that has not
        begun by then is dropped; one that has begun is carried out.
        """
        if self._closing or len(self._pending) >= self._limits.max_queued:
            raise OverloadedError
        loop = asyncio.get_running_loop()
        pending: PendingJob[J, R] = PendingJob(job, loop.create_future())
        if not self._pending:
            loop.call_soon(self._dispatch)  # not at once: requests received in the same turn share a batch
        self._pending.append(pending)
        deadline = loop.call_later(self._limits.request_timeout, self._expire, pending)
        try:
            return await pending.future
        finally:
            deadline.cancel()

    async def close(self, *, patient: bool = True) -> None:
        """Accept no more jobs and finish the accepted ones; unless `patient`, do not wait for the workers."""
        self._closing = True
        self._dispatch()
        while patient and len(self._idle) < self._workers:
            await self._all_idle.wait()
        for worker in self._idle:
            worker.stop()

    def _expire(self, pending: PendingJob[J, R]) -> None:
        pending.resolve(self._timeout_error(pending.begun))

    def _dispatch(self) -> None:
        """Start a batch on each idle worker, as long as jobs wait."""
        loop = asyncio.get_running_loop()
        while self._idle and self._pending and (batch := self._next_batch()):
            worker = self._idle.pop()
            timeout = loop.call_later(self._limits.batch_timeout, self._replace, worker, batch)
            done = partial(loop.call_soon_threadsafe, partial(self._finish, worker, batch, timeout))
            worker.start([pending.job for pending in batch], done)
        if len(self._idle) == self._workers:
            self._all_idle.set()
        else:
            self._all_idle.clear()

    def _next_batch(self) -> list[PendingJob[J, R]]:
        batch: list[PendingJob[J, R]] = []
        while self._pending and len(batch) < self._limits.max_batch:
            pending = self._pending.popleft()
            if not pending.future.done():
                pending.begun = True
                batch.append(pending)
        return batch

    def _finish(
        self,
        worker: Worker[J, R],
        batch: list[PendingJob[J, R]],
        timeout: asyncio.TimerHandle,
        outcomes: Sequence[R | Exception],
    ) -> None:
        if worker.abandoned:
            return
        timeout.cancel()
        for pending, outcome in zip(batch, outcomes, strict=True):
            pending.resolve(outcome)
        self._idle.append(worker)
        self._dispatch()

    def _replace(self, worker: Worker[J, R], batch: list[PendingJob[J, R]]) -> None:
        for pending in batch:
            self._expire(pending)
        try:
            worker.abandon()
        finally:
            self._idle.append(Worker(self._engine, self._serve, worker))
            self._dispatch()
