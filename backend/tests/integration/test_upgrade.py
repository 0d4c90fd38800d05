"""The `Upgrade` header is ignored and does not alter a request."""

from collections.abc import Callable, Iterator

import pytest

from tests.databases import Database
from tests.served import COMMANDS, Server, serving
from tests.wire import talk, wired

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
"""The database makes no difference."""
HOST = "Host: localhost\r\n"
JSON = f"{HOST}Content-Type: application/json\r\n"
H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
WEBSOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
UPGRADES = {"h2c": H2C, "websocket": WEBSOCKET, "another": "Upgrade: TLS/1.0, x\r\nConnection: keep-alive, upgrade\r\n"}
LOST = (400, "body: was announced, but did not arrive whole")
BODY = '{"title": "Buy milk"}'
FIRST = '{"version": 1}'


@pytest.fixture(scope="module")
def served(shared_database: Database) -> Iterator[Server]:
    """A server with our protocol."""
    with serving(shared_database) as server:
        yield server


@pytest.fixture(scope="module")
def plain(shared_database: Database) -> Iterator[Server]:
    """A server with uvicorn's protocol, which does not read the body after such a head."""
    with serving(shared_database, COMMANDS["uvicorn"]) as server:
        yield server


def request(line: str, body: str = "", more: str = "") -> bytes:
    """A request with Content-Length."""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{line} HTTP/1.1\r\n{JSON}{more}{length}\r\n{body}".encode()


def chunked(line: str, body: str, more: str) -> bytes:
    """A request with a body in two chunks."""
    chunks = f"1\r\n{body[:1]}\r\n{len(body) - 1:x}\r\n{body[1:]}\r\n0\r\n\r\n"
    return f"{line} HTTP/1.1\r\n{JSON}{more}Transfer-Encoding: chunked\r\n\r\n{chunks}".encode()


def deleted_task(server: Server) -> str:
    """Create a task, change it twice, delete it, and give its id."""
    task_id = talk(server.port, request("POST /api/v1/tasks", BODY)).text[30:66]
    for title in ("Second", "Third"):
        assert talk(server.port, request(f"PUT /api/v1/tasks/{task_id}", f'{{"title": "{title}"}}')).status == 200
    assert talk(server.port, request(f"DELETE /api/v1/tasks/{task_id}")).status == 200
    return task_id


@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
@pytest.mark.parametrize("make", [request, chunked])
def test_upgrade_is_ignored(served: Server, upgrade: str, make: Callable[[str, str, str], bytes]) -> None:
    restore = f"POST /api/v1/tasks/{deleted_task(served)}/restore"

    with wired(served.port) as wire:
        wire.send(make(restore, FIRST, upgrade) + make("POST /api/v1/tasks", BODY, upgrade) + request("GET /docs"))
        answers = [wire.answer() for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 201, 200]
    assert '"title":"Buy milk"' in answers[0].text
    assert not [answer for answer in answers if "close" in answer.headers.get("connection", "")]


@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
def test_upgrade_is_ignored_in_a_head_sent_byte_by_byte(served: Server, upgrade: str) -> None:
    with wired(served.port) as wire:
        for byte in request("POST /api/v1/tasks", BODY, upgrade):
            wire.send(bytes([byte]))
        answer = wire.answer()

    assert answer.status == 201


@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
def test_the_body_limit_holds_with_upgrade(served: Server, upgrade: str) -> None:
    answer = talk(served.port, request("POST /api/v1/tasks", " " * 140_000, upgrade))

    assert answer.status == 413


@pytest.mark.parametrize("make", [request, chunked])
@pytest.mark.parametrize("more", [H2C, UPGRADES["another"]], ids=["h2c", "another"])
def test_a_restore_that_lost_its_body_is_rejected(
    plain: Server, shared_database: Database, more: str, make: Callable[[str, str, str], bytes]
) -> None:
    restore = make(f"POST /api/v1/tasks/{deleted_task(plain)}/restore", FIRST, more)

    with shared_database.unchanged(), wired(plain.port) as wire:
        wire.send(restore)
        answer, rest = wire.answer(), wire.rest()

    assert (answer.status, answer.envelope["error"]) == LOST
    assert (answer.headers["connection"], rest) == ("close", b"")


@pytest.mark.parametrize("line", ["PUT /api/v1/tasks/{id}", "POST /api/v1/tasks"])
def test_a_write_that_lost_its_body_is_rejected(plain: Server, shared_database: Database, line: str) -> None:
    sent = request(line.replace("{id}", deleted_task(plain)), FIRST, H2C)

    with shared_database.unchanged():
        answer = talk(plain.port, sent)

    assert (answer.status, answer.envelope["error"]) == LOST


@pytest.mark.parametrize("body", ["", "{}"])
def test_a_restore_without_a_body_is_accepted(served: Server, plain: Server, body: str) -> None:
    for server in (served, plain):
        task_id = deleted_task(server)
        answer = talk(server.port, request(f"POST /api/v1/tasks/{task_id}/restore", body, "" if body else H2C))
        assert (answer.status, '"title":"Third"' in answer.text) == (200, True)
