"""Listeners that do not read their event stream."""

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
"""Half of what unbounded buffers would hold."""


@contextmanager
def stalled(server: Server) -> Iterator[socket.socket]:
    """Request all entries and read none."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(b"GET /api/v1/events?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.settimeout(20)
        assert connection.recv(12) == b"HTTP/1.1 200"
        yield connection


def resident_bytes(server: Server) -> int:
    """The resident memory of the process."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(server.pid)], capture_output=True, text=True, check=True)  # noqa: S607  # wherever ps is
    return int(shown.stdout) * 1024


async def write(server: Server) -> None:
    async with connected(server) as api, timeout(60):
        for _ in range(WRITES // 50):
            answers = await gather(*(api.create("x", "x" * SIZE) for _ in range(50)))
            assert {answer.status for answer in answers} == {201}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_slow_listeners_do_not_block_writes_and_use_bounded_memory(database: Database) -> None:
    with serving(database) as server, ExitStack() as stack:
        await write(server)
        alone = resident_bytes(server)
        for _ in range(LISTENERS):
            stack.enter_context(stalled(server))

        await write(server)

        assert resident_bytes(server) - alone < BOUND


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_a_slow_listener_that_resumes_gets_every_entry_once_in_order(database: Database) -> None:
    with serving(database) as server, stalled(server) as connection:
        await write(server)

        numbers = await asyncio.to_thread(read_ids, connection, WRITES)

    assert numbers == list(range(1, WRITES + 1))


def read_ids(connection: socket.socket, count: int) -> list[int]:
    """Read so many events."""
    numbers: list[int] = []
    with connection.makefile("rb") as lines:
        while len(numbers) < count:
            line = lines.readline()
            assert line, "the stream has ended"
            if line.startswith(b"id: "):
                numbers.append(int(line[4:]))
    return numbers
