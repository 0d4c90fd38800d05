"""The output of the log. It may be full, closed or blocked without affecting anything else."""

from collections import deque
from collections.abc import Callable, Collection
from threading import Condition, RLock, Thread
from typing import TextIO

from src.utils.output import Output

MAX_QUEUED = 10_000
"""Lines, about 3 MB of requests, in addition to those being written, which may be as many."""
GATHER_SECONDS = 0.01
"""How long the thread waits for more lines: each time it wakes, it takes the interpreter's lock from the event loop."""
DRAIN_SECONDS = 1.0
"""How long a shutdown waits for a blocked output."""


class LogWriter:
    """Queues lines for a thread that writes them. Lines that do not fit or can't be written are dropped and counted.

    `write` takes whole lines, and neither blocks nor raises. Once lines can be written again, the result of `report`
    for the number of lost lines is written first.
    """

    def __init__(self, stream: TextIO | None, report: Callable[[int], str], max_queued: int = MAX_QUEUED) -> None:
        self._stream = stream
        self._report = report
        self._max_queued = max_queued
        self._queue: deque[str] = deque()
        self._lost = 0
        self._lock = RLock()  # reentrant, since a finalizer that runs while it is held may log
        self._changed = Condition(self._lock)
        self._thread: Thread | None = None
        self._is_idle = self._is_ending = False
        self._draining = 0

    def write(self, text: str) -> None:
        with self._lock:
            if len(self._queue) >= self._max_queued:
                self._lost += text.count("\n")
                return
            self._queue.append(text)
            if self._is_idle:
                self._is_idle = False
                self._changed.notify_all()
            elif self._thread is None:
                self._start()

    def drain(self, seconds: float = DRAIN_SECONDS) -> bool:
        """Wait until every line is written or dropped, at most this long. Return whether it is."""
        with self._lock:
            self._draining += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(self._is_done, seconds)
            finally:
                self._draining -= 1

    def close(self, seconds: float = DRAIN_SECONDS) -> None:
        """Drain, and end the thread. A later line starts another one."""
        with self._lock:
            self._is_ending = True
            self._changed.notify_all()
        self.drain(seconds)

    def _is_done(self) -> bool:
        return self._thread is None or (self._is_idle and not self._is_ending)

    def _start(self) -> None:
        output = Output(self._stream)
        thread = Thread(target=self._run, args=(output,), name="log", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system's limit on threads is reached; the next line tries again
            output.close()
        else:
            self._thread, self._is_ending = thread, False

    def _run(self, output: Output) -> None:
        try:
            while texts := self._take():
                self._put(output, texts)
            self._put(output, ())
        finally:
            output.close()
            self._end()

    def _take(self) -> Collection[str]:
        """Wait for lines, and return them; none when the writer is closed."""
        with self._lock:
            while not (self._queue or self._is_ending):
                self._is_idle = True
                self._changed.notify_all()
                self._changed.wait()
            self._is_idle = False
            self._changed.wait_for(lambda: self._draining or self._is_ending, GATHER_SECONDS)
            texts, self._queue = self._queue, deque()
            return texts

    def _put(self, output: Output, texts: Collection[str]) -> None:
        """Write lines, after a report of those lost before."""
        lost = self._lost
        if lost and output.put(self._report(lost)) == 0:
            with self._lock:
                self._lost -= lost
        unwritten = output.put("".join(texts))
        with self._lock:
            self._lost += unwritten

    def _end(self) -> None:
        with self._lock:
            self._thread, self._is_idle = None, False
            if self._queue:
                self._start()
            self._changed.notify_all()
