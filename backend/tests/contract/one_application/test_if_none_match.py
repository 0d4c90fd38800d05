"""`If-None-Match` on writes: a task at one of these versions is not changed."""

import pytest

from tests.api_client import Api
from tests.contract.writes import every_write_of_a_task, prepared
from tests.databases import Database

TITLE = '{"title": "Buy bread"}'


async def refuse(api: Api, task_id: str, tags: str) -> tuple[int, str | None, str | None]:
    """Change the title unless the task is at one of these versions."""
    headers = {"content-type": "application/json", "if-none-match": tags}
    answer = await api.send("PUT", f"/tasks/{task_id}", TITLE, headers)
    return answer.status, answer.error, answer.etag


def ruled_out(version: int) -> str:
    """The error of a refusal."""
    return f"The task is at version {version} now, which If-None-Match rules out"


@every_write_of_a_task
async def test_a_star_refuses_every_change_of_an_existing_task(api: Api, database: Database, route: str) -> None:
    write = await prepared(api, route)
    if route == "restore":  # what is deleted is not there, and a star demands just that
        answer = await write.send(if_none_match="*")
        assert answer.status == 200
        write = await prepared(api, "restore a version")

    with database.unchanged():
        answer = await write.send(if_none_match="*")

    assert answer.refusal == (412, ruled_out(write.version))
    assert answer.etag == f'"{write.version}"'


@pytest.mark.parametrize("tags", ['"1"', 'W/"1"', '"7", "1"', "*"])
async def test_a_listed_version_is_not_changed(api: Api, database: Database, tags: str) -> None:
    task = await api.create("Buy milk")

    with database.unchanged():
        refused = await refuse(api, task.task["id"], tags)

    assert refused == (412, ruled_out(1), '"1"')


@pytest.mark.parametrize("tags", ['"2"', 'W/"2"', '"01"', '"*"', '""'])
async def test_another_version_is_changed(api: Api, tags: str) -> None:
    task = await api.create("Buy milk")

    answered = await refuse(api, task.task["id"], tags)

    assert answered == (200, None, '"2"')


async def test_a_deleted_task_is_restored_with_any_if_none_match(api: Api) -> None:
    task = await api.create("Buy milk")
    await api.delete(task)

    answer = await api.write("POST", f"/tasks/{task.task['id']}/restore", if_none_match='"1", "2"')

    assert answer.status == 200


async def test_a_missing_task_is_reported_before_if_none_match(api: Api) -> None:
    task = await api.create("Buy milk")
    await api.delete(task)

    assert await refuse(api, task.task["id"], "*") == (404, "Task not found", None)


async def test_if_match_is_checked_first(api: Api) -> None:
    task = await api.create("Buy milk")

    answer = await api.write("PUT", f"/tasks/{task.task['id']}", TITLE, if_match='"9"', if_none_match="*")

    assert answer.refusal == (412, "The task is at version 1 now")
