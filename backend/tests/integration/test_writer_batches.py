"""Queued commands are committed in one transaction, and each caller gets its own result."""

from asyncio import gather
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from src.batching.batch import Batch, Command
from src.batching.queue import Limits
from src.exceptions.errors import TaskNotFoundError
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType
from src.services.history_service import HistoryService
from src.utils.identifiers import new_id
from tests.databases import Database
from tests.house import House, Watch, busy, command, opened, started, together
from tests.stored_history import actions, assert_whole, stored_entries, stored_tasks, title_of


async def test_mixed_commands_are_committed_in_one_transaction(house: House, database: Database) -> None:
    milk, bread, eggs = [await house.tasks.create_task(title) for title in ("Milk", "Bread", "Eggs")]
    watch = Watch(house.writing)

    await gather(
        house.tasks.create_task("Butter"),
        house.tasks.update_task(milk.id, title="Oat milk"),
        house.tasks.mark_complete(bread.id),
        house.tasks.delete_task(eggs.id),
        house.tasks.mark_incomplete(bread.id),
    )

    assert (watch.begun, watch.committed) == (1, 1)
    assert actions(database)[3:] == ["CREATED", "UPDATED", "COMPLETED", "DELETED", "INCOMPLETED"]
    assert_whole(database)


async def test_each_batch_loads_and_writes_with_a_few_statements_however_many_commands(house: House) -> None:
    tasks = [await house.tasks.create_task(f"Task {number}") for number in range(30)]
    watch = Watch(house.writing)

    await gather(*(house.tasks.mark_complete(task.id) for task in tasks))

    # The head is locked, the tasks are loaded; then tasks, entries, the day's counts and head are written.
    assert len(watch.on_our_tables) == 6
    assert watch.committed == 1


async def test_commands_queued_during_a_batch_form_the_next_one(house: House) -> None:
    watch = Watch(house.writing)

    async with busy(house) as gate:
        waiting = await started(*(house.tasks.create_task(f"Task {number}") for number in range(20)))
        gate.open()
        await gather(*waiting)

    assert (watch.begun, watch.committed) == (2, 1)


async def test_a_single_write_waits_for_no_other(house: House) -> None:
    watch = Watch(house.writing)

    for number in range(3):
        await house.tasks.create_task(f"Task {number}")

    assert watch.committed == 3


async def test_a_batch_has_a_size_and_the_rest_goes_in_the_next(database: Database) -> None:
    async with opened(database, Limits(max_batch=4)) as house:
        watch = Watch(house.writing)

        tasks = await gather(*(house.tasks.create_task(f"Task {number}") for number in range(10)))

    assert watch.committed == 3
    assert [title_of(entry) for entry in stored_entries(database)] == [task.title for task in tasks]


async def test_two_changes_of_one_task_each_return_their_own_state(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")
    watch = Watch(house.writing)

    first, second, third = await gather(
        house.tasks.update_task(task.id, title="Oat milk"),
        house.tasks.mark_complete(task.id),
        house.tasks.update_task(task.id, title="Rice milk"),
    )

    assert watch.committed == 1
    assert [(each.title, each.is_completed, each.version) for each in (first, second, third)] == [
        ("Oat milk", False, 2),
        ("Oat milk", True, 3),
        ("Rice milk", True, 4),
    ]
    assert actions(database) == ["CREATED", "UPDATED", "COMPLETED", "UPDATED"]
    assert_whole(database)


async def test_a_snapshot_can_not_be_changed(house: House) -> None:
    task = await house.tasks.create_task("Milk")

    with pytest.raises(AttributeError):
        task.title = "Bread"  # type: ignore[misc]


async def test_commands_run_in_the_order_they_came(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")

    answers = await together(
        house.tasks.mark_complete(task.id),
        house.tasks.delete_task(task.id),
        house.tasks.mark_incomplete(task.id),
        house.tasks.delete_task(task.id),
    )

    assert [type(answer) for answer in answers] == [
        TaskSnapshot,
        type(None),
        TaskNotFoundError,
        TaskNotFoundError,
    ]
    assert actions(database) == ["CREATED", "COMPLETED", "DELETED"]
    assert_whole(database)


async def test_a_rule_error_ends_its_own_command_alone(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")
    watch = Watch(house.writing)

    answers: list[Any] = await together(
        house.tasks.create_task("Bread"),
        house.tasks.mark_complete(new_id()),
        house.tasks.mark_complete(task.id),
        house.tasks.delete_task(new_id()),
        house.tasks.create_task("Eggs"),
    )

    assert isinstance(answers[1], TaskNotFoundError)
    assert isinstance(answers[3], TaskNotFoundError)
    assert [answers[index].title for index in (0, 2, 4)] == ["Bread", "Milk", "Eggs"]
    assert (watch.begun, watch.committed) == (1, 1)
    assert_whole(database)


async def test_a_batch_in_which_nothing_changes_writes_nothing(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk", "Two litres")
    watch = Watch(house.writing)

    with database.unchanged():
        answers = await together(
            house.tasks.mark_incomplete(task.id),
            house.tasks.update_task(task.id, title="Milk", description="Two litres"),
            house.tasks.mark_complete(new_id()),
        )

    assert answers[:2] == [task, task]
    assert watch.committed == 0


def return_under(house: House, old: TaskSnapshot, title: str, version: int) -> Command[TaskSnapshot]:
    """Make a command that brings a deleted task back under its id, all its fields given anew."""

    def run(batch: Batch) -> TaskSnapshot:
        now = batch.now()
        task = replace(old, title=title, updated_at=now, version=version)
        HistoryService.log_action(batch, ActionType.RESTORED, None, task, now)
        return task

    return command(house, run, old.id)


async def test_a_task_deleted_and_created_again_in_one_batch_has_every_field_of_the_new(
    house: House, database: Database
) -> None:
    created = await house.tasks.create_task("Milk", "Two litres")
    old = await house.tasks.mark_complete(created.id)
    plain = replace(old, description=None, is_completed=False, completed_at=None)
    watch = Watch(house.writing)

    _, back, edited = await gather(
        house.tasks.delete_task(old.id),
        house.writer.submit(return_under(house, plain, "Bread", old.version + 2)),
        house.tasks.update_task(old.id, title="Rye bread"),
    )

    assert watch.committed == 1
    assert (back.title, back.version, edited.title, edited.version) == ("Bread", 4, "Rye bread", 5)
    stored = stored_tasks(database)[str(old.id)]
    assert (stored["title"], stored["description"], stored["completed_at"]) == ("Rye bread", None, None)
    assert actions(database)[2:] == ["DELETED", "RESTORED", "UPDATED"]
    assert_whole(database)


async def test_a_task_created_and_deleted_in_one_batch_leaves_two_entries_and_no_row(
    house: House, database: Database
) -> None:
    ids: list[UUID] = []

    def create(batch: Batch) -> None:
        now = batch.now()
        task = TaskSnapshot.create("Milk", None, now)
        HistoryService.log_action(batch, ActionType.CREATED, None, task, now)
        ids.append(task.id)

    def remove(batch: Batch) -> None:
        HistoryService.log_action(batch, ActionType.DELETED, batch.task(ids[0]), None, batch.now())

    await gather(house.writer.submit(command(house, create)), house.writer.submit(command(house, remove)))

    assert stored_tasks(database) == {}
    assert actions(database) == ["CREATED", "DELETED"]
    assert_whole(database)
