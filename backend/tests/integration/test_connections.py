"""What a client may do with its connection, and how many there may be."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.databases import Database
from tests.served import Server, serving, short_of_time
from tests.wire import WireAnswer, talk, wired

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
"""No database reads a request."""
TOKEN = "t0ken-" + "full" * 10
HOST = "Host: localhost\r\n"
JSON = f"{HOST}Content-Type: application/json\r\n"
BODY = '{"title": "Buy milk"}'
LENGTH = f"Content-Length: {len(BODY)}\r\n"
CREATE = f"POST /api/v1/tasks HTTP/1.1\r\n{JSON}{LENGTH}\r\n{BODY}".encode()
HEALTH = f"GET /api/v1/health HTTP/1.1\r\n{HOST}\r\n".encode()
READY = HEALTH.replace(b"health", b"health/ready")
EVENTS = f"GET /api/v1/events HTTP/1.1\r\n{HOST}\r\n".encode()
BUSY = (503, "The server is busy; nothing was changed, please try again")


@pytest.fixture(scope="module")
def served(shared_database: Database) -> Iterator[Server]:
    """Serve with the defaults."""
    with serving(shared_database, LOG_LEVEL="info") as server:
        yield server


def test_who_has_closed_its_half_gets_its_answer(served: Server) -> None:
    with wired(served.port) as wire:
        wire.send(CREATE)
        wire.finish()
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.headers["connection"], rest) == (201, "close", b"")


def test_who_has_closed_its_half_gets_all_its_answers(served: Server) -> None:
    with wired(served.port) as wire:
        wire.send((CREATE + HEALTH) * 20 + HEALTH[:9])
        wire.finish()
        statuses = [wire.answer().status for _ in range(40)]
        rest = wire.rest()

    assert (statuses, rest) == ([201, 200] * 20, b"")


def test_who_closes_its_half_with_the_question_may_listen(served: Server) -> None:
    with wired(served.port) as wire:
        wire.send(EVENTS)
        wire.finish()
        while wire.read_line().strip():
            pass
        assert talk(served.port, CREATE).status == 201
        event = next(line for line in iter(wire.read_line, b"") if line == b"event: CREATED\n")

    assert event


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_a_listener_that_closes_its_half_has_left(served: Server, version: bytes) -> None:
    """As a browser does whose page is closed: its stream ends at once, not with the next sign of life."""
    with wired(served.port) as wire:
        wire.send(EVENTS.replace(b"1.1", version))
        while wire.read_line().strip():
            pass
        wire.finish()
        rest = wire.rest()

    assert b"ping" not in rest


@pytest.mark.parametrize("path", ["", "/{id}/complete", "/{id}/restore"])
def test_a_body_that_breaks_off_between_its_chunks_is_no_request(
    served: Server, shared_database: Database, path: str
) -> None:
    task_id = talk(served.port, CREATE).text[30:66]
    method = "PATCH" if path.endswith("complete") else "POST"
    line = f"{method} /api/v1/tasks{path.replace('{id}', task_id)} HTTP/1.1"

    with shared_database.unchanged(), wired(served.port) as wire:
        wire.send(f"{line}\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n".encode())
        wire.finish()
        rest = wire.rest()

    assert rest == b""


@pytest.mark.parametrize("size", [0, 1, len(BODY) - 1])
def test_what_has_not_arrived_whole_is_not_done(served: Server, shared_database: Database, size: int) -> None:
    with shared_database.unchanged(), wired(served.port) as wire:
        wire.send(CREATE[: -len(BODY) + size])
        wire.finish()
        rest = wire.rest()

    assert rest == b""


def http_1_0(line: str, more: str = "", body: str = "") -> bytes:
    """Give the bytes of a request as an old client sends it."""
    return f"{line} HTTP/1.0\r\n{HOST}{more}\r\n{body}".encode()


def test_an_old_client_hears_events_until_the_connection_ends(served: Server) -> None:
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


def test_an_old_client_gets_every_other_answer_with_its_length(served: Server) -> None:
    for line in ("GET /api/v1/tasks", "GET /api/v1/health", "GET /", "GET /nowhere", "HEAD /api/v1/events"):
        with wired(served.port) as wire:
            wire.send(http_1_0(line))
            answer, rest = wire.answer(), wire.rest()

        assert "transfer-encoding" not in answer.headers
        assert (answer.headers["connection"], rest) == ("close", b"")


def test_an_old_client_is_not_told_to_go_on(served: Server) -> None:
    more = f"Content-Type: application/json\r\nExpect: 100-continue\r\n{LENGTH}"

    answer = talk(served.port, http_1_0("POST /api/v1/tasks", more, BODY))

    assert answer.status == 201


@pytest.fixture(scope="module")
def guarded(shared_database: Database) -> Iterator[Server]:
    """Serve who has a token."""
    with serving(shared_database, short_of_time(1_000), API_TOKEN=TOKEN) as server:
        yield server


AUTHORIZED = f"Authorization: Bearer {TOKEN}\r\n"
WITH_BODY = {
    "a length": "Content-Length: 100000\r\n",
    "chunks": "Transfer-Encoding: chunked\r\n",
    "leave to ask for": "Content-Length: 100\r\nExpect: 100-continue\r\n",
}
HEADS = {
    "a foreign host": ("Host: evil.example\r\n", 400),
    "no token": (HOST, 401),
    "a wrong token": (f"{HOST}Authorization: Bearer {TOKEN}x\r\n", 401),
}


@pytest.mark.parametrize("body", WITH_BODY.values(), ids=WITH_BODY)
@pytest.mark.parametrize(("head", "status"), HEADS.values(), ids=HEADS)
def test_who_is_not_let_in_is_told_before_the_body(guarded: Server, head: str, status: int, body: str) -> None:
    for line in ("POST /api/v1/tasks", f"DELETE /api/v1/tasks/{'0' * 8}-0000-0000-0000-{'0' * 12}"):
        answer = talk(guarded.port, f"{line} HTTP/1.1\r\n{head}{body}\r\n".encode())

        assert answer.status == status


@pytest.mark.parametrize("line", ["POST /api/v1/tasks", "PATCH /api/v1/tasks/x/complete"])
def test_what_is_too_long_or_encoded_is_told_before_the_body(guarded: Server, line: str) -> None:
    for body, status in (("Content-Length: 131073", 413), ("Transfer-Encoding: gzip, chunked", 501)):
        answer = talk(guarded.port, f"{line} HTTP/1.1\r\n{HOST}{AUTHORIZED}{body}\r\n\r\n".encode())

        assert answer.status == status


def test_who_was_not_let_in_may_go_on_with_the_next_request(guarded: Server) -> None:
    body = b" " * 100_000

    with wired(guarded.port) as wire:
        wire.send(f"POST /api/v1/tasks HTTP/1.1\r\n{HOST}Content-Length: {len(body)}\r\n\r\n".encode())
        refused = wire.answer()
        wire.send(body + HEALTH)
        answer = wire.answer()

    assert [refused.status, answer.status] == [401, 200]


FEW = 4


@pytest.fixture
def crowded(database: Database) -> Iterator[tuple[Server, ExitStack]]:
    """Serve few connections, all of which are taken by listeners."""
    with serving(database, MAX_CONNECTIONS=str(FEW)) as server, ExitStack() as listeners:
        for _ in range(FEW):
            wire = listeners.enter_context(wired(server.port))
            wire.send(EVENTS)
            assert wire.read_line().startswith(b"HTTP/1.1 200")
        yield server, listeners


def told(answer: WireAnswer) -> tuple[int, str | None]:
    return answer.status, answer.envelope["error"]


def test_beyond_the_most_connections_who_comes_is_told_so(crowded: tuple[Server, ExitStack]) -> None:
    server, _ = crowded

    answers = [talk(server.port, sent) for sent in (CREATE, READY, EVENTS)]

    assert [told(answer) for answer in answers] == [BUSY] * 3
    assert {(answer.headers["retry-after"], answer.headers["connection"]) for answer in answers} == {("1", "close")}


def test_beyond_the_most_connections_a_probe_is_answered_once(crowded: tuple[Server, ExitStack]) -> None:
    server, _ = crowded

    with wired(server.port) as wire:
        wire.send(HEALTH)
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.headers["connection"], rest) == (200, "close", b"")


def test_an_idle_connection_makes_room_for_another(database: Database) -> None:
    with serving(database, MAX_CONNECTIONS=str(FEW)) as server, ExitStack() as stack:
        wires = [stack.enter_context(wired(server.port)) for _ in range(FEW)]
        for wire in wires:
            wire.send(HEALTH)
            assert wire.answer().status == 200
        wires[0].send(HEALTH)  # so that another is idle for longer
        assert wires[0].answer().status == 200
        created = talk(server.port, CREATE)
        closed = wires[1].rest()
        wires[0].send(HEALTH)
        again = wires[0].answer()

    assert (created.status, closed, again.status) == (201, b"", 200)


def test_a_connection_that_was_reset_leaves_the_crowd(database: Database) -> None:
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
