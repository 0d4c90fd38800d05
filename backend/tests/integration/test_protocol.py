"""What a connection may do: how long a request may take to arrive, and what follows a refusal."""

import signal
import time
from collections.abc import Iterator

import anyio.to_thread
import pytest

from src.server.heads import MAX_HEAD
from src.server.protocol import MAX_MESSAGE, MAX_WAITING
from src.server.timeouts import end_overdue
from tests.databases import Database
from tests.openapi_document import BASE_PATH, Operation, operations
from tests.served import Server, connected, following, serving, short_of_time
from tests.wire import talk, wired

LATE = "Request took too long to arrive"
HOST = "Host: localhost\r\n"
HEAD = f"POST /api/v1/tasks HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"
HEALTH = f"GET /api/v1/health HTTP/1.1\r\n{HOST}\r\n".encode()
BODY = '{"title": "Buy milk"}'
CREATE = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n{BODY}".encode()
CHUNK = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
TASK_ID = "01a20577-8b3f-7e72-9fca-d34e8db788e8"
SLOW = {
    "half a method": "GE",
    "half a target": "GET /api/v1/ta",
    "half a header": "GET /api/v1/tasks HTTP/1.1\r\nHost: loc",
    "no body": f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n",
    "half a body": f'{HEAD}Content-Length: {len(BODY)}\r\n\r\n{{"title"',
    "half a chunk": f'{HEAD}Transfer-Encoding: chunked\r\n\r\n15\r\n{{"title"',
    "no last chunk": f"{HEAD}Transfer-Encoding: chunked\r\n\r\n15\r\n{BODY}\r\n",
}
REFUSED = {
    "no HTTP": "garbage\r\n\r\n",
    "a head without end": HEALTH.decode()[:-2] + "X-Long: " + "x" * MAX_HEAD,
    "a chunk without length": f"{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}
LARGE = 8_000_000
ATTEMPTS = 200
"""Far more than it takes; they only keep a test from hanging."""
CHANGES = f"GET /api/v1/changes?limit=1000 HTTP/1.1\r\n{HOST}\r\n".encode()


@pytest.fixture(scope="module")
def short(shared_database: Database) -> Iterator[Server]:
    """Serve a whole file by one process that is short of time."""
    with serving(shared_database, short_of_time(1)) as server:
        yield server


@pytest.fixture(scope="module")
def hasty(shared_database: Database) -> Iterator[Server]:
    """Serve more than a connection holds, by one process that gives nobody much time."""
    description = "\N{GRINNING FACE}" * 5_000
    body = f'{{"title": "Buy milk", "description": "{description}"}}'.encode()
    with serving(shared_database, short_of_time(1, unread=1, idle=1)) as server:
        for _ in range(LARGE // len(body)):
            assert talk(server.port, f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body).status == 201
        yield server


def pass_time(server: Server) -> None:
    """Let each of its limits pass, by its own clock: half of one each time, as far as it looks ahead."""
    for _ in range(3):
        with wired(server.port) as silent:
            silent.rest()


@pytest.mark.parametrize("begun", SLOW.values(), ids=SLOW)
def test_a_request_that_does_not_arrive_is_told_so(short: Server, shared_database: Database, begun: str) -> None:
    with shared_database.unchanged(), wired(short.port) as wire:
        wire.send(begun.encode())
        answer = wire.answer()
        rest = wire.rest()

    assert (answer.status, answer.envelope["error"]) == (408, LATE)
    assert (answer.headers["connection"], rest) == ("close", b"")


def test_who_says_nothing_is_left_without_a_word(short: Server) -> None:
    with wired(short.port) as wire:
        assert wire.rest() == b""


def test_who_has_been_answered_may_stay_for_longer(short: Server) -> None:
    with wired(short.port) as answered, wired(short.port) as silent:
        answered.send(HEALTH)
        first = answered.answer()
        silent.rest()  # its second is over, and that of the other began before
        answered.send(HEALTH)
        second = answered.answer()

    assert [first.status, second.status] == [200, 200]


async def test_who_listens_may_stay(short: Server) -> None:
    async with connected(short) as api, following(api) as stream:
        with wired(short.port) as silent:
            await anyio.to_thread.run_sync(silent.rest)
        await api.create()
        (event,) = await stream.take(1)

    assert event.event == "CREATED"


def test_what_is_not_begun_is_not_done(short: Server, shared_database: Database) -> None:
    with wired(short.port) as wire:
        wire.send(CREATE)
        task_id = wire.answer().text[30:66]
        with shared_database.unchanged():
            wire.send(f"DELETE /api/v1/tasks/{task_id} HTTP/1.1\r\n{HOST}Content-Length: 5\r\n\r\n12".encode())
            answer = wire.answer()

    assert (len(task_id), answer.status) == (36, 408)


def test_a_body_that_nobody_reads_is_no_request(short: Server) -> None:
    complete = f"PATCH /api/v1/tasks/{TASK_ID}/complete HTTP/1.1\r\n{HOST}Content-Length: {len(HEALTH)}\r\n\r\n"

    with wired(short.port) as wire:
        wire.send(complete.encode() + HEALTH[:9])
        wire.send(HEALTH[9:] + CREATE)
        statuses = [wire.answer().status, wire.answer().status]

    assert statuses == [404, 201]


def test_who_was_refused_before_the_end_may_send_it(short: Server) -> None:
    large = b" " * 140_000

    with wired(short.port) as wire:
        wire.send(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{len(large):x}\r\n".encode() + large)
        refused = wire.answer()
        wire.send(b"\r\n0\r\n\r\n" + CREATE)
        created = wire.answer()

    assert [refused.status, created.status] == [413, 201]


def test_a_body_that_waits_for_leave_gets_it(short: Server) -> None:
    head = CREATE.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")

    with wired(short.port) as wire:
        wire.send(head[: -len(BODY)])
        leave = wire.read_line() + wire.read_line()
        wire.send(BODY.encode())
        answer = wire.answer()

    assert (leave, answer.status) == (b"HTTP/1.1 100 Continue\r\n\r\n", 201)


def test_what_is_wrong_after_a_request_takes_nothing_from_its_answer(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(CREATE + b"no HTTP\r\n\r\n")
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.headers["connection"], rest) == (201, "close", b"")


def test_requests_at_once_are_answered_in_order(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send((CREATE + HEALTH) * 50)
        statuses = [wire.answer().status for _ in range(100)]

    assert statuses == [201, 200] * 50


def test_who_leaves_ends_the_stream_that_others_wait_behind(shared_database: Database) -> None:
    """Or each such client would leave a listener behind, for good."""
    events = f"GET /api/v1/events HTTP/1.1\r\n{HOST}\r\n".encode()

    with serving(shared_database, LOG_LEVEL="info") as server:
        with wired(server.port) as wire:
            wire.send(events + HEALTH)
            assert wire.read_line().startswith(b"HTTP/1.1 200")
            wire.reset()
        assert talk(server.port, CREATE).status == 201
        for _ in range(ATTEMPTS):
            if "/api/v1/events" in server.log:
                break
            time.sleep(0.05)
        log = server.log

    assert "/api/v1/events" in log
    assert '"/api/v1/health","status":200' not in log.partition("/api/v1/events")[2]
    assert "Exception" not in log


def test_of_very_many_at_once_the_first_are_answered(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(HEALTH * (2 * MAX_WAITING))
        answers = [wire.answer() for _ in range(1 + MAX_WAITING)]
        rest = wire.rest()

    assert {answer.status for answer in answers} == {200}
    assert (answers[-1].headers["connection"], rest) == ("close", b"")


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_who_is_refused_and_stays_is_given_up(short: Server, sent: str) -> None:
    with wired(short.port) as wire:
        wire.send(sent.encode())
        refused, rest = wire.answer(), wire.rest()
        wire.outlast()

    assert (refused.status in {400, 431}, refused.headers["connection"], rest) == (True, "close", b"")
    assert talk(short.port, HEALTH).status == 200


def test_who_is_refused_while_others_are_answered_is_told_after_them(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(CREATE + REFUSED["a chunk without length"].encode())
        statuses = [wire.answer().status, wire.answer().status]
        wire.outlast()

    assert statuses == [201, 400]


def test_a_server_that_ends_does_not_wait_for_the_refused(shared_database: Database) -> None:
    with serving(shared_database, short_of_time(1_000)) as server, wired(server.port) as wire:
        wire.send(REFUSED["a chunk without length"].encode())
        wire.rest()
        server.tell(signal.SIGTERM)
        wire.outlast()
        server.wait()
        log = server.log

    assert "Cancel" not in log


@pytest.mark.parametrize("sent", [CHANGES, CHANGES + HEALTH[:9], CHANGES * 4], ids=["one", "one and a half", "many"])
def test_an_answer_that_nobody_reads_is_dropped(hasty: Server, sent: bytes) -> None:
    with wired(hasty.port) as wire:
        wire.send(sent)
        wire.read_line()
        pass_time(hasty)
        rest = wire.rest()

    assert len(rest) < LARGE
    assert talk(hasty.port, HEALTH).status == 200


def test_who_reads_slowly_gets_it_all(hasty: Server) -> None:
    with wired(hasty.port) as wire:
        wire.send(CHANGES)
        parts = list(iter(lambda: wire.read_slowly(50_000), b""))

    assert sum(map(len, parts)) > LARGE
    assert parts[-1].endswith(b"}")


def test_who_was_refused_before_the_end_may_listen_next(hasty: Server) -> None:
    large = b" " * 140_000
    listen = f"GET /api/v1/events HTTP/1.1\r\n{HOST}\r\n".encode()

    with wired(hasty.port) as wire:
        wire.send(f"{HEAD}Content-Length: {len(large)}\r\n\r\n".encode())
        refused = wire.answer()
        wire.send(large + listen)
        pass_time(hasty)
        talk(hasty.port, CREATE)
        events = (line for line in iter(wire.read_line, b"") if line.startswith(b"event: "))
        started, event = next(events, None), next(events, None)

    assert (refused.status, started, event) == (413, b"event: start\n", b"event: CREATED\n")


def test_a_head_that_begins_with_the_end_of_another_request_is_bounded_too(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(HEALTH + HEALTH[:-2] + b"X-Long: " + b"x" * 2 * MAX_HEAD)
        first = wire.answer()
        wire.send(b"\r\n\r\n")
        second, rest = wire.answer(), wire.rest()

    assert (first.status, second.status, rest) == (200, 431, b"")


def test_a_head_that_begins_with_the_end_of_another_request_must_end_too(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(HEALTH + HEALTH[:9])
        statuses = [wire.answer().status, wire.answer().status]

    assert statuses == [200, 408]


def test_who_was_refused_and_goes_on_for_very_long_is_told_that_nobody_listens(shared_database: Database) -> None:
    with serving(shared_database, short_of_time(1_000)) as server, wired(server.port) as wire:
        wire.send(f"{HEAD}Content-Length: {2 * MAX_MESSAGE}\r\n\r\n".encode())
        refused = wire.answer()
        wire.send(b" " * (MAX_MESSAGE + 1))
        rest = wire.rest()

    assert (refused.status, rest) == (413, b"")


def test_who_only_wants_the_head_gets_no_body_of_a_refusal(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(HEALTH.replace(b"GET", b"HEAD")[:-2])
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.text, rest) == (408, "", b"")


def test_a_connection_that_cannot_be_ended_harms_no_other() -> None:
    looked: list[float] = []

    class Sound:
        def look(self, now: float) -> None:
            looked.append(now)

    class Broken:
        def look(self, now: float) -> None:
            raise RuntimeError(now)

    sound = {Sound(), Sound()}
    connections = {Broken(), *sound, Broken()}

    end_overdue(connections, 1.0)

    assert (looked, connections) == ([1.0, 1.0], sound)


def test_a_header_after_the_body_means_nothing(short: Server) -> None:
    chunks = f"{len(BODY):x}\r\n{BODY}\r\n0\r\nIdempotency-Key: late\r\n\r\n"

    answers = [talk(short.port, f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks}".encode()) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert "idempotency-replayed" not in answers[1].headers


@pytest.mark.parametrize("target", ["http://localhost", "http://127.0.0.1:8000", "http://[::1]:1", "HTTP://localhost"])
def test_a_whole_address_is_a_target_too(short: Server, target: str) -> None:
    answer = talk(short.port, HEALTH.replace(b"GET ", f"GET {target}".encode()))

    assert answer.status == 200


@pytest.mark.parametrize("operation", list(operations()), ids=str)
def test_a_body_without_end_is_taken_nowhere(hasty: Server, shared_database: Database, operation: Operation) -> None:
    path = BASE_PATH + operation.path.replace("{id}", TASK_ID)
    head = (
        f"{operation.method} {path} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    )

    with shared_database.unchanged(), wired(hasty.port) as wire:
        wire.send(f"{head}\r\n".encode() + CHUNK * 9)
        status = int(wire.read_line().split()[1])
        wire.flood(CHUNK)

    assert status == 413


def test_nobody_is_told_which_server_it_is(short: Server) -> None:
    answers = [talk(short.port, HEALTH), talk(short.port, b"no HTTP\r\n\r\n")]

    assert [answer.status for answer in answers] == [200, 400]
    assert not [answer for answer in answers if "server" in answer.headers]


def test_nothing_of_all_this_is_an_error_of_ours(short: Server, hasty: Server) -> None:
    assert "error" not in short.log
    assert "error" not in hasty.log
