"""A key belongs to one request: another request with it is refused, before any other rule is checked."""

import pytest

from tests.api_client import Api
from tests.contract.writes import assert_same, every_write_of_a_task, prepared
from tests.databases import Database

USED = (422, "Idempotency-Key was used before for another request")
GONE = "/tasks/01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f"
TITLE = '{"title": "Buy bread"}'


@pytest.mark.parametrize("body", ['{"title": "Buy milk"}', '{"title": "Buy bread", "description": ""}'])
async def test_the_same_key_with_another_body_is_refused(api: Api, database: Database, body: str, key: str) -> None:
    first = await api.write("POST", "/tasks", TITLE, key=key)

    with database.unchanged():
        other = await api.write("POST", "/tasks", body, key=key)

    assert (other.refusal, other.replayed, other.etag) == (USED, None, None)
    assert_same(first, await api.write("POST", "/tasks", TITLE, key=key))


async def test_the_same_key_on_another_path_is_refused(api: Api, database: Database, key: str) -> None:
    milk, bread = await api.create("Buy milk"), await api.create("Buy bread")
    await api.write("PATCH", f"/tasks/{milk.task['id']}/complete", key=key)

    with database.unchanged():
        other_task = await api.write("PATCH", f"/tasks/{bread.task['id']}/complete", key=key)
        other_route = await api.write("PATCH", f"/tasks/{milk.task['id']}/incomplete", key=key)

    assert [other_task.refusal, other_route.refusal] == [USED, USED]


async def test_the_same_key_with_another_method_is_refused(api: Api, database: Database, key: str) -> None:
    task = await api.create()
    path = f"/tasks/{task.task['id']}"
    await api.write("PUT", path, TITLE, key=key)

    with database.unchanged():
        answer = await api.write("DELETE", path, key=key)

    assert answer.refusal == USED


async def test_the_same_key_with_another_if_match_is_refused(api: Api, database: Database, key: str) -> None:
    task = await api.create()
    path = f"/tasks/{task.task['id']}"
    await api.write("PUT", path, TITLE, key=key, if_match='"1"')

    with database.unchanged():
        answers = [await api.write("PUT", path, TITLE, key=key, if_match=tags) for tags in ('"2"', "*", None)]

    assert [answer.refusal for answer in answers] == [USED] * 3


async def test_the_key_is_checked_before_the_version(api: Api, key: str) -> None:
    task = await api.create()
    path = f"/tasks/{task.task['id']}"
    first = await api.write("PUT", path, TITLE, key=key, if_match='"1"')

    again = await api.write("PUT", path, TITLE, key=key, if_match='"1"')

    assert first.task["version"] == 2
    assert_same(first, again)


@every_write_of_a_task
async def test_the_key_is_checked_before_the_task(api: Api, route: str, key: str) -> None:
    await api.write("POST", "/tasks", TITLE, key=key)
    write = await prepared(api, route)
    gone = write.path.replace(f"/tasks/{write.task_id}", GONE)

    answer = await api.write(write.method, gone, write.body, key=key)

    assert answer.refusal == USED


async def test_bad_input_is_refused_before_the_key_is_checked(api: Api, key: str) -> None:
    await api.write("POST", "/tasks", TITLE, key=key)

    answer = await api.write("POST", "/tasks", '{"title": ""}', key=key)

    assert answer.refusal == (400, "title: must not be empty")
