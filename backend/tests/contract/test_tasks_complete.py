"""PATCH /tasks/{id}/complete and /tasks/{id}/incomplete."""

import pytest
import time_machine

from tests.api_client import Api
from tests.databases import Database

pytestmark = pytest.mark.travels

BODIES = {
    "none": (None, {}),
    "an object": (b'{"title": "Something else"}', {"content-type": "application/json"}),
    "no JSON": (b"{nonsense", {"content-type": "application/json"}),
    "no text": (b"\xff\xfe\x00", {"content-type": "application/octet-stream"}),
}


async def test_completing_marks_a_task_as_done(api: Api) -> None:
    task = await api.create()

    done = await api.complete(task)

    assert (done.status, done.popup) == (200, "TASK_COMPLETED")
    assert done.task["is_completed"] is True
    assert done.task == (await api.get(task)).task


async def test_completing_sets_only_times_and_version(api: Api) -> None:
    task = (await api.create("Buy milk", "Two litres")).task

    done = (await api.complete(task["id"])).task

    assert done["completed_at"] == done["updated_at"] > task["updated_at"]
    assert done == {
        **task,
        "is_completed": True,
        "completed_at": done["completed_at"],
        "updated_at": done["updated_at"],
        "version": 2,
    }


async def test_completing_twice_is_recorded_once(api: Api) -> None:
    task = await api.create("Buy milk")

    done = await api.complete(task)
    again = await api.complete(task)

    assert (again.popup, again.task) == ("TASK_COMPLETED", done.task)
    assert await api.history() == ["COMPLETED", "CREATED"]


async def test_reopening_marks_a_task_as_not_done(api: Api) -> None:
    task = await api.create()
    await api.complete(task)

    reopened = await api.reopen(task)

    assert (reopened.status, reopened.popup) == (200, "TASK_INCOMPLETE")
    assert (reopened.task["is_completed"], reopened.task["completed_at"]) == (False, None)
    assert reopened.task == (await api.get(task)).task


async def test_reopening_sets_only_time_and_version(api: Api) -> None:
    task = (await api.create("Buy milk", "Two litres")).task
    done = (await api.complete(task["id"])).task

    reopened = (await api.reopen(task["id"])).task

    assert reopened["updated_at"] > done["updated_at"]
    assert reopened == {**task, "updated_at": reopened["updated_at"], "version": 3}


async def test_reopening_a_task_that_was_never_done_writes_nothing(api: Api, database: Database) -> None:
    task = await api.create()

    with database.unchanged():
        reopened = await api.reopen(task)

    assert (reopened.status, reopened.popup, reopened.task) == (200, "TASK_INCOMPLETE", task.task)


async def test_completing_again_sets_a_new_time(api: Api) -> None:
    task = await api.create()

    with time_machine.travel("2030-01-01T00:00:00+00:00", tick=False) as clock:
        first = (await api.complete(task)).task
        clock.move_to("2030-01-02T00:00:00+00:00")
        await api.reopen(task)
        second = (await api.complete(task)).task

    assert first["completed_at"] == "2030-01-01T00:00:00.000000Z"
    assert second["completed_at"] == "2030-01-02T00:00:00.000001Z"  # just after the reopening


@pytest.mark.parametrize("verb", ["complete", "incomplete"])
@pytest.mark.parametrize(("body", "headers"), BODIES.values(), ids=BODIES)
async def test_a_body_is_neither_read_nor_checked(
    api: Api, verb: str, body: bytes | None, headers: dict[str, str]
) -> None:
    task = await api.create("Buy milk")

    answer = await api.send("PATCH", f"/tasks/{task.task['id']}/{verb}", body, headers)

    assert answer.status == 200
    assert answer.task["title"] == "Buy milk"
