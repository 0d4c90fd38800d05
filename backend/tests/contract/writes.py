"""Every route that changes a task, and a task that it changes."""

from dataclasses import dataclass

import pytest

from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database, Row


@dataclass(frozen=True)
class Write:
    """A request that changes a task; `version` is the task's before it."""

    api: Api
    task_id: str
    method: str
    path: str
    body: str | None
    version: int

    async def send(
        self, *, key: str | None = None, if_match: str | None = None, if_none_match: str | None = None
    ) -> Answer:
        """Send it with these headers."""
        headers = {"key": key, "if_match": if_match, "if_none_match": if_none_match}
        return await self.api.write(self.method, self.path, self.body, **headers)


ROUTES = {
    "create": ("POST", "/tasks", '{"title": "Buy bread"}'),
    "update": ("PUT", "/tasks/{id}", '{"title": "Buy bread"}'),
    "complete": ("PATCH", "/tasks/{id}/complete", None),
    "reopen": ("PATCH", "/tasks/{id}/incomplete", None),
    "delete": ("DELETE", "/tasks/{id}", None),
    "restore": ("POST", "/tasks/{id}/restore", None),
    "restore a version": ("POST", "/tasks/{id}/restore", '{"version": 1}'),
    "erase": ("POST", "/tasks/{id}/erase", '{"fields": ["description"]}'),
}
"""Method, path and body."""

OF_A_TASK = [name for name in ROUTES if name != "create"]

every_write = pytest.mark.parametrize("route", ROUTES)
every_write_of_a_task = pytest.mark.parametrize("route", OF_A_TASK)
every_write_answered_with_a_task = pytest.mark.parametrize("route", [name for name in ROUTES if name != "delete"])


async def prepared(api: Api, route: str) -> Write:
    """Create a task that this route changes."""
    task, version = await api.create("Buy milk", "Two litres"), 1
    if route in {"reopen", "restore a version"}:
        version = (await api.complete(task)).task["version"]
    if route == "restore":
        await api.delete(task)
        version = 2
    method, path, body = ROUTES[route]
    return Write(api, task.task["id"], method, path.format(id=task.task["id"]), body, version)


def stored_keys(database: Database) -> list[Row]:
    """Read the stored Idempotency-Keys."""
    return database.run("SELECT * FROM idempotency_keys ORDER BY key")


def assert_same(first: Answer, again: Answer) -> None:
    """Assert that the second answer is a replay of the first."""
    assert first.success, first.error
    assert (again.status, again.response.content, again.etag) == (first.status, first.response.content, first.etag)
    assert (first.replayed, again.replayed) == (None, "true")
