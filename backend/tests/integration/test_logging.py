"""The log: one JSON line per request, no texts of tasks, and errors with the id of their request."""

import json
import logging
import re
import signal
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from typing import Any, LiteralString, NoReturn

import pytest
import structlog
from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.types import Message

from config import Settings
from main import create_app
from tests.api_client import Api, request_scope
from tests.broken_databases import refuse_guilty
from tests.databases import Database
from tests.house import House, together
from tests.log import Log
from tests.served import connected, serving

SECRET = "Top secret title"  # noqa: S105  # a title
FULL, READING = "f" * 40, "r" * 40
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture
def log() -> Log:
    """A log that is captured from the start."""
    return Log()


@pytest.fixture
async def api(log: Log, app: FastAPI) -> AsyncIterator[Api]:
    """The application, with its log captured."""
    async with log.of(app) as client:
        yield client


async def test_each_request_is_logged_as_one_line(log: Log, api: Api) -> None:
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


FIELDS = [
    "id",
    "method",
    "route",
    "status",
    "bytes",
    "client",
    "principal",
    "role",
    "ms",
    "event",
    "level",
    "timestamp",
]
OWNER, VIEWER, NOBODY = ("shared", "owner"), ("shared", "viewer"), (None, None)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/tasks"), ("GET", "/nowhere"), ("POST", "/tasks"), ("HEAD", "/tasks"), ("OPTIONS", "/tasks")],
)
async def test_a_line_contains_the_client_and_the_size_of_the_body(log: Log, api: Api, method: str, path: str) -> None:
    answer = await api.raw(method, path)

    (line,) = await log.requests()
    assert list(line) == FIELDS
    assert line["client"] == "127.0.0.1"
    assert line["bytes"] == len(answer.content)


async def test_without_a_token_every_client_is_the_owner(log: Log, api: Api) -> None:
    await api.raw("GET", "/tasks")

    (line,) = await log.requests()
    assert (line["principal"], line["role"]) == OWNER


@pytest.mark.parametrize(
    ("method", "path", "token", "known"),
    [
        ("GET", "/tasks", FULL, OWNER),
        ("POST", "/tasks", FULL, OWNER),
        ("GET", "/tasks", READING, VIEWER),
        ("POST", "/tasks", READING, VIEWER),
        ("GET", "/tasks", "x" * 40, NOBODY),
        ("GET", "/tasks", None, NOBODY),
        ("GET", "/health", None, NOBODY),
        ("GET", "/nowhere", FULL, OWNER),
    ],
)
async def test_a_line_contains_principal_and_role(
    log: Log, settings: Settings, method: str, path: str, token: str | None, known: tuple[str | None, str | None]
) -> None:
    tokens = {"api_token": SecretStr(FULL), "api_token_read": SecretStr(READING)}
    async with log.of(create_app(settings.model_copy(update=tokens))) as api:
        await api.raw(method, path, headers={"authorization": f"Bearer {token}"} if token else {})

    (line,) = await log.requests()
    assert (line["principal"], line["role"]) == known
    assert FULL not in str(line)
    assert READING not in str(line)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_the_logged_client_is_the_peer_not_x_forwarded_for(database: Database) -> None:
    forged = {"x-forwarded-for": "192.0.2.1"}
    with serving(database, LOG_LEVEL="info") as server:
        async with connected(server) as api:
            await api.raw("GET", "/tasks", headers=forged)
            await api.raw("GET", "/tasks", headers=forged | {"x": "x" * 20_000})
        server.send_signal(signal.SIGTERM)
        await to_thread(server.wait)
        lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]

    answered = [line for line in lines if line["status"] in {200, 431}]
    assert {line["status"] for line in answered} == {200, 431}
    assert {line["client"] for line in answered} == {"127.0.0.1"}
    assert {frozenset(line) for line in answered} == {frozenset(FIELDS)}


async def test_a_line_contains_the_id_of_the_response(log: Log, api: Api) -> None:
    answer = await api.raw("GET", "/tasks")

    assert [line["id"] for line in await log.requests()] == [answer.headers["x-request-id"]]


async def test_a_line_contains_the_client_s_request_id(log: Log, api: Api) -> None:
    await api.raw("GET", "/tasks", headers={"X-Request-ID": "from-the-client.1"})

    assert [line["id"] for line in await log.requests()] == ["from-the-client.1"]


async def test_a_client_that_disconnects_in_its_body_is_not_an_error(log: Log, api: Api, app: FastAPI) -> None:
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
    assert (line["event"], line["method"], line["status"]) == ("request", "POST", 0)
    assert (await api.tasks()) == []


@pytest.mark.parametrize("offered", ["", "with space", "x" * 65, "a\tb", 'quote"', "ä"])
async def test_an_invalid_request_id_is_replaced(log: Log, api: Api, offered: str) -> None:
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
async def test_every_kind_of_request_is_logged_once(log: Log, api: Api, method: str, path: str, status: int) -> None:
    await api.raw(method, path)

    assert [(line["method"], line["status"]) for line in await log.requests()] == [(method, status)]


async def test_texts_of_tasks_are_never_logged(log: Log, api: Api) -> None:
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


async def test_a_constraint_violation_is_logged_without_texts(log: Log, house: House, database: Database) -> None:
    log.configure("debug")
    refuse_guilty(database)

    await together(*(house.tasks.create_task(title) for title in ("Guilty", SECRET * 50, SECRET, "Guilty")))

    text = await log.text()
    assert "batch refused" in text
    assert SECRET not in text
    assert "Guilty" not in text
    assert "Failing row" not in text


async def test_the_driver_s_own_log_is_disabled(log: Log) -> None:
    """Its warnings about broken pipelines contain users, databases and error messages."""
    log.configure("debug")

    logging.getLogger("psycopg").warning("error ignored terminating %s: %s", "user=tasks", SECRET)

    assert await log.text() == ""


@pytest.fixture
async def broken_api(log: Log, app: FastAPI) -> AsyncIterator[Api]:
    """The application with a route that raises."""

    async def broken(_request: Request) -> NoReturn:
        raise RuntimeError(SECRET)

    app.add_route("/api/v1/broken", broken)
    async with log.of(app) as client:
        yield client


async def test_an_unhandled_error_is_logged_with_its_traceback_and_request_id(log: Log, broken_api: Api) -> None:
    answer = await broken_api.send("GET", "/broken")

    lines = [line for line in await log.lines() if line["id"] == answer.response.headers["x-request-id"]]
    assert sorted(line["event"] for line in lines) == ["request", "unhandled error"]
    (bug,) = (line for line in lines if line["level"] == "error")
    assert bug["frames"][0] == "RuntimeError"
    assert re.search(r"test_logging\.py:\d+ broken$", bug["frames"][-1])


async def test_an_unhandled_error_is_logged_without_its_message(log: Log, broken_api: Api) -> None:
    await broken_api.send("GET", "/broken")

    assert SECRET not in await log.text()


BAD_ENTRY: LiteralString = (
    "INSERT INTO task_history (workspace_id, seq, history_id, task_id, version, format, action_type, task_title,"
    " description, changes, timestamp, previous_hash, hash)"
    " SELECT id, 1, '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 1, 1, 'CREATED',"
    " 'Top secret title', '', 'Top secret title', '2026-11-22T10:00:00.000000Z', '{}', '{}' FROM workspaces"
)


async def test_an_unreadable_history_is_an_unhandled_error(log: Log, api: Api, database: Database) -> None:
    database.run(BAD_ENTRY.format("0" * 64, "0" * 64))
    database.run("UPDATE history_head SET seq = 1")
    await log.text()

    answer = await api.send("GET", "/history")

    lines = await log.lines()
    assert answer.status == 500
    assert {line["id"] for line in lines} == {answer.response.headers["x-request-id"]}
    assert SECRET not in json.dumps(lines)


async def test_only_the_class_of_a_library_s_error_is_logged(log: Log) -> None:
    log.configure("info")

    try:
        raise ValueError(SECRET)  # noqa: TRY301  # as a library would
    except ValueError:
        logging.getLogger("theirs").exception("failed")

    (line,) = await log.lines()
    assert TIMESTAMP.fullmatch(line.pop("timestamp"))
    assert line == {"event": "failed", "error": "ValueError", "level": "error"}


async def test_the_place_of_an_unformattable_line_is_logged(log: Log) -> None:
    log.configure("info")

    logging.getLogger("theirs").warning("%d", SECRET)

    (line,) = await log.lines()
    assert (line["event"], line["level"], line["logger"]) == ("bad log line", "error", "theirs")
    assert SECRET not in str(line)


@pytest.mark.parametrize(("level", "name"), [(35, "warning"), (100, "critical")])
async def test_a_custom_level_is_logged_as_the_next_lower_one(log: Log, level: int, name: str) -> None:
    log.configure("info")

    logging.getLogger("theirs").log(level, "notice")

    assert [(line["event"], line["level"]) for line in await log.lines()] == [("notice", name)]


HOSTILE = "first\nsecond\rthird\x1b[31mred\x00\x7f\x85"


@pytest.mark.parametrize("readable", [False, True])
async def test_control_characters_are_escaped(log: Log, *, readable: bool) -> None:
    log.configure("info", readable=readable)

    structlog.get_logger("ours").info(HOSTILE, value=HOSTILE, plain="\x1bred")
    logging.getLogger("theirs").warning("%s", HOSTILE)

    text = await log.text()
    assert text.count("\n") == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


@pytest.mark.parametrize(
    ("level", "kept"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)],
)
async def test_lines_below_the_level_are_not_logged(log: Log, level: str, kept: int) -> None:
    log.configure(level)

    for name in ("debug", "info", "warning", "error"):
        structlog.get_logger("ours").log(logging.getLevelNamesMapping()[name.upper()], name)

    assert [line["event"] for line in await log.lines()] == ["debug", "info", "warning", "error"][-kept:]


async def test_debug_makes_logs_readable_and_does_not_change_responses(log: Log, settings: Settings) -> None:
    answers = []
    for debug in (False, True):
        async with log.of(create_app(settings.model_copy(update={"debug": debug}))) as api:
            answers.append([await api.raw("GET", path) for path in ("/tasks", "/nowhere", "/tasks/x", "/health")])

    readable = (await log.text()).splitlines()[4:]
    bodies = [[(answer.status_code, answer.content) for answer in given] for given in answers]
    assert bodies[0] == bodies[1]
    assert len(readable) == 4
    assert not any(line.startswith("{") for line in readable)


@pytest.mark.parametrize(
    ("update", "warnings"),
    [
        ({}, 0),
        ({"allow_unauthenticated": True}, 1),
        ({"allow_unauthenticated": True, "host": "0.0.0.0"}, 1),  # noqa: S104  # the case under test
        ({"allow_unauthenticated": True, "api_token": SecretStr(FULL)}, 0),
    ],
)
async def test_unauthenticated_access_is_a_warning_at_the_start(
    log: Log, settings: Settings, update: dict[str, Any], warnings: int
) -> None:
    async with log.of(create_app(settings.model_copy(update=update))):
        lines = await log.lines()

    sentences = [line["event"] for line in lines if line["level"] == "warning"]
    assert len(sentences) == warnings
    assert all("ALLOW_UNAUTHENTICATED" in sentence and "API_TOKEN" in sentence for sentence in sentences)
