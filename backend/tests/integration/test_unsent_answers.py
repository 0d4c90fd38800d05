"""The memory of unread responses is bounded in total and per client, and released."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.databases import Database
from tests.many_tasks import fill
from tests.served import Server, changed, serving
from tests.wire import talk

TASKS, DESCRIPTION = 2_000, "x" * 5_000
"""A list of 10 MB: more than the buffers of the system can take."""
HANG = 60
ONE, OTHER = "192.0.2.1", "198.51.100.1"
FROM_ELSEWHERE = {"ALLOW_UNAUTHENTICATED": "true", "RATE_LIMIT": "0"}
QUOTA = "from src.utils.client_quota import ClientQuota; main.app.state.unsent = ClientQuota({}, {})"
SHORT = "from src.server.protocol import Protocol; Protocol.send_timeout = 2.0"

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@contextmanager
def asking(server: Server, path: str, client: str = "") -> Iterator[socket.socket]:
    """A connection with a small buffer, on which a response has begun to arrive."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(HANG)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(request("GET", path, client))
        assert connection.recv(12) == b"HTTP/1.1 200"
        yield connection


def request(method: str, path: str, client: str = "", body: str = "") -> bytes:
    named = f"X-Forwarded-For: {client}\r\n" if client else ""
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\n{named}{length}\r\n{body}".encode()


def status(server: Server, path: str, client: str = "") -> int:
    answer = talk(server.port, request("GET", path, client))
    assert answer.status == 200 or int(answer.headers["retry-after"]) > 0
    return answer.status


def until_served(server: Server, path: str, client: str = "") -> None:
    """The server notices a moment later that a client has gone."""
    for _ in range(10 * HANG):
        if status(server, path, client) == 200:
            return
        time.sleep(0.1)
    raise AssertionError("its memory is not given back")


def rest(connection: socket.socket, read: bytes = b"") -> tuple[int, bytes]:
    """The length that a response announces, and its body, after what has been read of it."""
    received = bytearray(read)
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 16)
    head = received.index(b"\r\n\r\n") + 4
    length = int(re.findall(rb"content-length: (\d+)", received[:head])[0])
    with suppress(ConnectionResetError):
        while len(received) < head + length and (part := connection.recv(1 << 20)):
            received += part
    return length, bytes(received[head:])


def test_more_than_the_bound_in_all_is_refused_but_for_small_answers(database: Database) -> None:
    fill(database, TASKS, description=DESCRIPTION)

    with serving(database, changed(QUOTA.format(1_000_000, 1_000_000))) as server:
        with asking(server, "/tasks") as connection:
            refused = [status(server, "/tasks"), status(server, "/tasks?limit=100")]
            served = [status(server, path) for path in ("/tasks?limit=10", "/history", "/health")]
            created = talk(server.port, request("POST", "/tasks", body='{"title": "Milk"}'))
            _, whole = rest(connection)
        until_served(server, "/tasks")

    assert refused == [503, 503]
    assert served == [200, 200, 200]
    assert created.status == 201
    assert len(json.loads(whole)["data"]) == TASKS


def test_a_client_that_reads_nothing_takes_no_memory_of_others(database: Database) -> None:
    fill(database, TASKS, description=DESCRIPTION)

    with serving(database, changed(QUOTA.format(64_000_000, 1_000_000)), None, **FROM_ELSEWHERE) as server:
        with asking(server, "/tasks", ONE):
            statuses = [status(server, "/tasks", client) for client in (ONE, OTHER, "")]
        until_served(server, "/tasks", ONE)

    assert statuses == [503, 200, 200]


def test_a_client_that_reads_too_slowly_is_disconnected(database: Database) -> None:
    fill(database, TASKS, description=DESCRIPTION)
    change = f"{SHORT}; {QUOTA.format(1_000_000, 1_000_000)}"

    with serving(database, changed(change)) as server, asking(server, "/tasks") as connection:
        read = connection.recv(10)
        for _ in range(10 * HANG):
            if status(server, "/tasks?limit=100") == 200:
                break
            time.sleep(0.1)
            read += connection.recv(10)
        length, body = rest(connection, read)

    assert 0 < len(body) < length


def test_a_client_that_reads_steadily_gets_all(database: Database) -> None:
    fill(database, TASKS, description=DESCRIPTION)

    with serving(database, changed(SHORT)) as server, asking(server, "/tasks") as connection:
        read = b""
        for _ in range(40):
            read += connection.recv(8_192)
            time.sleep(0.1)
        length, body = rest(connection, read)

    assert len(body) == length
