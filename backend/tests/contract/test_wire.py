"""HTTP is parsed as its standards say, under `python main.py` and under plain `uvicorn main:app`."""

from collections.abc import Iterator

import pytest

from tests.databases import Database
from tests.served import COMMANDS, Server, serving
from tests.wire import WireAnswer, talk

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
"""The database does not matter here."""
TOKEN = "t0ken-" + "full" * 10
HOST = f"Host: localhost\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n"
JSON = "Content-Type: application/json\r\n"
BODY = '{"title": "Buy milk"}'
UNDERSTOOD = (501, "Transfer-Encoding: must be chunked alone")
LOST = (400, "body: was announced, but did not arrive whole")


@pytest.fixture(scope="module", params=list(COMMANDS.values()), ids=list(COMMANDS))
def served(request: pytest.FixtureRequest, shared_database: Database) -> Iterator[Server]:
    """A server started in each of the two ways, with a token."""
    with serving(shared_database, request.param, API_TOKEN=TOKEN, FRONTEND_URL="http://localhost:3000") as server:
        yield server


def request(line: str, *headers: str, body: str = "") -> bytes:
    """The bytes of a request to a path of the API."""
    method, path = line.split(" ", 1)
    head = f"{method} /api/v1{path} HTTP/1.1\r\n{HOST}" + "".join(f"{header}\r\n" for header in headers)
    return f"{head}\r\n{body}".encode()


def create(served: Server) -> str:
    """Create a task and return its id."""
    answer = talk(served.port, request("POST /tasks", JSON[:-2], f"Content-Length: {len(BODY)}", body=BODY))
    return answer.text[30:66]


def refusal(answer: WireAnswer) -> tuple[int, str | None]:
    return answer.status, answer.envelope["error"]


PADDINGS = {
    "a space behind": "{} ",
    "a tab behind": "{}\t",
    "a tab before": "\t{}",
    "many on both sides": " \t  {}\t \t ",
}


@pytest.mark.parametrize("padding", PADDINGS.values(), ids=PADDINGS)
def test_white_space_around_a_header_value_is_ignored(served: Server, padding: str) -> None:
    key = f"key-{sorted(PADDINGS.values()).index(padding)}-{served.port}"
    headers = {
        "Host": "localhost",
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "application/json",
        "Content-Length": str(len(BODY)),
        "Idempotency-Key": key,
        "X-Request-ID": "mine",
        "Origin": "http://localhost:3000",
    }
    padded = "".join(f"{name}:{padding.format(value)}\r\n" for name, value in headers.items())
    plain = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    first = talk(served.port, f"POST /api/v1/tasks HTTP/1.1\r\n{padded}\r\n{BODY}".encode())
    again = talk(served.port, f"POST /api/v1/tasks HTTP/1.1\r\n{plain}\r\n{BODY}".encode())

    assert [first.status, again.status] == [201, 201]
    assert first.headers["x-request-id"] == "mine"
    assert first.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
def test_white_space_around_a_tag_is_ignored(served: Server, name: str) -> None:
    task_id = create(served)
    line = f"PATCH /tasks/{task_id}/complete" if name == "If-Match" else f"HEAD /tasks/{task_id}"

    answer = talk(served.port, request(line, f'{name}: "1" \t'))

    assert answer.status == (200 if name == "If-Match" else 304)


@pytest.mark.parametrize("zeros", [1, 14, 5_000])
def test_a_length_may_begin_with_zeros(served: Server, zeros: int) -> None:
    length = "0" * zeros + str(len(BODY))

    answer = talk(served.port, request("POST /tasks", JSON[:-2], f"Content-Length: {length}", body=BODY))

    assert answer.status == 201


@pytest.mark.parametrize("length", ["0" * 20 + "131073", "0" * 5_000 + "9" * 15])
def test_leading_zeros_do_not_evade_the_length_limit(served: Server, length: str) -> None:
    answer = talk(served.port, request("POST /tasks", JSON[:-2], f"Content-Length: {length}"))

    assert refusal(answer) == (413, "Request body is too large")


CODINGS = ["gzip, chunked", "gzip,chunked", "gzip\r\nTransfer-Encoding: chunked", "x, chunked "]
CHUNKS = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"


@pytest.mark.parametrize("codings", CODINGS)
@pytest.mark.parametrize("line", ["POST /tasks", "PATCH /tasks/{id}/complete", "DELETE /tasks/{id}"])
def test_further_transfer_codings_are_refused(
    served: Server, shared_database: Database, line: str, codings: str
) -> None:
    sent = request(line.replace("{id}", create(served)), JSON[:-2], f"Transfer-Encoding: {codings}", body=CHUNKS)

    with shared_database.unchanged():
        answer = talk(served.port, sent)

    assert refusal(answer) == UNDERSTOOD


@pytest.mark.parametrize("codings", ["chunked", "Chunked", "\tchunked ", ",chunked"])
def test_chunked_alone_is_accepted(served: Server, codings: str) -> None:
    answer = talk(served.port, request("POST /tasks", JSON[:-2], f"Transfer-Encoding:{codings}", body=CHUNKS))

    assert answer.status == 201


ALMOST = [
    "/tasks/{id}/complete%0A",
    "/tasks/{id}/complete%00",
    "/tasks/{id}/%63omplete",
    "/tasks/{id}/./complete",
    "/tasks/{id}/x/%2e%2e/complete",
    "/tasks//{id}/complete",
    "//tasks/{id}/complete",
    "%2Ftasks",
    "/tasks%0A",
    "/tasks%0D%0A",
    "/tasks%2F",
    "/tasks%3Flimit=1",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("path", ALMOST)
def test_a_path_is_matched_as_it_was_sent_to_its_end(served: Server, shared_database: Database, path: str) -> None:
    path = path.replace("{id}", create(served))

    with shared_database.unchanged():
        sent = [request(f"{method} {path}", JSON[:-2], "Content-Length: 2", body="{}") for method in METHODS]
        statuses = {talk(served.port, each).status for each in sent}

    assert statuses == {404}


@pytest.mark.parametrize("end", ["%0A", "%2F", "%2Fcomplete", "%00", "%20"])
def test_nothing_after_an_id_is_ignored(served: Server, shared_database: Database, end: str) -> None:
    path = f"/tasks/{create(served)}{end}"

    with shared_database.unchanged():
        answers = [talk(served.port, request(f"{method} {path}")) for method in ("GET", "DELETE", "PATCH", "POST")]

    assert [answer.status for answer in answers] == [400, 400, 405, 405]


@pytest.mark.parametrize("path", ["/health%0A", "/health/%72eady", "%2Fhealth"])
def test_paths_similar_to_public_ones_need_a_token(served: Server, path: str) -> None:
    answer = talk(served.port, f"GET /api/v1{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    assert answer.status == 401


@pytest.mark.parametrize("host", ["testserver", "testserver:80", "TESTSERVER"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_the_test_clients_host_is_refused_over_a_socket(served: Server, method: str, host: str) -> None:
    asked = "Origin: http://localhost:3000\r\nAccess-Control-Request-Method: PUT\r\n"

    answer = talk(served.port, f"{method} /api/v1/health HTTP/1.1\r\nHost: {host}\r\n{asked}\r\n".encode())

    assert refusal(answer) == (400, "host: is not one that this server answers to; see ALLOWED_HOSTS")
