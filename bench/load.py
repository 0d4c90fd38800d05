"""The load: tasks to read, and `wrk`."""

import http.client
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from contestants import BENCH, HOST, Contestant

TASKS_TO_READ = 2_048
SEEDERS = 32
WRK_THREADS = 2
LEAVE_SECONDS = 30

CREATE, READ = "create", "read"
OPERATIONS = (CREATE, READ)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One contestant under one load, in one round; times in milliseconds."""

    contestant: str
    operation: str
    connections: int
    round: int
    rate: float
    p50: float
    p99: float
    errors: int
    cpu_per_1000: float


def seed(contestant: Contestant) -> None:
    """Create the tasks that will be read, over HTTP, and check what comes back."""
    with ThreadPoolExecutor(SEEDERS) as pool:
        ids = pool.map(_create_some, [contestant] * SEEDERS, range(SEEDERS))
        _ids_of(contestant).write_text("\n".join(task_id for some in ids for task_id in some))


def measure(contestant: Contestant, operation: str, connections: int, number: int, seconds: float) -> Measurement:
    cpu = contestant.cpu_seconds()
    result = _wrk(contestant, operation, connections, seconds)
    cpu = contestant.cpu_seconds() - cpu
    done = result["requests"] or 1
    return Measurement(
        contestant.name,
        operation,
        connections,
        number,
        rate=done / result["seconds"],
        p50=result["p50"],
        p99=result["p99"],
        errors=int(result["refused"] + result["broken"]),
        cpu_per_1000=cpu * 1000 / done,
    )


def _wrk(contestant: Contestant, operation: str, connections: int, seconds: float) -> dict[str, float]:
    argument = str(_ids_of(contestant)) if operation == READ else str(time.time_ns())
    command = [
        *("wrk", "--script", f"{operation}.lua", "--duration", f"{seconds:g}s"),
        *("--connections", str(connections), "--threads", str(min(WRK_THREADS, connections))),
        *(contestant.url, "--", argument),
    ]
    wrk = subprocess.run(
        command,
        cwd=BENCH / "wrk",
        capture_output=True,
        check=False,
        text=True,
        timeout=seconds + LEAVE_SECONDS,
    )
    if wrk.returncode != 0:
        sys.exit(f"wrk could not measure {contestant.name}: {wrk.stderr or wrk.stdout}")
    result: dict[str, float] = json.loads(wrk.stdout.splitlines()[-1])
    return result


def _ids_of(contestant: Contestant) -> Path:
    return contestant.folder / f"{contestant.name}.ids"


def _create_some(contestant: Contestant, seeder: int) -> list[str]:
    connection = http.client.HTTPConnection(HOST, contestant.port, timeout=20)
    try:
        return [_create(connection, f"Seed {seeder}-{number}") for number in range(TASKS_TO_READ // SEEDERS)]
    finally:
        connection.close()


def _create(connection: http.client.HTTPConnection, title: str) -> str:
    body = json.dumps({"title": title, "description": "Semi-skimmed, two litres"})
    connection.request("POST", "/api/v1/tasks", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    task = json.loads(text)["data"]
    if answer.status != http.client.CREATED or task["title"] != title:
        raise RuntimeError(f"POST was answered with {answer.status}: {text!r}")
    return str(task["id"])
