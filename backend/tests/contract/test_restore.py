"""POST /tasks/{id}/restore: brings back a deleted task, or an earlier version of a living one."""

from asyncio import gather
from uuid import uuid4

import pytest

from tests.answer import Answer, Task
from tests.api_client import Api
from tests.databases import Database
from tests.stored_history import assert_whole

BAD_BODIES = {
    "nought": ('{"version": 0}', "version: must be at least 1"),
    "negative": ('{"version": -1}', "version: must be at least 1"),
    "too large": ('{"version": 1000000001}', "version: must be at most 1000000000"),
    "thousands of digits": (f'{{"version": {"9" * 5000}}}', "version: must be at most 1000000000"),
    "in quotes": ('{"version": "1"}', "version: must be a whole number"),
    "a fraction": ('{"version": 1.0}', "version: must be a whole number"),
    "an exponent": ('{"version": 1e0}', "version: must be a whole number"),
    "a boolean": ('{"version": true}', "version: must be a whole number"),
    "a list": ('{"version": [1]}', "version: must be a whole number"),
    "an unknown field": ('{"version": 1, "title": "qwxz"}', "body: has an unknown field, only version is known"),
    "a field twice": ('{"version": 1, "version": 2}', "body: must not have the same key twice"),
    "no object": ("[]", "body: must be an object"),
    "null": ("null", "body: must be an object"),
    "a number": ("1", "body: must be an object"),
    "no JSON": ("version=1", "body: must be valid JSON"),
    "white space": (" ", "body: must be valid JSON"),
}


async def live(api: Api) -> list[Answer]:
    """Create a task and return its first four versions: created, described, renamed, completed."""
    task = await api.create("Milk")
    return [
        task,
        await api.update(task, description="Two litres"),
        await api.update(task, title="Oat milk"),
        await api.complete(task),
    ]


def restored(then: Task, now: Task) -> Task:
    """The expected task after a restore: all fields as they were, except `updated_at` and `version`."""
    return {**then, "updated_at": now["updated_at"], "version": now["version"]}


@pytest.mark.parametrize("body", [None, "{}"], ids=["no body", "empty object"])
async def test_a_deleted_task_comes_back_as_it_was(shared_api: Api, body: str | None) -> None:
    *_, last = await live(shared_api)
    await shared_api.delete(last)

    answer = await shared_api.send("POST", f"/tasks/{last.task['id']}/restore", body)

    assert (answer.status, answer.popup, answer.etag) == (200, "TASK_RESTORED", '"6"')
    assert answer.task == restored(last.task, answer.task)
    assert (answer.task["version"], (await shared_api.get(last)).task) == (6, answer.task)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "living"])
async def test_any_version_can_be_restored(shared_api: Api, deleted: bool, version: int) -> None:
    versions = await live(shared_api)
    newest = await shared_api.update(versions[0], title="Rice milk", description="Three litres")
    if deleted:
        await shared_api.delete(newest)

    answer = await shared_api.restore(newest, version)

    assert (answer.status, answer.popup) == (200, "TASK_RESTORED")
    assert answer.task == restored(versions[version - 1].task, answer.task)
    assert answer.task["version"] == (7 if deleted else 6)
    assert answer.task["updated_at"] > newest.task["updated_at"]
    assert (await shared_api.get(newest)).task == answer.task


async def test_a_restored_version_can_be_restored_and_undone(api: Api) -> None:
    versions = await live(api)
    task = versions[0]
    await api.restore(task, 1)
    await api.delete(task)

    again = await api.restore(task, 5)
    undone = await api.restore(task, 4)

    assert (again.task["version"], undone.task["version"]) == (7, 8)
    assert again.task == restored(versions[0].task, again.task)
    assert undone.task == restored(versions[3].task, undone.task)


async def test_the_last_deletion_is_the_one_that_is_undone(api: Api) -> None:
    task = await api.create("Milk")
    await api.delete(task)
    await api.restore(task)
    renamed = await api.update(task, title="Oat milk")
    await api.delete(task)

    answer = await api.restore(task)

    assert answer.task == restored(renamed.task, answer.task)


@pytest.mark.parametrize("version", [None, 4])
async def test_a_restore_that_changes_nothing_writes_nothing(
    shared_api: Api, shared_database: Database, version: int | None
) -> None:
    *_, last = await live(shared_api)

    with shared_database.unchanged():
        answer = await shared_api.restore(last, version)

    assert (answer.status, answer.popup, answer.task, answer.etag) == (200, "TASK_RESTORED", last.task, '"4"')


async def test_an_earlier_version_with_the_same_fields_changes_nothing(api: Api, database: Database) -> None:
    task = await api.create("Milk")
    await api.update(task, title="Oat milk")
    same = await api.update(task, title="Milk")

    with database.unchanged():
        answer = await api.restore(task, 1)

    assert answer.task == same.task


async def test_restoring_twice_is_recorded_once(api: Api) -> None:
    task = await api.create()
    await api.delete(task)

    first, again = await api.restore(task), await api.restore(task)

    assert again.task == first.task
    assert await api.history() == ["RESTORED", "DELETED", "CREATED"]


async def test_many_restores_at_once_are_recorded_once(api: Api, database: Database) -> None:
    task = await api.create()
    await api.delete(task)

    answers = await gather(*(api.restore(task) for _ in range(30)))

    assert {(answer.status, answer.task["version"]) for answer in answers} == {(200, 3)}
    assert await api.history() == ["RESTORED", "DELETED", "CREATED"]
    assert_whole(database)


@pytest.mark.parametrize("version", [3, 4, 1_000_000_000], ids=["of a deletion", "next", "largest"])
async def test_a_version_without_a_task_is_not_found(shared_api: Api, shared_database: Database, version: int) -> None:
    task = await shared_api.create("Milk")
    await shared_api.complete(task)
    await shared_api.delete(task)

    with shared_database.unchanged():
        answer = await shared_api.restore(task, version)

    assert answer.refusal == (404, "Task has no such version")


async def test_the_version_of_a_deletion_cannot_be_restored(api: Api, database: Database) -> None:
    task = await api.create("Milk")
    await api.delete(task)
    await api.restore(task)

    with database.unchanged():
        answer = await api.restore(task, 2)

    assert answer.status == 404


@pytest.mark.parametrize("version", [None, 1])
async def test_an_unknown_task_is_not_found(api: Api, database: Database, version: int | None) -> None:
    await api.create()

    with database.unchanged():
        answer = await api.restore(str(uuid4()), version)

    assert answer.refusal == (404, "Task not found")


@pytest.mark.parametrize(("body", "sentence"), BAD_BODIES.values(), ids=BAD_BODIES)
async def test_a_bad_body_is_refused(shared_api: Api, shared_database: Database, body: str, sentence: str) -> None:
    *_, last = await live(shared_api)

    with shared_database.unchanged():
        answer = await shared_api.send("POST", f"/tasks/{last.task['id']}/restore", body)

    assert answer.refusal == (400, sentence)


async def test_a_body_must_be_sent_as_json(api: Api, database: Database) -> None:
    *_, last = await live(api)

    with database.unchanged():
        answer = await api.send(
            "POST", f"/tasks/{last.task['id']}/restore", '{"version": 1}', {"content-type": "text/plain"}
        )

    assert answer.refusal == (415, "Content type must be application/json")


async def test_a_bad_id_and_a_query_are_refused(api: Api) -> None:
    task = await api.create()

    bad_id = await api.send("POST", "/tasks/1/restore")
    query = await api.send("POST", f"/tasks/{task.task['id']}/restore?version=1")

    assert [bad_id.status, query.refusal] == [400, (400, "query: has an unknown parameter, none is known here")]
