"""What is waiting is served together: the machinery of both queues.

Jobs come from the event loop; a lane, a thread of its own, serves all that wait at once. While every lane is busy, jobs
collect. No delay is added to fill a batch.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from src.database.connection import abandon
from src.exceptions.errors import OverloadedError

J = TypeVar("J")
R = TypeVar("R")
Serve = Callable[["Lane[J, R]", Sequence[J]], Sequence[R | Exception]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts; arguments, so that tests can shorten them."""

    caller: float = 15.0
    batch: float = 15.0
    waiting: int = 2_000
    batch_size: int = 250


@dataclass(slots=True, eq=False)
class _Waiting(Generic[J, R]):
    job: J
    answer: asyncio.Future[R]
    begun: bool = False

    def take(self, outcome: R | Exception) -> None:
        """Nothing comes of it where there was an answer already."""
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class Lane(Generic[J, R]):
    """A thread that serves one batch at a time, each on one connection.

    A lane that is stuck is abandoned: its connection is cut, its outcome no longer counts, and another takes its place.
    """

    def __init__(self, engine: Engine, serve: Serve[J, R]) -> None:
        self._engine = engine
        self._serve = serve
        self._connection: Connection | None = None
        self.abandoned = False
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="database-lane", daemon=True).start()

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

    def start(self, jobs: Sequence[J], done: Callable[[Sequence[R | Exception]], None]) -> None:
        """Serve `jobs`, then call `done` on the lane's thread with an outcome for each."""
        self._inbox.put(lambda: done(self._outcomes(jobs)))

    def stop(self) -> None:
        self._inbox.put(None)

    def abandon(self) -> None:
        self.abandoned = True
        self.stop()
        if connection := self._connection:
            abandon(connection)
        self._engine.dispose()  # a lane may be stuck before it has its connection, and would keep its place in the pool

    def _outcomes(self, jobs: Sequence[J]) -> Sequence[R | Exception]:
        try:
            return self._serve(self, jobs)
        except Exception as error:  # noqa: BLE001  # it belongs to the callers, not to this thread
            return [error] * len(jobs)

    def _run(self) -> None:
        while task := self._inbox.get():
            task()
            del task  # an idle lane holds nothing of its last batch, which may have been a long list


@dataclass(slots=True, eq=False)
class _Batch(Generic[J, R]):
    lane: Lane[J, R]
    waiting: list[_Waiting[J, R]]
    given_up: bool = False


class BatchQueue(Generic[J, R]):
    """Jobs that wait for a lane; lives on one event loop.

    `late` makes the error of a job that took too long, whether it had begun or not.
    """

    def __init__(
        self,
        engine: Engine,
        serve: Serve[J, R],
        late: Callable[[bool], Exception],
        limits: Limits,
        *,
        lanes: int = 1,
    ) -> None:
        self._engine = engine
        self._serve = serve
        self._late = late
        self._limits = limits
        self._lanes = lanes
        self._waiting: deque[_Waiting[J, R]] = deque()
        self._idle = [Lane(engine, serve) for _ in range(lanes)]
        self._closing = False
        self._all_idle = asyncio.Event()

    async def submit(self, job: J) -> R:
        """The job's result, or its error.

        Raises OverloadedError at once where too much is waiting, and the `late` error at the caller's deadline: a job
        that has not begun by then is dropped, one that has keeps its outcome.
        """
        if self._closing or len(self._waiting) >= self._limits.waiting:
            raise OverloadedError
        loop = asyncio.get_running_loop()
        waiting: _Waiting[J, R] = _Waiting(job, loop.create_future())
        if not self._waiting:
            loop.call_soon(self._dispatch)  # soon: what the loop has read in this turn goes together
        self._waiting.append(waiting)
        deadline = loop.call_later(self._limits.caller, self._expire, waiting)
        try:
            return await waiting.answer
        finally:
            deadline.cancel()

    async def close(self, *, patient: bool = True) -> None:
        """Take no more, and finish what was taken; without patience leave what is under way to itself."""
        self._closing = True
        self._dispatch()
        while patient and len(self._idle) < self._lanes:
            await self._all_idle.wait()
        for lane in self._idle:
            lane.stop()

    def _expire(self, waiting: _Waiting[J, R]) -> None:
        waiting.take(self._late(waiting.begun))

    def _dispatch(self) -> None:
        while self._idle and (waiting := self._take()):
            batch = _Batch(self._idle.pop(), waiting)
            self._all_idle.clear()
            self._begin(batch)

    def _take(self) -> list[_Waiting[J, R]]:
        taken: list[_Waiting[J, R]] = []
        while self._waiting and len(taken) < self._limits.batch_size:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():
                waiting.begun = True
                taken.append(waiting)
        return taken

    def _begin(self, batch: _Batch[J, R]) -> None:
        loop = asyncio.get_running_loop()
        limit = loop.call_later(self._limits.batch, self._give_up, batch)

        def done(outcomes: Sequence[R | Exception]) -> None:
            with suppress(RuntimeError):  # a lane given up long ago may end after its loop
                loop.call_soon_threadsafe(self._finish, batch, limit, outcomes)

        batch.lane.start([waiting.job for waiting in batch.waiting], done)

    def _finish(self, batch: _Batch[J, R], limit: asyncio.TimerHandle, outcomes: Sequence[R | Exception]) -> None:
        if batch.given_up:
            return
        limit.cancel()
        for waiting, outcome in zip(batch.waiting, outcomes, strict=True):
            waiting.take(outcome)
        self._free(batch.lane)

    def _give_up(self, batch: _Batch[J, R]) -> None:
        batch.given_up = True
        for waiting in batch.waiting:
            self._expire(waiting)
        try:
            batch.lane.abandon()
        finally:
            self._free(Lane(self._engine, self._serve))

    def _free(self, lane: Lane[J, R]) -> None:
        self._idle.append(lane)
        self._dispatch()
        if len(self._idle) == self._lanes:
            self._all_idle.set()
