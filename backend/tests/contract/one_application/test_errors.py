"""What is refused before routing: unknown routes, wrong methods, large bodies, foreign hosts."""

from collections.abc import AsyncIterator

import pytest

from tests.api_client import JSON, NOBODY, Api
from tests.databases import Database

LIMIT = 128 * 1024
TASK = f"/tasks/{NOBODY}"
ALLOWED = {
    "/tasks": {"GET", "HEAD", "POST", "OPTIONS"},
    TASK: {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"},
    f"{TASK}/complete": {"PATCH", "OPTIONS"},
    f"{TASK}/incomplete": {"PATCH", "OPTIONS"},
    "/history": {"GET", "HEAD", "OPTIONS"},
    "/history/verify": {"GET", "HEAD", "OPTIONS"},
    "/changes": {"GET", "HEAD", "OPTIONS"},
    "/stats/weekly": {"GET", "HEAD", "OPTIONS"},
    "/health": {"GET", "HEAD", "OPTIONS"},
    "/health/ready": {"GET", "HEAD", "OPTIONS"},
}
PATH_IDS = ["tasks", "task", "complete", "incomplete", "history", "verify", "changes", "week", "health", "ready"]
READS = [path for path, methods in ALLOWED.items() if "GET" in methods and path != TASK]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
REFUSED_HOSTS = [
    "evil.example",
    "testserver.evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
]
WELCOME_HOSTS = [
    "localhost",
    "localhost:8000",
    "127.0.0.1:8000",
    "[::1]",
    "[::1]:8000",
    "testserver",
    "LOCALHOST",
]


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body in pieces, so that its length is not known in advance."""
    for _ in range(size // 1024):
        yield b" " * 1024
    yield b" " * (size % 1024)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nowhere",
        "/task",
        f"{TASK}/nothing",
        "/history/1",
        "/stats",
        "//tasks",
        "/TASKS",
        "/../../etc/passwd",
    ],
)
async def test_an_unknown_route_is_not_found(api: Api, path: str) -> None:
    answer = await api.send("GET", path)

    assert answer.refusal == (404, "Not found")


@pytest.mark.parametrize("path", ["http://testserver/index.html", "http://testserver/api", "http://testserver/tasks"])
async def test_only_the_page_is_outside_the_base_path(api: Api, path: str) -> None:
    answer = await api.send("GET", path)

    assert answer.refusal == (404, "Not found")


@pytest.mark.parametrize("method", [*METHODS, "OPTIONS"])
async def test_an_unknown_route_is_not_found_by_any_method(api: Api, method: str) -> None:
    answer = await api.send(method, "/nowhere")

    assert answer.refusal == (404, "Not found")


@pytest.mark.parametrize("path", ALLOWED, ids=PATH_IDS)
async def test_a_trailing_slash_is_another_route_and_no_redirect(api: Api, path: str) -> None:
    for method in ALLOWED[path] - {"HEAD"}:
        answer = await api.send(method, f"{path}/")

        assert answer.refusal == (404, "Not found")


@pytest.mark.parametrize("path", ALLOWED, ids=PATH_IDS)
async def test_a_wrong_method_is_answered_with_the_allowed_ones(api: Api, path: str) -> None:
    for method in set(METHODS) - ALLOWED[path]:
        answer = await api.send(method, path)

        assert answer.refusal == (405, "Method not allowed")
        assert answer.allow == ALLOWED[path]


async def test_a_wrong_method_is_refused_whatever_the_id(api: Api) -> None:
    answer = await api.send("POST", "/tasks/not-an-id")

    assert answer.refusal == (405, "Method not allowed")


async def test_head_where_there_is_no_get_is_a_wrong_method(api: Api) -> None:
    response = await api.raw("HEAD", f"{TASK}/complete")

    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"PATCH", "OPTIONS"}


@pytest.mark.parametrize("path", ALLOWED, ids=PATH_IDS)
async def test_options_answers_204_with_allow(api: Api, path: str) -> None:
    response = await api.raw("OPTIONS", path)

    assert (response.status_code, response.content) == (204, b"")
    assert set(response.headers["allow"].split(", ")) == ALLOWED[path]


@pytest.mark.parametrize("path", READS)
async def test_head_answers_as_get_without_a_body(api: Api, path: str) -> None:
    get, head = await api.raw("GET", path), await api.raw("HEAD", path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_head_finds_and_misses_tasks_as_get_does(api: Api) -> None:
    task = await api.create()

    found = await api.raw("HEAD", f"/tasks/{task.task['id']}")
    missed = await api.raw("HEAD", TASK)
    refused = await api.raw("HEAD", "/tasks/1")

    assert [found.status_code, missed.status_code, refused.status_code] == [200, 404, 400]


@pytest.mark.parametrize("size", [LIMIT + 1, 10 * LIMIT])
async def test_a_large_body_that_states_its_length_is_refused(api: Api, database: Database, size: int) -> None:
    with database.unchanged():
        answer = await api.send("POST", "/tasks", b'{"title": "Buy milk"}'.ljust(size))

    assert answer.refusal == (413, "Request body is too large")


@pytest.mark.parametrize("size", [LIMIT + 1, 10 * LIMIT])
async def test_a_large_body_in_chunks_is_refused(api: Api, database: Database, size: int) -> None:
    with database.unchanged():
        answer = await api.send("POST", "/tasks", chunks(size), JSON)

    assert answer.refusal == (413, "Request body is too large")


async def test_a_small_body_in_chunks_is_read(api: Api) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"title"', b': "Buy', b' milk"}'):
            yield piece

    answer = await api.send("POST", "/tasks", pieces(), JSON)

    assert answer.task["title"] == "Buy milk"


async def test_a_large_update_is_refused(api: Api, database: Database) -> None:
    task = await api.create()

    with database.unchanged():
        answer = await api.send("PUT", f"/tasks/{task.task['id']}", b'{"title": "Buy bread"}'.ljust(LIMIT + 1))

    assert answer.refusal == (413, "Request body is too large")


@pytest.mark.parametrize("host", REFUSED_HOSTS)
async def test_a_foreign_host_is_refused(api: Api, database: Database, host: str) -> None:
    with database.unchanged():
        answer = await api.send("POST", "/tasks", '{"title": "Buy milk"}', {"host": host, **JSON})

    assert answer.status == 400
    assert str(answer.error).startswith("host: ")
    assert "evil" not in str(answer.error)


@pytest.mark.parametrize("host", WELCOME_HOSTS)
async def test_the_hosts_of_this_machine_are_allowed(api: Api, host: str) -> None:
    answer = await api.send("GET", "/tasks", None, {"host": host})

    assert answer.status == 200
