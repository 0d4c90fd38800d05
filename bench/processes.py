"""Processes with their children: CPU time, memory, start and stop."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from install import LeftOutError

HOST = "127.0.0.1"
READY_SECONDS = 30
STOP_SECONDS = 10
READY_STATUSES = {200, 404, 406}
"""With these it has queried its database. PostgREST returns 406 if a single row is requested and there is none."""


class Tree:
    """A process and its children; its CPU time includes that of children that have ended."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._root = psutil.Process(pid)

    def cpu_seconds(self) -> float:
        times = self._root.cpu_times()
        seconds = float(times.children_user + times.children_system)
        for process in self._all():
            with suppress(psutil.NoSuchProcess):
                own = process.cpu_times()
                seconds += float(own.user + own.system)
        return seconds

    def megabytes(self) -> float:
        total = 0.0
        for process in self._all():
            with suppress(psutil.NoSuchProcess):
                total += float(process.memory_info().rss)
        return total / 1e6

    def _all(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]


@contextmanager
def running(
    command: Sequence[str], directory: str, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Stop it afterwards, with its children."""
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=directory, env=os.environ | environment, stdout=output, stderr=output) as process,
    ):
        try:
            yield process
        finally:
            _stop(process)


def wait_until_ready(port: int, path: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Raises LeftOutError."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port, path):
            return
        time.sleep(0.01)
    raise LeftOutError(f"it did not start: {log.read_text()[-500:].strip()}")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status in READY_STATUSES
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        _, alive = psutil.wait_procs(children, STOP_SECONDS)
        for child in alive:
            child.kill()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
