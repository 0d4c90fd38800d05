"""GET /tasks and GET /tasks/{id}."""

from uuid import uuid4

import pytest
import time_machine

from tests.api_client import Api

pytestmark = pytest.mark.travels


async def test_without_tasks_the_list_is_empty(api: Api) -> None:
    answer = await api.send("GET", "/tasks")

    assert (answer.status, answer.data, answer.popup) == (200, [], None)


async def test_all_tasks_are_listed_whole(api: Api) -> None:
    milk, bread = await api.create("Buy milk", "Two litres"), await api.create("Buy bread")

    assert await api.tasks() == [bread.task, milk.task]


async def test_in_each_group_the_newest_comes_first(api: Api) -> None:
    tasks = [await api.create(title) for title in ("One", "Two", "Three", "Four")]

    await api.complete(tasks[2])
    await api.complete(tasks[1])

    assert await api.titles() == ["Four", "One", "Three", "Two"]


async def test_the_order_is_by_creation_not_by_change(api: Api) -> None:
    old, _ = await api.create("Old"), await api.create("New")

    await api.update(old, description="Just changed")

    assert await api.titles() == ["New", "Old"]


async def test_tasks_created_at_one_instant_keep_the_order_of_creation(api: Api) -> None:
    with time_machine.travel("2030-01-01T00:00:00+00:00", tick=False):
        for title in ("One", "Two", "Three"):
            await api.create(title)

    assert await api.titles() == ["Three", "Two", "One"]


async def test_a_reopened_task_goes_back_to_its_place(api: Api) -> None:
    tasks = [await api.create(title) for title in ("One", "Two", "Three")]

    await api.complete(tasks[1])
    await api.reopen(tasks[1])

    assert await api.titles() == ["Three", "Two", "One"]


async def test_a_task_is_read_by_its_id(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")

    answer = await api.get(task)

    assert (answer.status, answer.popup) == (200, None)
    assert answer.task == task.task


async def test_a_missing_task_is_not_found(api: Api) -> None:
    answer = await api.get(str(uuid4()))

    assert answer.refusal == (404, "Task not found")


async def test_an_id_in_upper_case_is_the_same_id(api: Api) -> None:
    task = await api.create()

    answer = await api.get(task.task["id"].upper())

    assert answer.task == task.task
