"""Many concurrent clients: `wrk`, or a smaller load of our own."""

import asyncio
import json
import resource
import shutil
import signal
from asyncio import Event
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Limits, TransportError

from tests.api_client import Api
from tests.served import START_SECONDS, Server

SEEDED = 20
SCRIPT = Path(__file__).with_name("flood.lua")
PAUSE_SECONDS = 0.01
"""The pause of read-only clients between two requests, here and in the script."""


@dataclass(frozen=True)
class Load:
    """What came back: 2xx, 201 among them, 503, another status, nothing.

    And the 99th percentile of all waits and the longest one, in milliseconds, where wrk has measured them.
    """

    good: int
    created: int
    busy: int
    other: int
    broken: int
    p99: float = 0.0
    longest: float = 0.0

    def __str__(self) -> str:
        answers = f"{self.good:,} × 2xx, {self.busy:,} × 503, {self.other} × other, {self.broken} broken"
        return f"{answers}; p99 {self.p99:.1f} ms, the longest {self.longest:.0f} ms" if self.longest else answers


async def seeded(api: Api) -> list[str]:
    """Create tasks to read."""
    return [(await api.create(f"Task {number}")).task["id"] for number in range(SEEDED)]


async def hammered(
    server: Server, ids: list[str], connections: int, seconds: int, *, creates: bool = True, until: Event | None = None
) -> Load:
    """Run wrk for so many seconds, or until an event."""
    wrk = shutil.which("wrk")
    if wrk is None:
        pytest.skip("needs wrk, https://github.com/wg/wrk")
    threads, time = f"-t{min(connections, 2)}", f"-d{seconds}s"
    url = server.address.removesuffix("/api/v1")
    command = [
        wrk,
        threads,
        f"-c{connections}",
        time,
        "--timeout",
        "30s",
        "-s",
        str(SCRIPT),
        url,
        "--",
        "creates" if creates else "reads",
        *ids,
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    try:
        if until:
            await until.wait()
            process.send_signal(signal.SIGINT)  # it exits and prints its results
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return Load(**json.loads(output.splitlines()[-1]))


async def asked(
    server: Server, ids: list[str], connections: int, goes_on: Callable[[int], bool], *, creates: bool = True
) -> Load:
    """Send requests on so many connections, while `goes_on` is true of the request's number."""
    limits = Limits(max_connections=connections, max_keepalive_connections=connections)
    async with AsyncClient(base_url=server.address, timeout=START_SECONDS, limits=limits) as client:
        found = await asyncio.gather(*(_ask(client, ids, goes_on, creates=creates) for _ in range(connections)))
    statuses = sum(found, Counter())
    good, busy, broken = statuses[200] + statuses[201], statuses[503], statuses[0]
    return Load(good, statuses[201], busy, statuses.total() - good - busy - broken, broken)


async def _ask(client: AsyncClient, ids: list[str], goes_on: Callable[[int], bool], *, creates: bool) -> Counter[int]:
    statuses: Counter[int] = Counter()
    for number in takewhile(goes_on, count()):
        await asyncio.sleep(0 if creates else PAUSE_SECONDS)
        try:
            if creates and number % 2 == 1:
                response = await client.post("/tasks", json={"title": "Buy milk"})
            else:
                response = await client.get(f"/tasks/{ids[number % len(ids)]}")
            statuses[response.status_code] += 1
        except TransportError:
            statuses[0] += 1
    return statuses


def most_memory(server: Server) -> float:
    """The peak memory of the process in MB; 0 if the system does not report it."""
    return _memory(server, "VmHWM:")


def memory(server: Server) -> float:
    """Its memory now."""
    return _memory(server, "VmRSS:")


def _memory(server: Server, name: str) -> float:
    status = Path(f"/proc/{server.pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def allow_sockets(wanted: int) -> None:
    """Raise the limit on open files of this process, or skip."""
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < wanted:
        pytest.skip(f"needs {wanted} open files, and the system grants {most}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(granted, wanted), most))
