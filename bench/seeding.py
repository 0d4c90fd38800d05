"""Creates tasks to read and tries each operation, to leave out those that a contestant does not support."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

from catalogue import FLOOR, Request
from install import LeftOutError
from operations import COMPLETE, CREATE, HISTORY, INCOMPLETE, MIX, PAGE, SHARES, SINGLE
from processes import HOST
from served import Served

TASKS = 2_048
SEEDERS = 16
GOOD = range(200, 300)
CONFLICT = 409
TRIES = 20
"""Kinto rejects conflicting writes, which must be repeated."""


def seed(served: Served, tasks: int = TASKS) -> None:
    """Over HTTP, with checks of the responses. Raises LeftOutError."""
    for request in served.spec.setup:
        _ask(served, request)
    with ThreadPoolExecutor(SEEDERS) as pool:
        seeded = pool.map(lambda seeder: _create_some(served, f"{seeder}", tasks // SEEDERS), range(SEEDERS))
        ids = [each for some in seeded for each in some]
    served.ids.write_text("\n".join(ids))
    _try_each(served, ids[0])


def _create_some(served: Served, seeder: str, tasks: int) -> Sequence[str]:
    connection = _connect(served)
    try:
        return [_create(served, connection, f"seed-{seeder}-{number}") for number in range(tasks)]
    finally:
        connection.close()


def _create(served: Served, connection: HTTPConnection, unique: str) -> str:
    status, text = CONFLICT, ""
    for _ in range(TRIES):
        if status == CONFLICT:
            status, text = _exchange(connection, served.spec.requests[CREATE].filled(unique=unique))
    if status not in GOOD or f"Task {unique}" not in text:
        raise LeftOutError(f"a task could not be created: {status} {text[:300]}")
    return str(_find(json.loads(text), served.spec.response_path("id")))


def _try_each(served: Served, task_id: str) -> None:
    """Try all operations, and require the last change in the history."""
    for operation in (*SINGLE, INCOMPLETE):
        if operation not in served.left_out and (problem := _try(served, operation, task_id)):
            served.left_out[operation] = problem
    if missing := [name for name in (*SHARES, INCOMPLETE) if name in served.left_out]:
        served.left_out.setdefault(MIX, f"without {', '.join(missing)}")
    if served.name != FLOOR and HISTORY not in served.left_out:
        _require_recorded(served, task_id)


def _try(served: Served, operation: str, task_id: str) -> str | None:
    status, text = _ask(served, served.spec.requests[operation].filled(id=task_id, unique="once"))
    if status not in GOOD:
        return f"answered with {status}"
    if operation not in PAGE:
        return None
    items = _find(json.loads(text), served.spec.response_path(operation))
    return None if len(items) == PAGE[operation] else f"answered with {len(items)} items"


def _require_recorded(served: Served, task_id: str) -> None:
    _try(served, COMPLETE, task_id)
    _, history = _ask(served, served.spec.requests[HISTORY])
    _try(served, INCOMPLETE, task_id)
    if task_id not in history:
        raise LeftOutError(f"a change is not in its history: {history[:300]}")


def _ask(served: Served, request: Request) -> tuple[int, str]:
    connection = _connect(served)
    try:
        return _exchange(connection, request)
    finally:
        connection.close()


def _connect(served: Served) -> HTTPConnection:
    return HTTPConnection(HOST, served.ports[0], timeout=20)


def _exchange(connection: HTTPConnection, request: Request) -> tuple[int, str]:
    connection.request(request.method, request.path, request.body, dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def _find(value: Any, path: Sequence[str]) -> Any:  # noqa: ANN401  # JSON
    for step in path:
        value = value[step]
    return value
