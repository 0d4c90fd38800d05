"""TaskService, method by method, on a database and without HTTP."""

from asyncio import gather
from uuid import uuid4

import pytest

from src.batching.preconditions import CommandContext
from src.exceptions.errors import TaskNotFoundError
from src.history.change import Origin
from tests.databases import Database
from tests.house import House
from tests.stored_history import actions, assert_whole, stored_entries


async def test_create_task_stores_and_returns_it(house: House) -> None:
    task = await house.tasks.create_task("Milk", "Two litres")

    assert (task.title, task.description, task.is_completed, task.version) == ("Milk", "Two litres", False, 1)
    assert await house.tasks.get_task(task.id) == task


async def test_get_task_returns_the_current_state(house: House) -> None:
    task = await house.tasks.create_task("Milk")

    changed = await house.tasks.update_task(task.id, title="Oat milk")

    assert await house.tasks.get_task(task.id) == changed


async def test_get_all_tasks_has_the_incomplete_first_and_the_newest_of_each_first(house: House) -> None:
    milk, bread, eggs, butter = [await house.tasks.create_task(each) for each in ("Milk", "Bread", "Eggs", "Butter")]
    await house.tasks.mark_complete(eggs.id)
    await house.tasks.mark_complete(milk.id)

    tasks = await house.tasks.get_all_tasks()

    assert [task.id for task in tasks] == [butter.id, bread.id, eggs.id, milk.id]


async def test_update_task_changes_only_the_given_fields(house: House) -> None:
    task = await house.tasks.create_task("Milk", "Two litres")

    by_title = await house.tasks.update_task(task.id, title="Oat milk")
    by_description = await house.tasks.update_task(task.id, description="")

    assert (by_title.title, by_title.description) == ("Oat milk", "Two litres")
    assert (by_description.title, by_description.description) == ("Oat milk", "")
    assert by_description.updated_at > by_title.updated_at > task.updated_at


async def test_mark_complete_and_mark_incomplete_go_back_and_forth(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")

    done = await house.tasks.mark_complete(task.id)
    undone = await house.tasks.mark_incomplete(task.id)

    assert (done.is_completed, done.completed_at) == (True, done.updated_at)
    assert (undone.is_completed, undone.completed_at) == (False, None)
    assert actions(database) == ["CREATED", "COMPLETED", "INCOMPLETED"]


async def test_delete_task_removes_it_and_keeps_its_history(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")

    await house.tasks.delete_task(task.id)

    assert await house.tasks.get_all_tasks() == ()
    assert actions(database) == ["CREATED", "DELETED"]
    assert_whole(database)


async def test_every_method_for_a_task_refuses_a_missing_one(house: House, database: Database) -> None:
    deleted = await house.tasks.create_task("Milk")
    await house.tasks.delete_task(deleted.id)

    with database.unchanged():
        for task_id in (deleted.id, uuid4()):
            for call in (
                house.tasks.get_task(task_id),
                house.tasks.update_task(task_id, title="Oat milk"),
                house.tasks.mark_complete(task_id),
                house.tasks.mark_incomplete(task_id),
                house.tasks.delete_task(task_id),
            ):
                with pytest.raises(TaskNotFoundError):
                    await call


async def test_an_entry_has_the_id_of_its_request(house: House, database: Database) -> None:
    async def create(request_id: str | None) -> None:
        await house.tasks.create_task("Milk", context=CommandContext(Origin(request_id=request_id)))

    await gather(create("one"), create("other"), create(None))

    assert [entry["request_id"] for entry in stored_entries(database)] == ["one", "other", None]
