"""A version is replayed from the nearest known one: for reads, restores and a failed If-Match."""

from asyncio import gather
from typing import LiteralString
from uuid import UUID

import pytest

from src.batching.preconditions import CommandContext, WritePreconditions
from src.database.connection import snapshots
from src.exceptions.errors import PreconditionFailedError, VersionNotFoundError
from src.history.versions import TaskVersions, VersionCheckpoints
from src.models.task import TaskSnapshot
from tests.databases import Database
from tests.house import House, together
from tests.rows_read import RowsRead
from tests.tampering import attack, disarm, forged_after, insert, set_back, stored

VERSIONS = 40
FIXED_READS = 1
"""Unless the task has been read already, its newest version is looked up first."""


async def live(house: House, versions: int = VERSIONS) -> list[TaskSnapshot]:
    """Create a task and return its versions."""
    task = await house.tasks.create_task("Milk 1")
    edits = (house.tasks.update_task(task.id, title=f"Milk {number}") for number in range(2, versions + 1))
    return [task, *await gather(*edits)]


def if_match(*versions: int) -> CommandContext:
    tags = frozenset(f'"{version}"' for version in versions)
    return CommandContext(preconditions=WritePreconditions(if_match=tags))


async def sentence_of(house: House, task_id: UUID, known: int) -> str:
    with pytest.raises(PreconditionFailedError) as failed:
        await house.tasks.update_task(task_id, title="Never", context=if_match(known))
    return str(failed.value)


async def test_a_version_is_replayed_from_the_nearer_end(house: House) -> None:
    states = await live(house)
    read = RowsRead(house.reading, "task_history")

    for number, state in enumerate(states, 1):
        assert await house.tasks.get_task(state.id, number) == state
        assert read.reset() <= FIXED_READS + min(number, VERSIONS - number + 1)


async def test_the_versions_of_a_deleted_task_are_replayed_from_the_nearer_end(house: House) -> None:
    states = await live(house)
    await house.tasks.delete_task(states[0].id)
    read = RowsRead(house.reading, "task_history")

    for number, state in enumerate(states, 1):
        assert await house.tasks.get_task(state.id, number) == state
        assert read.reset() <= FIXED_READS + min(number, VERSIONS - number + 2)


async def test_versions_before_and_after_a_deletion_are_found_from_both_ends(house: House) -> None:
    states: list[TaskSnapshot | None] = [*await live(house, 3)]
    task_id = (await house.tasks.get_all_tasks())[0].id
    for _ in range(2):
        await house.tasks.delete_task(task_id)
        states += [None, await house.tasks.restore_task(task_id), await house.tasks.mark_complete(task_id)]
        states += [await house.tasks.mark_incomplete(task_id)]

    for number, state in enumerate(states, 1):
        if state:
            assert await house.tasks.get_task(task_id, number) == state
        else:
            with pytest.raises(VersionNotFoundError):
                await house.tasks.get_task(task_id, number)


async def test_a_restore_reads_from_the_nearer_end(house: House) -> None:
    states = await live(house)
    task_id, read = states[0].id, RowsRead(house.writing, "task_history")

    back = await house.tasks.restore_task(task_id, VERSIONS - 2)
    of_living = read.reset()
    await house.tasks.delete_task(task_id)
    revived = await house.tasks.restore_task(task_id)

    assert (back.title, revived.title) == (states[-3].title, back.title)
    assert of_living == 3
    assert read.total <= FIXED_READS + 2


async def test_restores_in_one_batch_share_what_they_read(house: House) -> None:
    states = await live(house)
    task_id, read = states[0].id, RowsRead(house.writing, "task_history")

    middle = VERSIONS // 2
    found = await together(*(house.tasks.restore_task(task_id, number) for number in [middle, middle + 1] * 20))

    assert [task.title for task in found] == [states[middle - 1].title, states[middle].title] * 20
    assert read.total <= middle + 2


async def test_a_version_made_in_the_same_batch_is_restored(house: House) -> None:
    task = await house.tasks.create_task("Milk")

    _, _, _, restored = await together(
        house.tasks.update_task(task.id, title="Oat milk"),
        house.tasks.update_task(task.id, title="Rice milk"),
        house.tasks.delete_task(task.id),
        house.tasks.restore_task(task.id, 2),
    )

    assert (restored.title, restored.version) == ("Oat milk", 5)


async def test_200_stale_edits_of_a_task_with_many_versions_read_one_entry(house: House) -> None:
    states = await live(house)
    read = RowsRead(house.writing, "task_history")

    edits = (house.tasks.update_task(states[0].id, title="Never", context=if_match(1)) for _ in range(200))
    errors = await together(*edits)

    sentence = f"The task is at version {VERSIONS} now; changed since version 1: title"
    assert [str(error) for error in errors] == [sentence] * 200
    assert read.counts == [1]


async def test_stale_edits_of_one_task_never_read_much_twice(house: House) -> None:
    states = await live(house)
    read = RowsRead(house.writing, "task_history")

    known = [*range(VERSIONS // 2, VERSIONS), *range(VERSIONS // 2, 0, -1)]
    edits = (house.tasks.update_task(states[0].id, title="Never", context=if_match(number)) for number in known)
    errors = await together(*edits)

    sentences = [f"The task is at version {VERSIONS} now; changed since version {number}: title" for number in known]
    assert [str(error) for error in errors] == sentences
    assert read.total <= VERSIONS // 2 + 2 * VERSIONS  # the half, and then from each to the next


async def test_a_stale_read_reads_from_the_nearer_end(house: House) -> None:
    states = await live(house)
    read = RowsRead(house.reading, "task_history")

    for known in (1, 3, VERSIONS - 3, VERSIONS - 1):
        with pytest.raises(PreconditionFailedError, match=f"since version {known}: title$"):
            await house.tasks.get_task(states[0].id, preconditions=if_match(known).preconditions)
        assert read.reset() <= FIXED_READS + min(known, VERSIONS - known + 1)


async def test_the_fields_that_differ_are_named(house: House) -> None:
    task = await house.tasks.create_task("Milk", "Two litres")
    await house.tasks.mark_complete(task.id)
    await house.tasks.update_task(task.id, description="Three litres")
    await house.tasks.mark_incomplete(task.id)

    sentences = [await sentence_of(house, task.id, known) for known in (1, 2, 3)]

    assert [sentence.partition(";")[2] for sentence in sentences] == [
        " changed since version 1: description",
        " changed since version 2: description, is_completed, completed_at",
        " changed since version 3: is_completed, completed_at",
    ]


async def test_changes_of_the_same_batch_are_among_the_changed(house: House) -> None:
    states = await live(house)
    task_id = states[0].id

    _, before, within, after = await together(
        house.tasks.mark_complete(task_id),
        house.tasks.update_task(task_id, title="Never", context=if_match(1)),
        house.tasks.update_task(task_id, title="Other"),
        house.tasks.update_task(task_id, title="Never", context=if_match(VERSIONS + 1)),
    )

    assert str(before).endswith("since version 1: title, is_completed, completed_at")
    assert within.version == VERSIONS + 2
    assert str(after).endswith(f"since version {VERSIONS + 1}: title")


async def test_a_deletion_changes_only_fields_that_had_a_value(house: House) -> None:
    states = await live(house)
    await house.tasks.delete_task(states[0].id)

    with pytest.raises(PreconditionFailedError, match=r"since version 1: title, is_completed, created_at$"):
        await house.tasks.restore_task(states[0].id, context=if_match(1))


@pytest.mark.parametrize("statement", ["DELETE FROM tasks", "UPDATE tasks SET version = version + 1, title = 'x'"])
async def test_if_the_row_is_not_what_the_history_says_only_entries_are_read(
    house: House, database: Database, statement: LiteralString
) -> None:
    states = await live(house, 5)
    attack(database, statement)

    found = [await house.tasks.get_task(state.id, number) for number, state in enumerate(states, 1)]

    assert found == states


@pytest.mark.parametrize("number", [3, VERSIONS - 3])
async def test_a_version_whose_entry_is_gone_is_not_found(house: House, database: Database, number: int) -> None:
    task_id = (await live(house))[0].id
    disarm(database)
    attack(database, "DELETE FROM task_history WHERE version = %s", number)

    with pytest.raises(VersionNotFoundError):
        await house.tasks.get_task(task_id, number)
    with pytest.raises(VersionNotFoundError):
        await house.tasks.restore_task(task_id, number)


async def test_a_version_near_one_that_was_read_before_costs_only_the_entries_between(house: House) -> None:
    states = await live(house)
    kept, middle = VersionCheckpoints(10, 1_000_000, worth_keeping=10), VERSIONS // 2
    read = RowsRead(house.reading, "task_history")

    found, costs = [], []
    for number in (middle, middle + 3, middle - 3, middle):
        with snapshots(house.reading).connect() as connection:
            found.append(TaskVersions(connection, house.workspace, states[0].id, kept=kept).find(number))
        costs.append(read.reset())

    assert found == [states[number - 1] for number in (middle, middle + 3, middle - 3, middle)]
    assert costs[0] >= middle
    assert costs[1:] == [FIXED_READS + 1 + 3, FIXED_READS + 1 + 3 + 1, FIXED_READS + 1]


async def test_no_version_is_taken_from_a_history_that_was_replaced(house: House, database: Database) -> None:
    task_id = (await live(house))[0].id
    kept, middle = VersionCheckpoints(10, 1_000_000, worth_keeping=10), VERSIONS // 2
    with snapshots(house.reading).connect() as connection:
        TaskVersions(connection, house.workspace, task_id, kept=kept).find(middle)
    set_back(database, middle - 1)
    insert(database, forged_after(stored(database, middle - 1), texts='{"title":["",["","Other"]]}'))

    with snapshots(house.reading).connect() as connection:
        found = TaskVersions(connection, house.workspace, task_id, kept=kept).find(middle)

    assert found
    assert found.title == "Other"


async def test_no_version_is_taken_from_before_an_erasure(house: House) -> None:
    """Also where another process has erased, and what this one keeps is not forgotten."""
    task_id = (await live(house))[0].id
    kept, middle, found = VersionCheckpoints(10, 1_000_000, worth_keeping=10), VERSIONS // 2, []

    for _ in range(2):
        with snapshots(house.reading).connect() as connection:
            found.append(TaskVersions(connection, house.workspace, task_id, kept=kept).find(middle))
        await house.tasks.erase_task(task_id, ("title",), "Bread")

    assert [task and task.title for task in found] == [f"Milk {middle}", "(erased)"]
