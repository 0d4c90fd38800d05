"""A version of a task with many costs at most half of them, and a failed If-Match at most one aggregate in a batch."""

from asyncio import gather
from typing import LiteralString
from uuid import UUID

import pytest

from src.batching.preconditions import CommandContext, WritePreconditions
from src.exceptions.errors import PreconditionFailedError, VersionNotFoundError
from src.history.versions import MAX_COMPARED
from src.models.task import TaskSnapshot
from tests.databases import Database
from tests.house import House, Watch, together
from tests.rows_read import RowsRead
from tests.tampering import attack

VERSIONS = 40
FIXED_READS = 1
"""Each replay finds the newest version first."""


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
    assert of_living <= FIXED_READS + 3
    assert read.total <= FIXED_READS + 2


async def test_restores_in_one_batch_share_what_they_read(house: House) -> None:
    states = await live(house)
    task_id, read = states[0].id, RowsRead(house.writing, "task_history")

    middle = VERSIONS // 2
    found = await together(*(house.tasks.restore_task(task_id, number) for number in [middle, middle + 1] * 20))

    assert [task.title for task in found] == [states[middle - 1].title, states[middle].title] * 20
    assert read.total <= FIXED_READS + middle + 2


async def test_a_version_made_in_the_same_batch_is_restored(house: House) -> None:
    task = await house.tasks.create_task("Milk")

    _, _, _, restored = await together(
        house.tasks.update_task(task.id, title="Oat milk"),
        house.tasks.update_task(task.id, title="Rice milk"),
        house.tasks.delete_task(task.id),
        house.tasks.restore_task(task.id, 2),
    )

    assert (restored.title, restored.version) == ("Oat milk", 5)


async def test_200_stale_edits_of_a_task_with_many_versions_take_one_aggregate(house: House) -> None:
    states = await live(house, 3 * MAX_COMPARED)
    watch, read = Watch(house.writing), RowsRead(house.writing, "task_history")

    edits = (house.tasks.update_task(states[0].id, title="Never", context=if_match(1)) for _ in range(200))
    errors = await together(*edits)

    of_history = [statement for statement in watch.statements if "FROM task_history" in statement]
    sentence = f"The task is at version {3 * MAX_COMPARED} now; changed since version 1: title"
    assert [str(error) for error in errors] == [sentence] * 200
    assert (len(of_history), read.total) == (2, FIXED_READS + 1)


async def test_stale_edits_of_many_versions_never_read_an_entry_twice(house: House) -> None:
    states = await live(house, MAX_COMPARED)
    read = RowsRead(house.writing, "task_history")

    known = [*range(MAX_COMPARED - 1, 0, -1)]
    edits = (house.tasks.update_task(states[0].id, title="Never", context=if_match(number)) for number in known)
    errors = await together(*edits)

    assert all(
        str(error).endswith(f"since version {number}: title") for error, number in zip(errors, known, strict=True)
    )
    assert read.total <= FIXED_READS + 2 * MAX_COMPARED  # each step reads the entry of its version once more


async def test_a_stale_read_compares_few_versions_and_aggregates_many(house: House) -> None:
    states = await live(house, 2 * MAX_COMPARED)
    task_id, newest = states[0].id, 2 * MAX_COMPARED
    read = RowsRead(house.reading, "task_history")

    for known, most in ((newest - 1, 2), (newest - MAX_COMPARED, MAX_COMPARED + 1), (newest - MAX_COMPARED - 1, 1)):
        with pytest.raises(PreconditionFailedError, match=f"since version {known}: title$"):
            await house.tasks.get_task(task_id, preconditions=if_match(known).preconditions)
        assert read.reset() <= FIXED_READS + most


async def test_only_fields_that_differ_are_named_and_of_many_versions_all_that_changed(house: House) -> None:
    task = await house.tasks.create_task('"title":["', "Two litres")
    await house.tasks.mark_complete(task.id)
    await house.tasks.mark_incomplete(task.id)
    await house.tasks.update_task(task.id, description='"title":["a","b"],"created_at":[')
    near = await sentence_of(house, task.id, 1)
    texts = (f'"created_at":[{number}' for number in range(MAX_COMPARED))
    await gather(*(house.tasks.update_task(task.id, description=text) for text in texts))

    far = await sentence_of(house, task.id, 1)
    after_reopening = await sentence_of(house, task.id, 3)

    assert near == "The task is at version 4 now; changed since version 1: description"
    assert far.endswith("since version 1: description, is_completed, completed_at")
    assert after_reopening.endswith("since version 3: description")


async def test_changes_of_the_same_batch_are_among_the_changed(house: House) -> None:
    states = await live(house, 2 * MAX_COMPARED)
    task_id = states[0].id

    _, far, near = await together(
        house.tasks.mark_complete(task_id),
        house.tasks.update_task(task_id, title="Never", context=if_match(1)),
        house.tasks.update_task(task_id, title="Never", context=if_match(2 * MAX_COMPARED)),
    )

    assert str(far).endswith("since version 1: title, is_completed, completed_at")
    assert str(near).endswith(f"since version {2 * MAX_COMPARED}: is_completed, completed_at")


async def test_a_deletion_changes_only_fields_that_had_a_value(house: House) -> None:
    states = await live(house, 2 * MAX_COMPARED)
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
