"""Threads that serve batches, each with a connection of the pool while it does."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from src.database.connection import abandon
from src.database.driver_errors import DRIVER_ERRORS, translated
from src.exceptions.errors import UnavailableError

J = TypeVar("J")
R = TypeVar("R")
Serve = Callable[["Worker[J, R]", Sequence[J]], Sequence[R | Exception]]
Answer = Callable[[int, R | Exception], object]
Done = Callable[[Sequence[R | Exception]], object]


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
        self._answer: Answer[R] | None = None
        self._inbox = queue.SimpleQueue[tuple[Sequence[J], Answer[R], Done[R]] | None]()
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

    def start(self, jobs: Sequence[J], answer: Answer[R], done: Done[R]) -> None:
        """Serve `jobs`, then call `done` on the worker's thread with their results."""
        self._inbox.put((jobs, answer, done))

    def answer(self, index: int, outcome: R | Exception) -> None:
        """Resume the callers of one job before the rest of the batch is done."""
        if self._answer:
            with suppress(RuntimeError):  # as in `_run`
                self._answer(index, outcome)

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
            jobs, self._answer, done = batch
            try:
                outcomes = self._serve(self, jobs)
            except Exception as error:  # noqa: BLE001  # it is raised to the callers
                outcomes = [error] * len(jobs)
            with suppress(RuntimeError):  # the loop may have ended before an abandoned worker returns
                done(outcomes)
            self._answer = None
            del batch, jobs, done, outcomes  # an idle worker must not keep the memory of its last batch
