"""A constraint violation, an invalid value or a bug fails only the command that caused it."""

from asyncio import gather
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from src.batching.batch import Batch, UnrecordedChangeError
from src.database.driver_errors import RefusedByDatabaseError
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType
from src.services.history_service import HistoryService
from tests.broken_databases import refuse_guilty
from tests.databases import Database
from tests.house import House, Watch, command, together
from tests.stored_history import assert_whole, titles

REFUSED_TEXTS = {
    "an empty title": ("", None),
    "a title that is too long": ("x" * 256, None),
    "a description that is too long": ("Milk", "x" * 5001),
}


@pytest.mark.parametrize(("title", "description"), REFUSED_TEXTS.values(), ids=REFUSED_TEXTS)
async def test_a_rejected_statement_fails_only_the_command_that_caused_it(
    house: House, database: Database, title: str, description: str | None
) -> None:
    answers = await together(
        house.tasks.create_task("Milk"),
        house.tasks.create_task(title, description),
        house.tasks.create_task("Bread"),
    )

    assert [type(answer) for answer in answers] == [TaskSnapshot, RefusedByDatabaseError, TaskSnapshot]
    assert titles(database) == ["Bread", "Milk"]
    assert_whole(database)


async def test_a_refusal_undoes_all_that_the_guilty_command_did(house: House, database: Database) -> None:
    refuse_guilty(database)
    task = await house.tasks.create_task("Milk")

    answers = await together(house.tasks.create_task("Guilty"), house.tasks.mark_complete(task.id))

    assert isinstance(answers[0], RefusedByDatabaseError)
    assert isinstance(answers[1], TaskSnapshot)
    assert titles(database) == ["Milk"]
    assert_whole(database)


async def test_after_a_refusal_each_command_runs_alone_and_once(house: House, database: Database) -> None:
    refuse_guilty(database)
    watch = Watch(house.writing)

    await together(*(house.tasks.create_task(title) for title in ("Milk", "Guilty", "Bread", "Guilty")))

    assert (watch.begun, watch.committed) == (1 + 4, 2)


async def test_a_refused_command_that_came_alone_runs_once(house: House, database: Database) -> None:
    refuse_guilty(database)
    watch = Watch(house.writing)

    await together(house.tasks.create_task("Guilty"))

    assert (watch.begun, watch.committed) == (1, 0)


async def test_after_a_refusal_commands_keep_their_order(house: House, database: Database) -> None:
    refuse_guilty(database)
    task = await house.tasks.create_task("Milk")

    answers: list[Any] = await together(
        house.tasks.update_task(task.id, title="Oat milk"),
        house.tasks.create_task("Guilty"),
        house.tasks.update_task(task.id, title="Rice milk"),
    )

    assert [(answers[index].title, answers[index].version) for index in (0, 2)] == [
        ("Oat milk", 2),
        ("Rice milk", 3),
    ]
    assert_whole(database)


async def test_a_refusal_does_not_name_the_texts(house: House) -> None:
    with pytest.raises(RefusedByDatabaseError) as refusal:
        await house.tasks.create_task("secret" * 50)

    assert "secret" not in str(refusal.value)
    assert refusal.value.__suppress_context__


async def test_a_bug_in_a_command_fails_only_that_command(house: House, database: Database) -> None:
    def fail(_batch: Batch) -> None:
        raise ZeroDivisionError

    answers = await together(
        house.tasks.create_task("Milk"),
        house.writer.submit(command(house, fail)),
        house.tasks.create_task("Bread"),
    )

    assert isinstance(answers[1], ZeroDivisionError)
    assert titles(database) == ["Bread", "Milk"]
    assert_whole(database)


def leave_an_entry_without_a_change(batch: Batch, task: TaskSnapshot) -> None:
    HistoryService.log_action(batch, ActionType.UPDATED, task, task, batch.now())


def leave_two_entries_for_one_change(batch: Batch, task: TaskSnapshot) -> None:
    done = task.complete(batch.now())
    HistoryService.log_action(batch, ActionType.COMPLETED, task, done, batch.now())
    HistoryService.log_action(batch, ActionType.COMPLETED, task, done, batch.now())


def change_past_the_verbs(batch: Batch, task: TaskSnapshot) -> None:
    HistoryService.log_action(batch, ActionType.UPDATED, task, replace(task, title="Sneaked in"), batch.now())


def skip_a_version(batch: Batch, task: TaskSnapshot) -> None:
    later = replace(task.complete(batch.now()), version=task.version + 2)
    HistoryService.log_action(batch, ActionType.COMPLETED, task, later, batch.now())


def change_what_it_never_was(batch: Batch, task: TaskSnapshot) -> None:
    invented = replace(task, title="Never stored")
    HistoryService.log_action(batch, ActionType.COMPLETED, invented, invented.complete(batch.now()), batch.now())


def create_it_a_second_time(batch: Batch, task: TaskSnapshot) -> None:
    HistoryService.log_action(batch, ActionType.CREATED, None, task.complete(batch.now()), batch.now())


def delete_it_twice(batch: Batch, task: TaskSnapshot) -> None:
    HistoryService.log_action(batch, ActionType.DELETED, task, None, batch.now())
    HistoryService.log_action(batch, ActionType.DELETED, task, None, batch.now())


UNRECORDED = [
    leave_an_entry_without_a_change,
    leave_two_entries_for_one_change,
    change_past_the_verbs,
    skip_a_version,
    change_what_it_never_was,
    create_it_a_second_time,
    delete_it_twice,
]


@pytest.mark.parametrize("sneak", UNRECORDED)
async def test_the_guard_refuses_a_change_whose_entries_do_not_account_for_it(
    house: House, database: Database, sneak: Callable[[Batch, TaskSnapshot], None]
) -> None:
    task = await house.tasks.create_task("Milk")

    with database.unchanged(), pytest.raises(UnrecordedChangeError):
        await house.writer.submit(command(house, lambda batch: sneak(batch, batch.task(task.id)), task.id))


@pytest.mark.parametrize("sneak", UNRECORDED)
async def test_the_guard_hits_only_the_guilty_command(
    house: House, database: Database, sneak: Callable[[Batch, TaskSnapshot], None]
) -> None:
    task, other = await gather(house.tasks.create_task("Milk"), house.tasks.create_task("Bread"))
    guilty = command(house, lambda batch: sneak(batch, batch.task(task.id)), task.id)

    answers: list[Any] = await together(
        house.tasks.mark_complete(other.id),
        house.writer.submit(guilty),
        house.tasks.update_task(other.id, title="Rye bread"),
    )

    assert isinstance(answers[1], UnrecordedChangeError)
    assert (answers[0].version, answers[2].version) == (2, 3)
    assert titles(database) == ["Milk", "Rye bread"]
    assert_whole(database)
