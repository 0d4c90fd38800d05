"""The limits of the databases themselves: `pgbench` and `sqlite3`, with Tasktrail's schema and statements."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from catalogue import BACKEND, BENCH
from operations import MIX
from postgres import Postgres
from results import Measurement
from sqlite_loop import Loop

SCRIPTS = BENCH / "contestants" / "limit-postgresql"
NOT_EQUAL = {
    "limit-sqlite": "No HTTP, no JSON, no checks: `sqlite3` in a loop in one process, one transaction per change.",
    "limit-postgresql": "No HTTP, no JSON, no checks: `pgbench -M prepared`, one transaction per change, the head "
    "locked in each. So 32 clients wait for one another, where Tasktrail commits waiting changes together.",
}


class SqliteLimit:
    """Several connections gain nothing, so there is one."""

    name = "limit-sqlite"

    def __init__(self, folder: Path, _postgres: Postgres) -> None:
        file = folder / f"{self.name}.db"
        _make_schema(f"sqlite:///{file}")
        self._loop = Loop(str(file))
        self._loop.seed()
        self.left_out = {MIX: "measured by single operations"}

    def offers(self, operation: str, connections: int) -> bool:
        return operation not in self.left_out and connections == 1

    def measure(self, operation: str, connections: int, number: int, seconds: int) -> Measurement:
        cpu = time.process_time()
        times = self._loop.run(operation, seconds)
        cpu = (time.process_time() - cpu) * 1000 / len(times)
        return _measurement((self.name, operation, connections, number), times, seconds, (cpu, cpu))


class PostgresqlLimit:
    name = "limit-postgresql"

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self._folder, self._postgres = folder, postgres
        _make_schema(postgres.create(self.name))
        postgres.run(self.name, (SCRIPTS / "seed.sql").read_text())
        self.left_out = {MIX: "measured by single operations"}

    def offers(self, operation: str, connections: int) -> bool:
        return operation not in self.left_out and connections > 0

    def measure(self, operation: str, connections: int, number: int, seconds: int) -> Measurement:
        cpu = self._postgres.tree.cpu_seconds()
        times = self._pgbench(operation, connections, seconds)
        cpu = (self._postgres.tree.cpu_seconds() - cpu) * 1000 / len(times)
        return _measurement((self.name, operation, connections, number), times, seconds, (None, cpu))

    def _pgbench(self, operation: str, connections: int, seconds: int) -> list[float]:
        log = self._folder / f"pgbench-{time.time_ns()}"
        subprocess.run(
            [
                *(self._postgres.programs / "pgbench", "--no-vacuum", "--protocol=prepared", "--username=postgres"),
                *("--host", self._postgres.socket_folder, "--file", SCRIPTS / f"{operation}.sql"),
                *("--client", str(connections), "--jobs", str(min(2, connections)), "--time", str(seconds)),
                *("--log", "--log-prefix", log, self.name),
            ],
            capture_output=True,
            check=True,
            text=True,
            timeout=seconds + 30,
        )
        files = list(self._folder.glob(f"{log.name}*"))
        lines = [line for file in files for line in file.read_text().splitlines()]
        for file in files:
            file.unlink()
        return [int(line.split()[2]) / 1000 for line in lines]


LIMITS = {each.name: each for each in (SqliteLimit, PostgresqlLimit)}


def _measurement(
    key: tuple[str, str, int, int],
    times: Sequence[float],
    seconds: float,
    cpu: tuple[float | None, float],
) -> Measurement:
    p99 = quantiles(times, n=100)[98]
    return Measurement(*key, len(times) / seconds, median(times), p99, 0, *cpu)


def _make_schema(url: str) -> None:
    environment = os.environ | {"DATABASE_URL": url}
    alembic = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(alembic, cwd=BACKEND, env=environment, check=True, capture_output=True)
