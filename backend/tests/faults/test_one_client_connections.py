"""One client holds much: thousands of event streams, and tables that it has locked."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from threading import Event
from typing import cast

import psycopg
import pytest

from tests.databases import PostgresDatabase
from tests.faults.filled import Filled
from tests.faults.flood import allow_sockets, most_memory
from tests.faults.other_clients import (
    HEALTH,
    HEALTH_MS,
    PROMISE,
    READS,
    Client,
    assert_served,
    other_clients,
    request,
    serve,
    together,
)
from tests.faults.proof import Proof, promise
from tests.integration.test_locked_tables import POOL, connections_left, locked
from tests.integration.test_writer_frozen import connected
from tests.served import Server
from tests.wire import Wire, wired

ROUNDS = 5
LATE_SECONDS = 1.0
ADDRESSES = 8
"""More than four, since each may have a quarter of the streams."""
LOOK_SECONDS = 0.01
AT_ONCE = 1_000
TIMES = 4
EVERY_READ = ["/tasks/{id}", "/tasks?limit=20", "/tasks", "/history", "/changes", "/history/verify", "/health/ready"]
SLOW_ROUNDS, SLOW_SECONDS = 4, 12
UNREAD_MB = 200
COUNT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tasktrail'"
SHORT_LIMITS = (
    "import functools, src.batching.reader as reader, src.batching.writer as writer; "
    "reader.Limits = writer.Limits = functools.partial(reader.Limits, 0.5, 0.5)"
)
"""A statement that shortens the timeouts."""


def listeners(server: Server, count: int, stack: ExitStack) -> list[Wire]:
    """Ask for so many streams; return those that are open."""
    allow_sockets(count + 1_000)
    wires = [stack.enter_context(wired(server.port)) for _ in range(count)]
    for number, wire in enumerate(wires):
        wire.send(request("GET", "/events", address=f"192.0.2.{number % ADDRESSES}"))
    return [wire for wire in wires if wire.read_line().startswith(b"HTTP/1.1 200")]


def next_seq(wire: Wire) -> int:
    """The number of the next event."""
    for line in iter(wire.read_line, b""):
        if found := re.match(rb"id: (\d+)", line):
            return int(found[1])
    raise AssertionError("the stream has ended")


def change(writer: Client, heard_by: Sequence[Wire]) -> tuple[set[int], float]:
    """Create a task; return its entry's number as all have heard it, and the seconds until the last had."""
    begun = time.monotonic()
    assert writer.ask("/tasks", "POST", '{"title": "For all"}').status == 201
    return {next_seq(wire) for wire in heard_by}, time.monotonic() - begun


@promise(PROMISE, "2,600 listeners from 8 addresses, where MAX_LISTENERS is 2,000, and a change again and again")
def test_many_listeners(many_tasks: Filled, proof: Proof) -> None:
    most = proof.size(50, 2_000)
    wanted = most * 13 // 10

    with serve(many_tasks, proof, MAX_LISTENERS=str(most)) as server, ExitStack() as stack:
        opened, writer = listeners(server, wanted, stack), stack.enter_context(closing(Client(server)))
        [newest] = {next_seq(wire) for wire in opened}
        with other_clients(server, many_tasks.ids[0], HEALTH + READS) as clients:
            heard, seconds = zip(*(change(writer, opened) for _ in range(ROUNDS)), strict=True)
        peak = most_memory(server)

    proof.figure(f"{len(opened):,} streams, {wanted - len(opened)} refused; at most {peak:.0f} MB")
    proof.figure(f"an entry reached all of them within {max(seconds):.2f} s")
    assert len(opened) == most
    assert heard == tuple({newest + number} for number in range(1, ROUNDS + 1))
    assert_served(clients, proof, health=HEALTH_MS)
    if proof.long:
        assert max(seconds) <= LATE_SECONDS


def begin_list(server: Server, address: str, stack: ExitStack) -> Wire | None:
    """Ask for the whole list, and read its first line only; None if it was refused."""
    wire = stack.enter_context(wired(server.port))
    wire.send(request("GET", "/tasks", address=address))
    status = wire.read_line().split()[1]
    assert status in {b"200", b"503"}
    return wire if status == b"200" else None


@promise(PROMISE, "76 whole lists, asked for from 8 addresses: 36 clients read nothing, 40 read 4 KB each 12 s")
def test_lists_that_nobody_reads(many_tasks: Filled, proof: Proof) -> None:
    with serve(many_tasks, proof) as server, other_clients(server, many_tasks.ids[0]) as clients, ExitStack() as stack:
        begun = [begin_list(server, f"192.0.2.{number % ADDRESSES}", stack) for number in range(76)]
        slow = [wire for wire in begun[36:] if wire]
        for _ in range(proof.size(1, SLOW_ROUNDS)):
            for wire in slow:
                with suppress(OSError):  # it may have been cut off
                    wire.read_now(4_096)
            time.sleep(proof.size(0, SLOW_SECONDS))
        peak = most_memory(server)

    proof.figure(f"{sum(map(bool, begun))} begun, {begun.count(None)} refused; at most {peak:.0f} MB")
    assert any(begun)
    assert_served(clients, proof)
    if proof.long:
        assert peak <= UNREAD_MB


@contextmanager
def most_connections(database: PostgresDatabase) -> Iterator[list[int]]:
    """How many of its processes have served the application at a time, looked at again and again."""
    counts, over = [len(connected(database))], Event()

    def look() -> None:
        with psycopg.connect(database.url, autocommit=True) as connection:
            while not over.wait(LOOK_SECONDS):
                counts.append(connection.execute(COUNT).fetchall()[0][0])

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield counts
        finally:
            over.set()
        looking.result()


@promise(PROMISE, "reads of all kinds and a write, again and again, while all tables are locked for a minute")
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_reads_of_locked_tables(many_tasks: Filled, proof: Proof) -> None:
    database = cast("PostgresDatabase", many_tasks.database)
    reads = [request("GET", path.replace("{id}", many_tasks.ids[0])) for path in EVERY_READ]
    requests = [request("POST", "/tasks", '{"title": "Locked out"}'), *reads]

    with serve(many_tasks, proof, SHORT_LIMITS) as server, other_clients(server, "", HEALTH) as clients:
        with most_connections(database) as counts, locked(database):
            refused = [answer.status for _ in range(TIMES) for answer in together(server, requests)]
            gone = asyncio.run(connections_left(database, POOL + 2))
        served = [answer.status for answer in together(server, requests)]

    proof.figure(f"{len(refused)} × 503, at most {max(counts)} connections")
    assert refused == [503] * TIMES * len(requests)
    assert gone
    assert served == [201] + [200] * len(reads)
    assert_served(clients, proof)
