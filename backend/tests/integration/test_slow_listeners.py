"""Listeners that connect and do not read."""

import asyncio
import socket
import subprocess
from asyncio import gather, timeout
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.databases import Database
from tests.served import Server, connected, serving

LISTENERS, WRITES, SIZE = 20, 800, 5_000
BOUND = LISTENERS * WRITES * SIZE // 2
"""Half of what would be held for the listeners if all were."""


@contextmanager
def deaf(server: Server) -> Iterator[socket.socket]:
    """Ask for all entries and take none."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(b"GET /api/v1/events?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.settimeout(20)
        assert connection.recv(12) == b"HTTP/1.1 200"
        yield connection


def held_by(server: Server) -> int:
    """Tell how many bytes the process has in memory."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(server.pid)], capture_output=True, text=True, check=True)  # noqa: S607  # wherever ps is
    return int(shown.stdout) * 1024


async def write(server: Server) -> None:
    async with connected(server) as api, timeout(60):
        for _ in range(WRITES // 50):
            answers = await gather(*(api.create("x", "x" * SIZE) for _ in range(50)))
            assert {answer.status for answer in answers} == {201}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_they_hold_up_no_writer_and_cost_a_bounded_amount_of_memory(database: Database) -> None:
    with serving(database) as server, ExitStack() as stack:
        await write(server)
        alone = held_by(server)
        for _ in range(LISTENERS):
            stack.enter_context(deaf(server))

        await write(server)

        assert held_by(server) - alone < BOUND


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_who_reads_at_last_gets_everything_once_and_in_order(database: Database) -> None:
    with serving(database) as server, deaf(server) as connection:
        await write(server)

        numbers = await asyncio.to_thread(read_ids, connection, WRITES)

    assert numbers == list(range(1, WRITES + 1))


def read_ids(connection: socket.socket, count: int) -> list[int]:
    """Read on until so many events have come."""
    numbers: list[int] = []
    with connection.makefile("rb") as lines:
        while len(numbers) < count:
            line = lines.readline()
            if line.startswith(b"id: "):
                numbers.append(int(line[4:]))
    return numbers
