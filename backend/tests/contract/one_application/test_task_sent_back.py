"""PUT accepts a task as GET returned it, with one field changed."""

from asyncio import gather
from json import dumps

import pytest

from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database

BY_ACTION = "is changed by /complete and /incomplete"


async def put(api: Api, task: Answer, **changes: object) -> Answer:
    """Send a task back as it was read, except for these fields."""
    return await api.write("PUT", f"/tasks/{task.task['id']}", dumps({**task.task, **changes}))


async def made(api: Api, *, completed: bool) -> Answer:
    """Create a task and read it."""
    task = await api.create("Buy milk", "Two litres")
    if completed:
        await api.complete(task)
    return await api.get(task)


@pytest.mark.parametrize("completed", [False, True])
async def test_a_task_can_be_sent_back_with_another_title(api: Api, *, completed: bool) -> None:
    task = await made(api, completed=completed)

    answer = await put(api, task, title="Buy oat milk")

    changed = {"title": "Buy oat milk", "version": task.task["version"] + 1, "updated_at": answer.task["updated_at"]}
    assert (answer.status, answer.task) == (200, {**task.task, **changed})


async def test_a_task_can_be_sent_back_unchanged(api: Api, database: Database) -> None:
    task = await made(api, completed=True)

    with database.unchanged():
        answer = await put(api, task)

    assert (answer.status, answer.popup, answer.task) == (200, "TASK_UPDATED", task.task)


async def test_each_field_can_be_left_out_or_null(api: Api) -> None:
    task = await made(api, completed=True)

    answers = [await put(api, task, **{name: None}) for name in task.task]

    assert [answer.status for answer in answers] == [200] * len(task.task)


async def test_the_version_works_like_if_match(api: Api, database: Database) -> None:
    task = await made(api, completed=False)
    await api.update(task, title="Buy bread")

    with database.unchanged():
        stale = await put(api, task, description="Three litres")
        ahead = await put(api, task, description="Three litres", version=9)

    assert stale.refusal == (412, "The task is at version 2 now; changed since version 1: title")
    assert ahead.refusal == (412, "The task is at version 2 now")
    assert [stale.etag, ahead.etag] == ['"2"', '"2"']


async def test_the_version_is_compared_before_the_other_fields(api: Api) -> None:
    task = await made(api, completed=False)
    await api.complete(task)

    answer = await put(api, task, title="Buy oat milk")

    assert answer.refusal == (
        412,
        "The task is at version 2 now; changed since version 1: is_completed, completed_at",
    )


async def test_if_match_and_the_version_must_both_hold(api: Api) -> None:
    task = await made(api, completed=False)
    path, body = f"/tasks/{task.task['id']}", dumps({**task.task, "title": "Buy oat milk"})

    by_header = await api.write("PUT", path, body, if_match='"7"')
    by_body = await api.write("PUT", path, body.replace('"version": 1', '"version": 7'), if_match='"1"')
    both = await api.write("PUT", path, body, if_match='"1"')

    assert [by_header.status, by_body.status, both.status] == [412, 412, 200]


async def test_read_only_fields_are_refused_with_the_way_to_change_them(api: Api, database: Database) -> None:
    task = await made(api, completed=True)

    with database.unchanged():
        state = await put(api, task, is_completed=False)
        times = await put(api, task, created_at="2020-01-01T00:00:00Z", completed_at="2020-01-01T00:00:00Z")

    assert state.refusal == (400, f"is_completed: {BY_ACTION}")
    assert times.refusal == (400, f"created_at: is set when the task is created; completed_at: {BY_ACTION}")


async def test_without_a_version_fields_are_compared_with_the_current_task(api: Api) -> None:
    task = await made(api, completed=False)
    await api.complete(task)

    answer = await put(api, task, version=None)

    assert answer.refusal == (400, f"is_completed: {BY_ACTION}; updated_at: is set by each change")


async def test_times_are_compared_as_moments(api: Api) -> None:
    task = await made(api, completed=True)
    times = {name: str(value) for name, value in task.task.items() if name.endswith("_at")}
    same = [
        {name: time.replace("Z", "+00:00") for name, time in times.items()},
        {name: time.replace("Z", "000Z") for name, time in times.items()},
        {"id": task.task["id"].upper()},
    ]

    answers = [await put(api, task, **fields) for fields in same]

    assert [answer.status for answer in answers] == [200] * 3


async def test_one_of_two_identical_sends_wins(api: Api) -> None:
    task = await made(api, completed=False)

    answers = await gather(*(put(api, task, title=f"Title {number}") for number in range(10)))

    assert sorted(answer.status for answer in answers) == [200] + [412] * 9


async def test_a_deleted_task_can_not_be_sent_back(api: Api) -> None:
    task = await made(api, completed=False)
    await api.delete(task)

    answer = await put(api, task)

    assert answer.refusal == (404, "Task not found")
