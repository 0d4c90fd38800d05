"""Cached past states make a nearby moment cheap, and never change a result."""

import gc
import tracemalloc
from asyncio import gather, to_thread
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.database.connection import snapshots
from src.history.states import StateCheckpoints
from src.models.task import TaskRecord, TaskSnapshot
from src.services.time_travel import TasksAsOf
from tests.databases import Database, Server
from tests.house import House, opened, together
from tests.rows_read import RowsRead
from tests.stored_history import replay, stored_entries

LARGE = 10_000_000
TASKS, EDITS = 10, 30
ENTRIES = TASKS + EDITS


@pytest.fixture(scope="module")
async def shared_house(shared_database: Database) -> AsyncIterator[House]:
    async with opened(shared_database) as services:
        yield services


async def live(house: House) -> list[datetime]:
    """Create tasks, edit them, and return the time of each entry."""
    tasks = [await house.tasks.create_task(f"Task {number}") for number in range(TASKS)]
    edits = (house.tasks.update_task(tasks[number % TASKS].id, title=f"Edit {number}") for number in range(EDITS))
    return [task.updated_at for task in [*tasks, *await gather(*edits)]]


async def ask(house: House, moment: datetime, checkpoints: StateCheckpoints) -> dict[str, Any]:
    return as_stored(await house.reader.ask(TasksAsOf(house.workspace, moment, checkpoints)))


def as_stored(tasks: Iterable[TaskRecord]) -> dict[str, Any]:
    records = [task._asdict() for task in tasks]
    return {record.pop("id"): record for record in records}


def replayed(database: Database, moment: datetime) -> dict[str, Any]:
    """The plain replay of all entries up to a moment."""
    until = [entry for entry in stored_entries(database) if datetime.fromisoformat(entry["timestamp"]) <= moment]
    return replay(until)


async def take(house: House, tasks: list[TaskSnapshot], step: tuple[str, int]) -> None:
    """Apply a step to one of the tasks, which may be deleted."""
    action, number = step
    task_id = tasks[number % len(tasks)].id
    match action:
        case "edit":
            await together(house.tasks.update_task(task_id, title=f"Edit {number}"))
        case "complete":
            await together(house.tasks.mark_complete(task_id))
        case "delete":
            await together(house.tasks.delete_task(task_id))
        case "restore":
            await together(house.tasks.restore_task(task_id))


STEPS = st.tuples(st.sampled_from(["edit", "complete", "delete", "restore"]), st.integers(0, 20))
MOMENTS = st.lists(st.floats(0, 1), min_size=1, max_size=4)


@settings(max_examples=20, deadline=None)
@given(
    rounds=st.lists(st.tuples(st.lists(STEPS, max_size=6), MOMENTS), min_size=1, max_size=4),
    max_states=st.integers(0, 3),
    worth_keeping=st.integers(0, 6),
)
async def test_every_answer_is_that_of_a_plain_replay(
    shared_house: House,
    shared_database: Database,
    rounds: list[tuple[list[tuple[str, int]], list[float]]],
    max_states: int,
    worth_keeping: int,
) -> None:
    checkpoints = StateCheckpoints(max_states, LARGE, worth_keeping)
    tasks = [await shared_house.tasks.create_task("Milk") for _ in range(3)]

    for steps, shares in rounds:
        for step in steps:
            await take(shared_house, tasks, step)
        entries = stored_entries(shared_database)
        for share in shares:
            moment = datetime.fromisoformat(entries[int(share * (len(entries) - 1))]["timestamp"])
            found = await ask(shared_house, moment, checkpoints)
            assert found == replayed(shared_database, moment)


async def test_a_moment_near_another_reads_only_the_entries_between(house: House, database: Database) -> None:
    times, checkpoints = await live(house), StateCheckpoints(8, LARGE, worth_keeping=5)
    entries, tasks = RowsRead(house.reading, "task_history"), RowsRead(house.reading, "tasks")
    middle = ENTRIES // 2

    await ask(house, times[middle], checkpoints)
    far = entries.reset() + tasks.reset()
    near = []
    for moment in (times[middle + 3], times[middle - 3], times[middle]):
        assert await ask(house, moment, checkpoints) == replayed(database, moment)
        near.append((entries.reset(), tasks.reset()))

    assert far >= middle
    found = 2 * (1 + 1)  # the entry and that of the checkpoint, for the cost too
    assert near == [(found + 3, 0), (found + 3, 0), (found, 0)]


async def test_the_cost_says_how_many_rows_are_read(house: House) -> None:
    times, checkpoints = await live(house), StateCheckpoints(8, LARGE, worth_keeping=15)

    for number in (0, 5, 25, 26, 39, 38, 12, 30):
        with snapshots(house.reading).connect() as connection:
            query = TasksAsOf(house.workspace, times[number], checkpoints)
            cost = query.cost(connection)
        with snapshots(house.reading).connect() as connection:
            entries, tasks = RowsRead(house.reading, "task_history"), RowsRead(house.reading, "tasks")
            query(connection)
        found = [*tasks.counts, *entries.counts[1:]]
        assert cost in {sum(found), sum(found) - 1, sum(found) - 2}  # without the entries of the checkpoints


async def test_states_of_another_history_are_not_used(
    house: House, database: Database, server: Server, template: Database
) -> None:
    other, checkpoints = server.copy_of(template), StateCheckpoints(8, LARGE, worth_keeping=0)
    async with opened(other) as elsewhere:
        times, times_elsewhere = await live(house), await live(elsewhere)

        for moment, moment_elsewhere in zip(times[::9], times_elsewhere[::9], strict=True):
            assert await ask(house, moment, checkpoints) == replayed(database, moment)
            assert await ask(elsewhere, moment_elsewhere, checkpoints) == replayed(other, moment_elsewhere)
    server.drop(other)


async def test_the_state_used_last_is_kept_longest(house: House) -> None:
    times, checkpoints = await live(house), StateCheckpoints(2, LARGE, worth_keeping=5)

    for number in (15, 25, 16, 39):  # the third is near the first, which is therefore used later than the second
        await ask(house, times[number], checkpoints)

    with snapshots(house.reading).connect() as connection:
        costs = [TasksAsOf(house.workspace, times[number], checkpoints).cost(connection) for number in (15, 25, 39)]
    assert (costs[0], costs[2]) == (0, 0)
    assert costs[1] > 0


async def test_states_are_kept_up_to_a_number_of_bytes(house: House) -> None:
    times, unbounded = await live(house), StateCheckpoints(8, LARGE, worth_keeping=5)
    await ask(house, times[20], unbounded)
    of_one = unbounded.size
    fitting, too_small = StateCheckpoints(8, of_one, 5), StateCheckpoints(8, of_one // 2, 5)

    sizes = []
    for number in (20, 30, 12, 20):
        await ask(house, times[number], fitting)
        await ask(house, times[number], too_small)
        sizes.append(fitting.size)

    assert 0 < max(sizes) <= of_one
    assert too_small.size == 0


async def test_tasks_that_states_share_count_once(house: House) -> None:
    times, checkpoints = await live(house), StateCheckpoints(8, LARGE, worth_keeping=0)
    await ask(house, times[ENTRIES // 2], checkpoints)
    of_one = checkpoints.size

    await ask(house, times[ENTRIES // 2 + 1], checkpoints)

    assert len(checkpoints.all()) == 2
    assert checkpoints.size < 1.5 * of_one


async def test_a_state_that_is_too_large_removes_no_other(house: House) -> None:
    times, unbounded = await live(house), StateCheckpoints(8, LARGE, worth_keeping=5)
    few, all_of_them = times[TASKS - 3], times[ENTRIES // 2]
    await ask(house, few, unbounded)
    checkpoints = StateCheckpoints(8, unbounded.size, 5)

    for moment in (few, all_of_them):
        await ask(house, moment, checkpoints)

    assert checkpoints.size == unbounded.size


async def test_the_estimate_is_not_far_from_what_the_states_take(house: House) -> None:
    checkpoints = StateCheckpoints(8, LARGE, worth_keeping=0)
    tasks = await gather(*(house.tasks.create_task("Milk " * 10, "Litre " * 20) for _ in range(2_000)))
    await ask(house, tasks[-1].updated_at, StateCheckpoints(0, LARGE, worth_keeping=0))  # what is made once is made now
    gc.collect()

    tracemalloc.start()
    try:
        await house.reader.ask(TasksAsOf(house.workspace, tasks[-1].updated_at, checkpoints))
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert 0.75 * taken < checkpoints.size < 1.5 * taken


async def test_threads_share_the_states(house: House, database: Database) -> None:
    times, checkpoints = await live(house), StateCheckpoints(3, LARGE, worth_keeping=0)
    engine = snapshots(house.reading)

    def read(numbers: range) -> list[dict[str, Any]]:
        with engine.connect() as connection:
            return [as_stored(TasksAsOf(house.workspace, times[number], checkpoints)(connection)) for number in numbers]

    orders = [range(0, ENTRIES, 3), range(ENTRIES - 1, 0, -3), range(1, ENTRIES, 4)]
    found = await gather(*(to_thread(read, numbers) for numbers in orders))

    expected = [replayed(database, moment) for moment in times]
    assert found == [[expected[number] for number in numbers] for numbers in orders]


async def test_no_state_is_taken_from_before_an_erasure(house: House) -> None:
    times = await live(house)
    checkpoints = StateCheckpoints(8, 1_000_000, worth_keeping=1)
    before = await ask(house, times[20], checkpoints)
    task_id = next(iter(before))
    titles = {before[task_id]["title"]}

    await house.tasks.erase_task(UUID(task_id), ("title",), "Bread")
    after = await ask(house, times[20], checkpoints)
    titles.add(after[task_id]["title"])

    assert after == before | {task_id: before[task_id] | {"title": "(erased)"}}
    assert len(titles) == 2
