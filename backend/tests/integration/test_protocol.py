"""The limits of a connection, and its state after an error response."""

import signal
import time
from collections.abc import Iterator

import anyio.to_thread
import pytest

from src.server.protocol import MAX_HEAD, MAX_MESSAGE, MAX_PIPELINED
from src.server.timeouts import close_timed_out
from tests.databases import Database
from tests.openapi_document import BASE_PATH, Operation, operations
from tests.served import Server, connected, following, serving, with_timeouts
from tests.wire import talk, wired

TIMED_OUT = "Request took too long to arrive"
HOST = "Host: localhost\r\n"
HEAD = f"POST /api/v1/tasks HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"
HEALTH = f"GET /api/v1/health HTTP/1.1\r\n{HOST}\r\n".encode()
BODY = '{"title": "Buy milk"}'
CREATE = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n{BODY}".encode()
CHUNK = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
TASK_ID = "01a20577-8b3f-7e72-9fca-d34e8db788e8"
INCOMPLETE = {
    "half a method": "GE",
    "half a target": "GET /api/v1/ta",
    "half a header": "GET /api/v1/tasks HTTP/1.1\r\nHost: loc",
    "no body": f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n",
    "half a body": f'{HEAD}Content-Length: {len(BODY)}\r\n\r\n{{"title"',
    "half a chunk": f'{HEAD}Transfer-Encoding: chunked\r\n\r\n15\r\n{{"title"',
    "no last chunk": f"{HEAD}Transfer-Encoding: chunked\r\n\r\n15\r\n{BODY}\r\n",
}
REJECTED = {
    "garbage": "garbage\r\n\r\n",
    "a head without end": HEALTH.decode()[:-2] + "X-Long: " + "x" * MAX_HEAD,
    "a chunk without length": f"{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}
RESPONSE_BYTES = 8_000_000
ATTEMPTS = 200
"""Only a hang reaches it."""
LIST = f"GET /api/v1/tasks HTTP/1.1\r\n{HOST}\r\n".encode()


@pytest.fixture(scope="module")
def short(shared_database: Database) -> Iterator[Server]:
    """One server for the file, with a short receive timeout."""
    with serving(shared_database, with_timeouts(1)) as server:
        yield server


@pytest.fixture(scope="module")
def impatient(shared_database: Database) -> Iterator[Server]:
    """A server with short timeouts, and with more data than a socket buffers."""
    description = "\N{GRINNING FACE}" * 5_000
    body = f'{{"title": "Buy milk", "description": "{description}"}}'.encode()
    with serving(shared_database, with_timeouts(1, send=1, keep_alive=1)) as server:
        for _ in range(RESPONSE_BYTES // len(body)):
            assert talk(server.port, f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body).status == 201
        yield server


def pass_timeouts(server: Server) -> None:
    """Wait until each timeout has passed by the server's clock: half of one with each silent connection."""
    for _ in range(3):
        with wired(server.port) as silent:
            silent.rest()


@pytest.mark.parametrize("sent", INCOMPLETE.values(), ids=INCOMPLETE)
def test_an_incomplete_request_times_out_with_408(short: Server, shared_database: Database, sent: str) -> None:
    with shared_database.unchanged(), wired(short.port) as wire:
        wire.send(sent.encode())
        answer = wire.answer()
        rest = wire.rest()

    assert (answer.status, answer.envelope["error"]) == (408, TIMED_OUT)
    assert (answer.headers["connection"], rest) == ("close", b"")


def test_a_silent_connection_is_closed_without_a_response(short: Server) -> None:
    with wired(short.port) as wire:
        assert wire.rest() == b""


def test_keep_alive_outlasts_the_receive_timeout(short: Server) -> None:
    with wired(short.port) as answered, wired(short.port) as silent:
        answered.send(HEALTH)
        first = answered.answer()
        silent.rest()  # until its timeout, which began after that of the other
        answered.send(HEALTH)
        second = answered.answer()

    assert [first.status, second.status] == [200, 200]


async def test_an_event_stream_outlasts_the_receive_timeout(short: Server) -> None:
    async with connected(short) as api, following(api) as stream:
        with wired(short.port) as silent:
            await anyio.to_thread.run_sync(silent.rest)
        await api.create()
        (event,) = await stream.take(1)

    assert event.event == "CREATED"


def test_a_delete_with_an_incomplete_body_deletes_nothing(short: Server, shared_database: Database) -> None:
    with wired(short.port) as wire:
        wire.send(CREATE)
        task_id = wire.answer().text[30:66]
        with shared_database.unchanged():
            wire.send(f"DELETE /api/v1/tasks/{task_id} HTTP/1.1\r\n{HOST}Content-Length: 5\r\n\r\n12".encode())
            answer = wire.answer()

    assert (len(task_id), answer.status) == (36, 408)


def test_an_unread_body_is_not_parsed_as_a_request(short: Server) -> None:
    complete = f"PATCH /api/v1/tasks/{TASK_ID}/complete HTTP/1.1\r\n{HOST}Content-Length: {len(HEALTH)}\r\n\r\n"

    with wired(short.port) as wire:
        wire.send(complete.encode() + HEALTH[:9])
        wire.send(HEALTH[9:] + CREATE)
        statuses = [wire.answer().status, wire.answer().status]

    assert statuses == [404, 201]


def test_a_connection_is_usable_after_an_early_413(short: Server) -> None:
    large = b" " * 140_000

    with wired(short.port) as wire:
        wire.send(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{len(large):x}\r\n".encode() + large)
        rejected = wire.answer()
        wire.send(b"\r\n0\r\n\r\n" + CREATE)
        created = wire.answer()

    assert [rejected.status, created.status] == [413, 201]


def test_expect_100_continue_is_answered(short: Server) -> None:
    head = CREATE.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")

    with wired(short.port) as wire:
        wire.send(head[: -len(BODY)])
        interim = wire.read_line() + wire.read_line()
        wire.send(BODY.encode())
        answer = wire.answer()

    assert (interim, answer.status) == (b"HTTP/1.1 100 Continue\r\n\r\n", 201)


def test_invalid_bytes_after_a_request_do_not_affect_its_response(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(CREATE + b"no HTTP\r\n\r\n")
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.headers["connection"], rest) == (201, "close", b"")


def test_pipelined_requests_are_answered_in_order(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send((CREATE + HEALTH) * 50)
        statuses = [wire.answer().status for _ in range(100)]

    assert statuses == [201, 200] * 50


def test_a_disconnect_ends_a_stream_with_requests_pipelined_behind_it(shared_database: Database) -> None:
    """Otherwise each such client would leave a listener behind for ever."""
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


def test_requests_above_the_pipeline_limit_are_rejected(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(HEALTH * (2 * MAX_PIPELINED))
        answers = [wire.answer() for _ in range(1 + MAX_PIPELINED)]
        rest = wire.rest()

    assert {answer.status for answer in answers} == {200}
    assert (answers[-1].headers["connection"], rest) == ("close", b"")


@pytest.mark.parametrize("sent", REJECTED.values(), ids=REJECTED)
def test_a_rejected_client_that_stays_is_disconnected(short: Server, sent: str) -> None:
    with wired(short.port) as wire:
        wire.send(sent.encode())
        rejected, rest = wire.answer(), wire.rest()
        wire.wait_for_disconnect()

    assert (rejected.status in {400, 431}, rejected.headers["connection"], rest) == (True, "close", b"")
    assert talk(short.port, HEALTH).status == 200


def test_an_error_response_follows_the_responses_before_it(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(CREATE + REJECTED["a chunk without length"].encode())
        statuses = [wire.answer().status, wire.answer().status]
        wire.wait_for_disconnect()

    assert statuses == [201, 400]


def test_shutdown_does_not_wait_for_rejected_clients(shared_database: Database) -> None:
    with serving(shared_database, with_timeouts(1_000)) as server, wired(server.port) as wire:
        wire.send(REJECTED["a chunk without length"].encode())
        wire.rest()
        server.send_signal(signal.SIGTERM)
        wire.wait_for_disconnect()
        server.wait()
        log = server.log

    assert "Cancel" not in log


@pytest.mark.parametrize("sent", [LIST, LIST + HEALTH[:9], LIST * 4], ids=["one", "one and a half", "many"])
def test_an_unread_response_times_out(impatient: Server, sent: bytes) -> None:
    with wired(impatient.port) as wire:
        wire.send(sent)
        wire.read_line()
        pass_timeouts(impatient)
        rest = wire.rest()

    assert len(rest) < RESPONSE_BYTES
    assert talk(impatient.port, HEALTH).status == 200


def test_a_slow_reader_gets_the_whole_response(impatient: Server) -> None:
    with wired(impatient.port) as wire:
        wire.send(LIST)
        parts = list(iter(lambda: wire.read_slowly(50_000), b""))

    assert sum(map(len, parts)) > RESPONSE_BYTES
    assert parts[-1].endswith(b"}")


def test_an_event_stream_may_follow_an_early_413(impatient: Server) -> None:
    large = b" " * 140_000
    listen = f"GET /api/v1/events HTTP/1.1\r\n{HOST}\r\n".encode()

    with wired(impatient.port) as wire:
        wire.send(f"{HEAD}Content-Length: {len(large)}\r\n\r\n".encode())
        rejected = wire.answer()
        wire.send(large + listen)
        pass_timeouts(impatient)
        talk(impatient.port, CREATE)
        events = (line for line in iter(wire.read_line, b"") if line.startswith(b"event: "))
        started, event = next(events, None), next(events, None)

    assert (rejected.status, started, event) == (413, b"event: start\n", b"event: CREATED\n")


def test_the_head_limit_holds_for_a_head_that_shares_a_packet(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(HEALTH + HEALTH[:-2] + b"X-Long: " + b"x" * 2 * MAX_HEAD)
        first = wire.answer()
        wire.send(b"\r\n\r\n")
        second, rest = wire.answer(), wire.rest()

    assert (first.status, second.status, rest) == (200, 431, b"")


def test_the_receive_timeout_holds_for_a_head_that_shares_a_packet(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(HEALTH + HEALTH[:9])
        statuses = [wire.answer().status, wire.answer().status]

    assert statuses == [200, 408]


def test_a_body_above_the_message_limit_ends_the_connection(shared_database: Database) -> None:
    with serving(shared_database, with_timeouts(1_000)) as server, wired(server.port) as wire:
        wire.send(f"{HEAD}Content-Length: {2 * MAX_MESSAGE}\r\n\r\n".encode())
        rejected = wire.answer()
        wire.send(b" " * (MAX_MESSAGE + 1))
        rest = wire.rest()

    assert (rejected.status, rest) == (413, b"")


def test_an_error_response_to_head_has_no_body(short: Server) -> None:
    with wired(short.port) as wire:
        wire.send(HEALTH.replace(b"GET", b"HEAD")[:-2])
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.text, rest) == (408, "", b"")


def test_an_error_while_checking_a_connection_does_not_affect_others() -> None:
    checked: list[float] = []

    class Working:
        def check_timeouts(self, now: float) -> None:
            checked.append(now)

    class Broken:
        def check_timeouts(self, now: float) -> None:
            raise RuntimeError(now)

    working = {Working(), Working()}
    connections = {Broken(), *working, Broken()}

    close_timed_out(connections, 1.0)

    assert (checked, connections) == ([1.0, 1.0], working)


def test_trailers_are_ignored(short: Server) -> None:
    chunks = f"{len(BODY):x}\r\n{BODY}\r\n0\r\nIdempotency-Key: late\r\n\r\n"

    answers = [talk(short.port, f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks}".encode()) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert "idempotency-replayed" not in answers[1].headers


@pytest.mark.parametrize("target", ["http://localhost", "http://127.0.0.1:8000", "http://[::1]:1", "HTTP://localhost"])
def test_the_absolute_form_of_a_target_is_accepted(short: Server, target: str) -> None:
    answer = talk(short.port, HEALTH.replace(b"GET ", f"GET {target}".encode()))

    assert answer.status == 200


@pytest.mark.parametrize("operation", list(operations()), ids=str)
def test_an_endless_body_is_rejected_by_every_operation(
    impatient: Server, shared_database: Database, operation: Operation
) -> None:
    path = BASE_PATH + operation.path.replace("{id}", TASK_ID)
    head = (
        f"{operation.method} {path} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    )

    with shared_database.unchanged(), wired(impatient.port) as wire:
        wire.send(f"{head}\r\n".encode() + CHUNK * 9)
        status = int(wire.read_line().split()[1])
        wire.flood(CHUNK)

    assert status == 413


def test_there_is_no_server_header(short: Server) -> None:
    answers = [talk(short.port, HEALTH), talk(short.port, b"no HTTP\r\n\r\n")]

    assert [answer.status for answer in answers] == [200, 400]
    assert not [answer for answer in answers if "server" in answer.headers]


def test_none_of_this_is_logged_as_an_error(short: Server, impatient: Server) -> None:
    assert "error" not in short.log
    assert "error" not in impatient.log
