"""DELETE /tasks/{id}."""

import pytest

from tests.api_client import Api
from tests.databases import Database

AFTERWARDS = {
    "GET": ("GET", "", None),
    "DELETE": ("DELETE", "", None),
    "PUT": ("PUT", "", '{"title": "Buy oat milk"}'),
    "PUT of the same": ("PUT", "", '{"title": "Buy milk"}'),
    "complete": ("PATCH", "/complete", None),
    "incomplete": ("PATCH", "/incomplete", None),
}


async def test_a_task_is_deleted(api: Api, database: Database) -> None:
    task = await api.create()

    answer = await api.delete(task)

    assert (answer.status, answer.popup, answer.data) == (200, "TASK_DELETED", None)
    assert await api.tasks() == []
    assert database.state()["tasks"] == []


async def test_the_history_of_a_deleted_task_remains(api: Api) -> None:
    task = await api.create("Buy milk")
    await api.complete(task)
    before = await api.entries()

    await api.delete(task)

    after = await api.entries(f"limit=100&task_id={task.task['id']}")
    assert after[1:] == before
    assert (after[0]["action_type"], after[0]["task_title"]) == ("DELETED", "Buy milk")


@pytest.mark.parametrize(("method", "path", "body"), AFTERWARDS.values(), ids=AFTERWARDS)
async def test_a_deleted_task_is_not_found_by_anything(
    api: Api, database: Database, method: str, path: str, body: str | None
) -> None:
    task = await api.create("Buy milk")
    await api.delete(task)

    with database.unchanged():
        answer = await api.send(method, f"/tasks/{task.task['id']}{path}", body)

    assert answer.refusal == (404, "Task not found")


async def test_other_tasks_stay(api: Api) -> None:
    kept, deleted = await api.create("Buy milk"), await api.create("Buy bread")

    await api.delete(deleted)

    assert await api.tasks() == [kept.task]


async def test_a_completed_task_can_be_deleted(api: Api) -> None:
    task = await api.create()
    await api.complete(task)

    answer = await api.delete(task)

    assert answer.popup == "TASK_DELETED"
    assert await api.history() == ["DELETED", "COMPLETED", "CREATED"]


async def test_a_body_is_neither_read_nor_checked(api: Api) -> None:
    task = await api.create()

    answer = await api.send("DELETE", f"/tasks/{task.task['id']}", b"{nonsense", {"content-type": "text/plain"})

    assert answer.popup == "TASK_DELETED"
