"""Batching for reads and writes: all jobs that are queued when a worker becomes idle are served together.

Jobs are queued on the event loop, and workers are threads. Nothing is delayed to fill a batch.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Engine

from src.batching.worker import Serve, Worker
from src.exceptions.errors import OverloadedError, TasktrailError

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Limits:
    """Timeouts in seconds, and counts.

    `max_queued` is for each share, such as a workspace; together they may have twice as many.
    """

    request_timeout: float = 15.0
    batch_timeout: float = 15.0
    max_queued: int = 2_000
    max_batch: int = 250
    workers: int = 1


@dataclass(slots=True, eq=False)
class PendingJob(Generic[J, R]):
    """A job, and a future for each caller that waits for it."""

    job: J
    futures: list[asyncio.Future[R]] = field(default_factory=list)
    begun: bool = False

    def resolve(self, outcome: R | Exception) -> None:
        for future in self.futures:
            resolve(future, outcome)


def resolve(future: asyncio.Future[R], outcome: R | Exception) -> None:
    """Set the result, unless there is one already or the caller is gone."""
    if future.done():
        return
    if isinstance(outcome, TasktrailError):
        future.set_exception(outcome.with_traceback(None))  # its frames would keep the worker's results
    elif isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


class PutBackError(Exception):
    """Instead of a result: the job was not begun, and goes back to the front of the queue."""


class BatchQueue(Generic[J, R]):
    """Jobs waiting for a worker. Belongs to one event loop."""

    def __init__(  # noqa: PLR0913  # what differs between the queues
        self,
        engine: Engine,
        serve: Serve[J, R],
        timeout_error: Callable[[bool], Exception],
        limits: Limits,
        *,
        merge: bool = False,
        share_of: Callable[[J], Hashable] = lambda _job: None,
    ) -> None:
        """`timeout_error` returns the error of a job that timed out, given whether it had begun.

        If `merge`, a job equal to one that has not begun joins it, so the jobs of a batch are distinct. Jobs of the
        same share, as `share_of` gives it, can fill half of the queue.
        """
        self._engine = engine
        self._serve = serve
        self._timeout_error = timeout_error
        self._limits = limits
        self._merge = merge
        self._pending: deque[PendingJob[J, R]] = deque()
        self._joinable: dict[J, PendingJob[J, R]] = {}
        self._share_of = share_of
        self._shares = Counter[Hashable]()
        self._idle = [Worker(engine, serve) for _ in range(limits.workers)]
        self._closing = False
        self._all_idle = asyncio.Event()

    async def submit(self, job: J) -> R:
        """Return the job's result, or raise its error.

        Raises OverloadedError if the queue is full, and `timeout_error` after `request_timeout`: a job that has not
        begun by then is dropped; one that has begun is carried out.
        """
        loop = asyncio.get_running_loop()
        pending = self._joinable.get(job) if self._merge else None
        if self._closing or (pending is None and self._is_full_for(job)):
            raise OverloadedError
        if pending is None:
            pending = PendingJob(job)
            if not self._pending:
                loop.call_soon(self._dispatch)  # not at once: requests received in the same turn share a batch
            self._pending.append(pending)
            self._shares[self._share_of(job)] += 1
            if self._merge:
                self._joinable[job] = pending
        future: asyncio.Future[R] = loop.create_future()
        pending.futures.append(future)
        deadline = loop.call_later(self._limits.request_timeout, self._expire, pending, future)
        try:
            return await future
        finally:
            deadline.cancel()
            del pending, future  # an error's traceback has this frame: they would keep each other until a collection

    async def close(self, *, patient: bool = True) -> None:
        """Accept no more jobs and finish the accepted ones; unless `patient`, do not wait for the workers."""
        self._closing = True
        self._dispatch()
        while patient and len(self._idle) < self._limits.workers:
            await self._all_idle.wait()
        for worker in self._idle:
            worker.stop()

    def _is_full_for(self, job: J) -> bool:
        most = self._limits.max_queued
        return len(self._pending) >= 2 * most or self._shares[self._share_of(job)] >= most

    def _expire(self, pending: PendingJob[J, R], future: asyncio.Future[R]) -> None:
        resolve(future, self._timeout_error(pending.begun))

    def _dispatch(self) -> None:
        """Start a batch on each idle worker, as long as jobs wait."""
        loop = asyncio.get_running_loop()
        while self._idle and self._pending and (batch := self._next_batch()):
            worker = self._idle.pop()
            timeout = loop.call_later(self._limits.batch_timeout, self._replace, worker, batch)
            done = partial(loop.call_soon_threadsafe, partial(self._finish, worker, batch, timeout))
            worker.start([pending.job for pending in batch], partial(self._answer_early, loop, batch), done)
        if len(self._idle) == self._limits.workers:
            self._all_idle.set()
        else:
            self._all_idle.clear()

    def _next_batch(self) -> list[PendingJob[J, R]]:
        batch: list[PendingJob[J, R]] = []
        while self._pending and len(batch) < self._limits.max_batch:
            pending = self._pending.popleft()
            self._shares.subtract([self._share_of(pending.job)])
            if self._merge:
                del self._joinable[pending.job]
            if not all(future.done() for future in pending.futures):
                pending.begun = True
                batch.append(pending)
        return batch

    @staticmethod
    def _answer_early(
        loop: asyncio.AbstractEventLoop, batch: list[PendingJob[J, R]], index: int, outcome: R | Exception
    ) -> None:
        """Called on the worker's thread. If the worker is abandoned, the callers have been answered."""
        loop.call_soon_threadsafe(batch[index].resolve, outcome)

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
        put_back = [
            pending for pending, outcome in zip(batch, outcomes, strict=True) if isinstance(outcome, PutBackError)
        ]
        for pending in reversed(put_back):
            pending.begun = False
            self._pending.appendleft(pending)
            self._shares[self._share_of(pending.job)] += 1
        for pending, outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, PutBackError):
                pending.resolve(outcome)
        self._idle.append(worker)
        self._dispatch()

    def _replace(self, worker: Worker[J, R], batch: list[PendingJob[J, R]]) -> None:
        for pending in batch:
            pending.resolve(self._timeout_error(pending.begun))
        try:
            worker.abandon()
        finally:
            self._idle.append(Worker(self._engine, self._serve, worker))
            self._dispatch()
