"""`Idempotency-Key`: a retry gets the first answer and changes nothing."""

import pytest

from tests.api_client import Api
from tests.contract.writes import Write, assert_same, every_write, prepared, stored_keys
from tests.databases import Database
from tests.stored_history import actions

TITLE = '{"title": "Buy bread"}'
GONE = "/tasks/01938f0e-1c2b-7d3a-8e4f-5a6b7c8d9e0f"


@every_write
async def test_a_retry_gets_the_first_answer_and_writes_nothing(
    api: Api, database: Database, route: str, key: str
) -> None:
    write = await prepared(api, route)
    first = await write.send(key=key)
    keys = stored_keys(database)

    with database.unchanged():
        again = [await write.send(key=key) for _ in range(3)]

    for answer in again:
        assert_same(first, answer)
    assert stored_keys(database) == keys


@every_write
async def test_without_a_key_nothing_is_remembered(api: Api, database: Database, route: str) -> None:
    write = await prepared(api, route)
    keys = stored_keys(database)

    answer = await write.send()

    assert (answer.success, answer.replayed) == (True, None)
    assert stored_keys(database) == keys


@pytest.mark.parametrize("key", ["!", "~", "k" * 255, '"quoted"', "a,b;c=d", "5f2c6f5e-7d0f-4d3c-9a51-0d4f3a8f6f0e"])
async def test_any_visible_ascii_is_a_key(api: Api, key: str) -> None:
    first = await api.write("POST", "/tasks", TITLE, key=key)

    again = await api.write("POST", "/tasks", TITLE, key=key)

    assert_same(first, again)


async def test_keys_are_compared_exactly(api: Api, key: str) -> None:
    answers = [await api.write("POST", "/tasks", TITLE, key=each) for each in (key, key.upper(), key + "x")]

    assert len({answer.task["id"] for answer in answers}) == 3
    assert {answer.replayed for answer in answers} == {None}


@every_write
async def test_a_refused_request_leaves_its_key_free(api: Api, database: Database, route: str, key: str) -> None:
    write = await prepared(api, route)
    path = f"/tasks/{write.task_id}"
    keys = stored_keys(database)

    refused = [
        await api.write("PUT", path, '{"title": ""}', key=key),
        await api.write("DELETE", GONE, key=key),
        await api.write("DELETE", path, key=key, if_match='"9"'),
    ]

    assert [answer.status for answer in refused] == [400, 404, 404 if route == "restore" else 412]
    assert stored_keys(database) == keys
    assert_same(await write.send(key=key), await write.send(key=key))


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("PUT", "", '{"title": "Buy milk"}'),
        ("PATCH", "/incomplete", None),
        ("POST", "/restore", None),
        ("POST", "/restore", "{}"),
        ("POST", "/restore", '{"version": 1}'),
    ],
)
async def test_a_change_without_effect_is_replayed_too(
    api: Api, database: Database, method: str, rest: str, body: str | None, key: str
) -> None:
    task = await api.create("Buy milk")
    path = f"/tasks/{task.task['id']}{rest}"
    before = actions(database)

    first = await api.write(method, path, body, key=key)
    with database.unchanged():
        again = await api.write(method, path, body, key=key)

    assert first.task == task.task
    assert actions(database) == before
    assert_same(first, again)


async def replays_after(write: Write, key: str) -> None:
    """Send, change the task, retry; delete it, retry; each retry gets the first answer."""
    first = await write.send(key=key)
    await write.api.update(write.task_id, title="Something else")
    assert_same(first, await write.send(key=key))
    await write.api.delete(write.task_id)
    assert_same(first, await write.send(key=key))


@every_write
async def test_the_first_answer_is_replayed_after_the_task_changed(api: Api, route: str, key: str) -> None:
    write = await prepared(api, route)

    await replays_after(write, key)

    assert (await api.get(write.task_id)).status == 404


async def test_the_first_answer_keeps_every_field(api: Api, key: str) -> None:
    task = await api.create('Käse 🧀 \\ "', "Zeile\r\n\t\u2028 \U0001f9c0 </script>")
    path = f"/tasks/{task.task['id']}/complete"

    first = await api.write("PATCH", path, key=key)
    again = await api.write("PATCH", path, key=key)

    assert first.task["title"] == 'Käse 🧀 \\ "'
    assert first.task["completed_at"] is not None
    assert_same(first, again)


async def test_reads_ignore_a_key(api: Api, database: Database, key: str) -> None:
    task = await api.create()
    keys = stored_keys(database)

    answers = [
        await api.send("GET", path, headers={"idempotency-key": key})
        for path in (f"/tasks/{task.task['id']}", "/tasks")
    ]

    assert [(answer.status, answer.replayed) for answer in answers] == [(200, None)] * 2
    assert stored_keys(database) == keys
