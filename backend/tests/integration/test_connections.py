"""Half-closed connections, HTTP/1.0, early responses and the connection limit."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.databases import Database
from tests.served import Server, serving, with_timeouts
from tests.wire import WireAnswer, talk, wired

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
"""The database makes no difference."""
TOKEN = "t0ken-" + "full" * 10
HOST = "Host: localhost\r\n"
JSON = f"{HOST}Content-Type: application/json\r\n"
BODY = '{"title": "Buy milk"}'
LENGTH = f"Content-Length: {len(BODY)}\r\n"
CREATE = f"POST /api/v1/tasks HTTP/1.1\r\n{JSON}{LENGTH}\r\n{BODY}".encode()
HEALTH = f"GET /api/v1/health HTTP/1.1\r\n{HOST}\r\n".encode()
READY = HEALTH.replace(b"health", b"health/ready")
EVENTS = f"GET /api/v1/events HTTP/1.1\r\n{HOST}\r\n".encode()
OVERLOADED = (503, "The server is busy; nothing was changed, please try again")


@pytest.fixture(scope="module")
def served(shared_database: Database) -> Iterator[Server]:
    """A server with the default settings."""
    with serving(shared_database, LOG_LEVEL="info") as server:
        yield server


def test_a_half_closed_connection_gets_its_response(served: Server) -> None:
    with wired(served.port) as wire:
        wire.send(CREATE)
        wire.half_close()
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.headers["connection"], rest) == (201, "close", b"")


def test_a_half_closed_connection_gets_all_its_responses(served: Server) -> None:
    with wired(served.port) as wire:
        wire.send((CREATE + HEALTH) * 20 + HEALTH[:9])
        wire.half_close()
        statuses = [wire.answer().status for _ in range(40)]
        rest = wire.rest()

    assert (statuses, rest) == ([201, 200] * 20, b"")


def test_a_connection_half_closed_with_its_request_gets_events(served: Server) -> None:
    with wired(served.port) as wire:
        wire.send(EVENTS)
        wire.half_close()
        while wire.read_line().strip():
            pass
        assert talk(served.port, CREATE).status == 201
        event = next(line for line in iter(wire.read_line, b"") if line == b"event: CREATED\n")

    assert event


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_an_event_stream_ends_when_the_client_half_closes(served: Server, version: bytes) -> None:
    """Browsers do so when a page is closed. The stream ends at once, not with the next ping."""
    with wired(served.port) as wire:
        wire.send(EVENTS.replace(b"1.1", version))
        while wire.read_line().strip():
            pass
        wire.half_close()
        rest = wire.rest()

    assert b"ping" not in rest


@pytest.mark.parametrize("path", ["", "/{id}/complete", "/{id}/restore"])
def test_a_body_cut_off_between_chunks_changes_nothing(served: Server, shared_database: Database, path: str) -> None:
    task_id = talk(served.port, CREATE).text[30:66]
    method = "PATCH" if path.endswith("complete") else "POST"
    line = f"{method} /api/v1/tasks{path.replace('{id}', task_id)} HTTP/1.1"

    with shared_database.unchanged(), wired(served.port) as wire:
        wire.send(f"{line}\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n".encode())
        wire.half_close()
        rest = wire.rest()

    assert rest == b""


@pytest.mark.parametrize("size", [0, 1, len(BODY) - 1])
def test_a_cut_off_request_changes_nothing(served: Server, shared_database: Database, size: int) -> None:
    with shared_database.unchanged(), wired(served.port) as wire:
        wire.send(CREATE[: -len(BODY) + size])
        wire.half_close()
        rest = wire.rest()

    assert rest == b""


def http_1_0(line: str, more: str = "", body: str = "") -> bytes:
    """A request in HTTP/1.0."""
    return f"{line} HTTP/1.0\r\n{HOST}{more}\r\n{body}".encode()


def test_an_http_1_0_client_gets_events_until_the_connection_closes(served: Server) -> None:
    with wired(served.port) as wire:
        wire.send(http_1_0("GET /api/v1/events?since=0"))
        head = b"".join(iter(wire.read_line, b"\r\n")).lower()
        talk(served.port, CREATE)
        body = [wire.read_line() for _ in range(3)]

    assert head.startswith(b"http/1.1 200")
    assert b"connection: close" in head
    assert b"transfer-encoding" not in head
    assert b"content-length" not in head
    assert all(line.partition(b": ")[0] in {b"id", b"event", b"data"} for line in body)


def test_an_http_1_0_client_gets_no_chunked_response(served: Server) -> None:
    for line in ("GET /api/v1/tasks", "GET /api/v1/health", "GET /", "GET /nowhere", "HEAD /api/v1/events"):
        with wired(served.port) as wire:
            wire.send(http_1_0(line))
            answer, rest = wire.answer(), wire.rest()

        assert "transfer-encoding" not in answer.headers
        assert (answer.headers["connection"], rest) == ("close", b"")


def test_an_http_1_0_client_gets_no_100_continue(served: Server) -> None:
    more = f"Content-Type: application/json\r\nExpect: 100-continue\r\n{LENGTH}"

    answer = talk(served.port, http_1_0("POST /api/v1/tasks", more, BODY))

    assert answer.status == 201


@pytest.fixture(scope="module")
def guarded(shared_database: Database) -> Iterator[Server]:
    """A server that requires a token."""
    with serving(shared_database, with_timeouts(1_000), API_TOKEN=TOKEN) as server:
        yield server


AUTHORIZED = f"Authorization: Bearer {TOKEN}\r\n"
WITH_BODY = {
    "a length": "Content-Length: 100000\r\n",
    "chunks": "Transfer-Encoding: chunked\r\n",
    "100-continue": "Content-Length: 100\r\nExpect: 100-continue\r\n",
}
HEADS = {
    "a foreign host": ("Host: evil.example\r\n", 400),
    "no token": (HOST, 401),
    "a wrong token": (f"{HOST}Authorization: Bearer {TOKEN}x\r\n", 401),
}


@pytest.mark.parametrize("body", WITH_BODY.values(), ids=WITH_BODY)
@pytest.mark.parametrize(("head", "status"), HEADS.values(), ids=HEADS)
def test_a_rejected_client_is_answered_before_its_body(guarded: Server, head: str, status: int, body: str) -> None:
    for line in ("POST /api/v1/tasks", f"DELETE /api/v1/tasks/{'0' * 8}-0000-0000-0000-{'0' * 12}"):
        answer = talk(guarded.port, f"{line} HTTP/1.1\r\n{head}{body}\r\n".encode())

        assert answer.status == status


@pytest.mark.parametrize("line", ["POST /api/v1/tasks", "PATCH /api/v1/tasks/x/complete"])
def test_a_rejected_length_or_coding_is_answered_before_the_body(guarded: Server, line: str) -> None:
    for body, status in (("Content-Length: 131073", 413), ("Transfer-Encoding: gzip, chunked", 501)):
        answer = talk(guarded.port, f"{line} HTTP/1.1\r\n{HOST}{AUTHORIZED}{body}\r\n\r\n".encode())

        assert answer.status == status


def test_a_connection_is_usable_after_a_401(guarded: Server) -> None:
    body = b" " * 100_000

    with wired(guarded.port) as wire:
        wire.send(f"POST /api/v1/tasks HTTP/1.1\r\n{HOST}Content-Length: {len(body)}\r\n\r\n".encode())
        rejected = wire.answer()
        wire.send(body + HEALTH)
        answer = wire.answer()

    assert [rejected.status, answer.status] == [401, 200]


MAX_CONNECTIONS = 4


@pytest.fixture
def full(database: Database) -> Iterator[tuple[Server, ExitStack]]:
    """A server whose few connections are all taken by listeners."""
    with serving(database, MAX_CONNECTIONS=str(MAX_CONNECTIONS)) as server, ExitStack() as listeners:
        for _ in range(MAX_CONNECTIONS):
            wire = listeners.enter_context(wired(server.port))
            wire.send(EVENTS)
            assert wire.read_line().startswith(b"HTTP/1.1 200")
        yield server, listeners


def error_of(answer: WireAnswer) -> tuple[int, str | None]:
    return answer.status, answer.envelope["error"]


def test_above_the_connection_limit_requests_get_503(full: tuple[Server, ExitStack]) -> None:
    server, _ = full

    like_a_probe = (HEALTH.replace(b"health", b"tasks?q=/api/v1/health"), HEALTH.replace(b"GET", b"POST"))
    answers = [talk(server.port, sent) for sent in (CREATE, READY, EVENTS, *like_a_probe)]

    assert [error_of(answer) for answer in answers] == [OVERLOADED] * 5
    assert {(answer.headers["retry-after"], answer.headers["connection"]) for answer in answers} == {("1", "close")}


def test_above_the_connection_limit_a_liveness_probe_is_answered(full: tuple[Server, ExitStack]) -> None:
    server, _ = full

    with wired(server.port) as wire:
        wire.send(HEALTH)
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.headers["connection"], rest) == (200, "close", b"")


def test_the_longest_idle_connection_is_closed_for_a_new_one(database: Database) -> None:
    with serving(database, MAX_CONNECTIONS=str(MAX_CONNECTIONS)) as server, ExitStack() as stack:
        wires = [stack.enter_context(wired(server.port)) for _ in range(MAX_CONNECTIONS)]
        for wire in wires:
            wire.send(HEALTH)
            assert wire.answer().status == 200
        wires[0].send(HEALTH)  # now another is idle for longest
        assert wires[0].answer().status == 200
        created = talk(server.port, CREATE)
        closed = wires[1].rest()
        wires[0].send(HEALTH)
        again = wires[0].answer()

    assert (created.status, closed, again.status) == (201, b"", 200)


def test_a_reset_connection_no_longer_counts(database: Database) -> None:
    with serving(database, MAX_CONNECTIONS="1") as server:
        for _ in range(5):
            with wired(server.port) as wire:
                wire.send(HEALTH)
                assert wire.answer().status == 200
                wire.reset()

        with closing(socket.create_connection(("127.0.0.1", server.port), 30)) as connection:
            connection.sendall(CREATE)
            answered = connection.recv(15)

    assert answered == b"HTTP/1.1 201 Cr"
