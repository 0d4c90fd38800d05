"""How one client's flood affects the others, each of which repeats a request and measures how long it takes."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from math import inf
from pathlib import Path
from statistics import quantiles
from subprocess import PIPE
from typing import TypeVar, cast

from tests.answer import Task
from tests.api_client import JSON
from tests.faults.filled import Filled
from tests.faults.flood import allow_sockets
from tests.faults.proof import Proof
from tests.served import MAIN, START_SECONDS, Server, changed, serving
from tests.wire import WireAnswer, wired

T = TypeVar("T")

PROMISE = "no client can take it from the others"
HEALTH, READS, WRITES = ("health",), ("task", "page", "history"), ("create",)
REPEATING = str(Path(__file__).with_name("repeating.py"))
EVERYTHING = HEALTH + READS + WRITES
PATHS = {
    "health": "/health",
    "task": "/tasks/{id}",
    "page": "/tasks?limit=20",
    "history": "/history?limit=20",
    "create": "/tasks",
}
FLOODER = "192.0.2.1"
"""Its address, as a proxy on this machine names it."""
FROM_ELSEWHERE = {"ALLOW_UNAUTHENTICATED": "true", "RATE_LIMIT": "0"}
P99_MS = 100
"""So long may one in a hundred of the others wait."""
HEALTH_MS = 250


@dataclass(frozen=True)
class Reply:
    """A response, and how long it took."""

    status: int
    body: bytes
    retry_after: str | None
    next: str | None
    """The reference of `Link`."""
    seconds: float

    @property
    def task(self) -> Task:
        assert self.status == 200, self.body
        return cast("Task", json.loads(self.body)["data"])


class Client:
    """A connection that is kept, by default the flooder's."""

    def __init__(self, server: Server, address: str = FLOODER) -> None:
        self._address = {"x-forwarded-for": address}
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=START_SECONDS)
        self.close = self._connection.close

    def ask(self, path: str, method: str = "GET", body: str | None = None) -> Reply:
        """`path` is that below `/api/v1`."""
        sent = self._address | (JSON if body else {})
        begun = time.monotonic()
        self._connection.request(method, f"/api/v1{path}", body and body.encode(), sent)
        response = self._connection.getresponse()
        content = response.read()
        link = (response.headers.get("link") or "")[1:].partition(">")[0] or None
        return Reply(response.status, content, response.headers.get("retry-after"), link, time.monotonic() - begun)


def ask(server: Server, path: str, note: Callable[[Reply], T]) -> T:
    """On a connection of its own."""
    with closing(Client(server)) as client:
        return note(client.ask(path))


def flood(server: Server, paths: Sequence[str], per_second: float, note: Callable[[Reply], T]) -> list[T]:
    """Ask each on a connection of its own, so many a second, whether the others have been answered or not."""
    with ThreadPoolExecutor(len(paths)) as pool:
        asked = []
        for path in paths:
            asked.append(pool.submit(ask, server, path, note))
            time.sleep(1 / per_second)
        return [each.result() for each in asked]


@dataclass
class OtherClients:
    """Their responses: what each was for, its status, and the milliseconds that it took."""

    responses: list[tuple[str, int, float]] = field(default_factory=list)

    def __str__(self) -> str:
        answers = ", ".join(f"{times:,} × {status}" for status, times in sorted(self.statuses.items()))
        waits = f"p50 {self._quantile(50):.0f}, p99 {self.p99:.0f}, max {max(self._waits(EVERYTHING)):.0f} ms"
        return f"others: {answers}, {waits}; health max {self.health_longest:.0f} ms"

    @property
    def statuses(self) -> Counter[int]:
        return Counter(status for _, status, _ in self.responses)

    @property
    def p99(self) -> float:
        return self._quantile(99)

    @property
    def health_longest(self) -> float:
        return max(self._waits(HEALTH))

    def _waits(self, names: Collection[str]) -> list[float]:
        return [wait for name, _, wait in self.responses if name in names]

    def _quantile(self, percent: int) -> float:
        return quantiles(self._waits(EVERYTHING), n=100, method="inclusive")[percent - 1]


def request(method: str, path: str, body: str = "", address: str = FLOODER, **headers: str) -> bytes:
    """For a raw socket."""
    lines = [f"{method} /api/v1{path} HTTP/1.1", "Host: localhost", f"X-Forwarded-For: {address}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()


def together(server: Server, requests: Sequence[bytes]) -> list[WireAnswer]:
    """Send all at once, each on a connection of its own that is open already."""
    allow_sockets(len(requests) + 1_000)
    with ExitStack() as stack:
        wires = [stack.enter_context(wired(server.port)) for _ in requests]
        for wire, text in zip(wires, requests, strict=True):
            wire.send(text)
        return [wire.answer() for wire in wires]


def serve(filled: Filled, proof: Proof, short: str = "pass", **settings: str) -> AbstractContextManager[Server]:
    """In the long form as users start it, so that its memory is its own; in the short one after a statement."""
    return serving(filled.database, MAIN if proof.long else changed(short), None, **FROM_ELSEWHERE, **settings)


def assert_served(clients: OtherClients, proof: Proof, *, p99: float = inf, health: float = inf) -> None:
    """Assert that the others were served, and in the long form within so many milliseconds."""
    proof.figure(str(clients))
    assert set(clients.statuses) <= {200, 201}
    if proof.long:
        assert clients.p99 <= p99
        assert clients.health_longest <= health


@contextmanager
def other_clients(server: Server, task_id: str, names: Collection[str] = EVERYTHING) -> Iterator[OtherClients]:
    """Other clients until the block ends, in a process of their own. Each has been served once when it begins."""
    clients = OtherClients()
    arguments = [str(server.port), json.dumps([_request_of(name, task_id) for name in names])]
    with subprocess.Popen([sys.executable, REPEATING, *arguments], stdin=PIPE, stdout=PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        try:
            yield clients
        finally:
            process.stdin.close()
        clients.responses += map(tuple, json.load(process.stdout))
    assert process.returncode == 0


def _request_of(name: str, task_id: str) -> tuple[str, str, str, str | None]:
    path = f"/api/v1{PATHS[name].replace('{id}', task_id)}"
    return (name, "POST", path, '{"title": "Of another"}') if name in WRITES else (name, "GET", path, None)
