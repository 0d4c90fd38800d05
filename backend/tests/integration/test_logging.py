"""The log: one JSON line a request, nothing of what people write, and each bug under its request's id."""

import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from typing import LiteralString, NoReturn

import pytest
import structlog
from fastapi import FastAPI, Request
from starlette.types import Message

from config import Settings
from main import create_app
from tests.api_client import Api, request_scope
from tests.broken_databases import refuse_guilty
from tests.databases import Database
from tests.house import House, together
from tests.log import Log

SECRET = "Top secret title"  # noqa: S105  # a title
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture
def log() -> Log:
    """Catch the log from the start on."""
    return Log()


@pytest.fixture
async def api(log: Log, app: FastAPI) -> AsyncIterator[Api]:
    """Serve the application, whose log is caught."""
    async with log.of(app) as client:
        yield client


async def test_each_request_is_one_line(log: Log, api: Api) -> None:
    task = await api.create()
    await log.text()

    await api.complete(task)

    (line,) = await log.lines()
    assert {name: line[name] for name in ("event", "level", "method", "status")} == {
        "event": "request",
        "level": "info",
        "method": "PATCH",
        "status": 200,
    }
    assert line["route"].endswith("/tasks/{id}/complete")
    assert line["ms"] > 0
    assert TIMESTAMP.fullmatch(line["timestamp"])


async def test_a_line_has_the_id_of_its_answer(log: Log, api: Api) -> None:
    answer = await api.raw("GET", "/tasks")

    assert [line["id"] for line in await log.requests()] == [answer.headers["x-request-id"]]


async def test_a_line_has_the_id_that_the_client_gave(log: Log, api: Api) -> None:
    await api.raw("GET", "/tasks", headers={"X-Request-ID": "from-the-client.1"})

    assert [line["id"] for line in await log.requests()] == ["from-the-client.1"]


async def test_a_client_that_leaves_while_it_sends_is_no_error(log: Log, api: Api, app: FastAPI) -> None:
    scope = request_scope("POST", "/api/v1/tasks", {b"content-type": b"application/json", b"content-length": b"99"})
    messages: Iterator[Message] = iter(
        [{"type": "http.request", "body": b'{"ti', "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(messages)

    async def send(_message: Message) -> None:
        pass

    await app(scope, receive, send)

    (line,) = await log.lines()
    assert (line["event"], line["route"]) == ("request", "/api/v1/tasks")
    assert (await api.tasks()) == []


@pytest.mark.parametrize("offered", ["", "with space", "x" * 65, "a\tb", 'quote"', "ä"])
async def test_an_id_that_is_not_sane_is_replaced(log: Log, api: Api, offered: str) -> None:
    await api.client.get("/tasks", headers={b"X-Request-ID": offered.encode()})

    (line,) = await log.requests()
    assert re.fullmatch(r"[0-9a-f]{16}", line["id"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/stats/weekly", 405),
        ("POST", "/tasks", 415),
        ("OPTIONS", "/tasks", 204),
        ("HEAD", "/tasks", 200),
        ("GET", "/health", 200),
    ],
)
async def test_whatever_is_asked_leaves_one_line(log: Log, api: Api, method: str, path: str, status: int) -> None:
    await api.raw(method, path)

    assert [(line["method"], line["status"]) for line in await log.requests()] == [(method, status)]


async def test_no_text_of_a_task_is_ever_logged(log: Log, api: Api) -> None:
    task = await api.create(SECRET, f"{SECRET}, described")
    await api.update(task, title=f"{SECRET} 2")
    await api.update(task, title=f"{SECRET}\x00")
    await api.raw("GET", f"/tasks?q={SECRET}")
    await api.raw("GET", f"/{SECRET}")
    await api.raw("POST", "/tasks", f'{{"title": "{SECRET}", "title": 1}}')
    await api.delete(task)

    text = await log.text()
    assert text.count('"event":"request"') == 7
    assert SECRET not in text
    assert task.task["id"] not in text


async def test_a_refusal_by_the_database_logs_no_text(log: Log, house: House, database: Database) -> None:
    log.configure("debug")
    refuse_guilty(database)

    await together(*(house.tasks.create_task(title) for title in ("Guilty", SECRET * 50, SECRET, "Guilty")))

    text = await log.text()
    assert "batch refused" in text
    assert SECRET not in text
    assert "Guilty" not in text
    assert "Failing row" not in text


async def test_what_the_driver_says_of_itself_is_not_logged(log: Log) -> None:
    """It warns of what a broken pipeline holds, with user and database, and with the text of an error."""
    log.configure("debug")

    logging.getLogger("psycopg").warning("error ignored terminating %s: %s", "user=tasks", SECRET)

    assert await log.text() == ""


@pytest.fixture
async def broken_api(log: Log, app: FastAPI) -> AsyncIterator[Api]:
    """Serve an application that has a bug on one route."""

    async def broken(_request: Request) -> NoReturn:
        raise RuntimeError(SECRET)

    app.add_route("/api/v1/broken", broken)
    async with log.of(app) as client:
        yield client


async def test_a_bug_is_logged_with_its_frames_under_its_requests_id(log: Log, broken_api: Api) -> None:
    answer = await broken_api.send("GET", "/broken")

    lines = [line for line in await log.lines() if line["id"] == answer.response.headers["x-request-id"]]
    assert sorted(line["event"] for line in lines) == ["request", "unhandled error"]
    (bug,) = (line for line in lines if line["level"] == "error")
    assert bug["frames"][0] == "RuntimeError"
    assert re.search(r"test_logging\.py:\d+ broken$", bug["frames"][-1])


async def test_a_bug_is_logged_without_its_message(log: Log, broken_api: Api) -> None:
    await broken_api.send("GET", "/broken")

    assert SECRET not in await log.text()


BAD_ENTRY: LiteralString = (
    "INSERT INTO task_history VALUES (1, '00000000-0000-7000-8000-000000000001',"
    " '00000000-0000-7000-8000-000000000002', 1, 'CREATED', 'Top secret title', '', 'Top secret title',"
    " NULL, '2026-11-22T10:00:00.000000Z', '{}', '{}')"
)


async def test_a_history_that_can_not_be_read_is_a_bug_with_its_frames(log: Log, api: Api, database: Database) -> None:
    database.run(BAD_ENTRY.format("0" * 64, "0" * 64))
    database.run("UPDATE history_head SET seq = 1")
    await log.text()

    answer = await api.send("GET", "/history")

    lines = await log.lines()
    assert answer.status == 500
    assert {line["id"] for line in lines} == {answer.response.headers["x-request-id"]}
    assert SECRET not in json.dumps(lines)


HOSTILE = "first\nsecond\rthird\x1b[31mred\x00\x7f\x85"


@pytest.mark.parametrize("readable", [False, True])
async def test_control_characters_are_escaped(log: Log, *, readable: bool) -> None:
    log.configure("info", readable=readable)

    structlog.get_logger("ours").info(HOSTILE, value=HOSTILE)
    logging.getLogger("theirs").warning("%s", HOSTILE)

    text = await log.text()
    assert text.count("\n") == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


@pytest.mark.parametrize(
    ("level", "kept"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)],
)
async def test_less_than_the_level_is_not_logged(log: Log, level: str, kept: int) -> None:
    log.configure(level)

    for name in ("debug", "info", "warning", "error"):
        structlog.get_logger("ours").log(logging.getLevelNamesMapping()[name.upper()], name)

    assert [line["event"] for line in await log.lines()] == ["debug", "info", "warning", "error"][-kept:]


async def test_debug_makes_readable_lines_and_changes_no_answer(log: Log, settings: Settings) -> None:
    answers = []
    for debug in (False, True):
        async with log.of(create_app(settings.model_copy(update={"debug": debug}))) as api:
            answers.append([await api.raw("GET", path) for path in ("/tasks", "/nowhere", "/tasks/x", "/health")])

    readable = (await log.text()).splitlines()[4:]
    bodies = [[(answer.status_code, answer.content) for answer in given] for given in answers]
    assert bodies[0] == bodies[1]
    assert len(readable) == 4
    assert not any(line.startswith("{") for line in readable)
