"""Timestamps under the head's lock increase strictly, whatever the clock does."""

from datetime import datetime

import pytest
import time_machine

from src.services.task_lists import Selection
from src.services.time_travel import Watermark
from tests.databases import Database
from tests.house import House, opened, together
from tests.stored_history import assert_whole, stored_entries, stored_tasks

pytestmark = pytest.mark.travels

NOON = "2030-06-01T12:00:00+00:00"
MORNING = "2030-06-01T09:00:00+00:00"


async def test_a_clock_that_is_set_back_keeps_seq_and_time_in_one_order(house: House, database: Database) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        task = await house.tasks.create_task("Milk")
        clock.move_to(MORNING)
        await house.tasks.mark_complete(task.id)
        await house.tasks.create_task("Bread")

    assert [entry["timestamp"] for entry in stored_entries(database)] == [
        "2030-06-01T12:00:00.000000Z",
        "2030-06-01T12:00:00.000001Z",
        "2030-06-01T12:00:00.000002Z",
    ]
    assert_whole(database)


async def test_a_task_has_the_times_of_its_entries(house: House, database: Database) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        task = await house.tasks.create_task("Milk")
        clock.move_to(MORNING)
        await house.tasks.mark_complete(task.id)

    stored, times = stored_tasks(database), [entry["timestamp"] for entry in stored_entries(database)]
    assert stored[str(task.id)]["created_at"] == times[0]
    assert stored[str(task.id)]["completed_at"] == times[1]
    assert stored[str(task.id)]["updated_at"] == times[1]


async def test_commands_of_one_batch_have_different_times(house: House, database: Database) -> None:
    with time_machine.travel(NOON, tick=False):
        await together(*(house.tasks.create_task(f"Task {number}") for number in range(3)))

    assert [entry["timestamp"] for entry in stored_entries(database)] == [
        "2030-06-01T12:00:00.000000Z",
        "2030-06-01T12:00:00.000001Z",
        "2030-06-01T12:00:00.000002Z",
    ]


async def test_an_earlier_moment_does_not_reopen_a_later_one_of_its_batch(house: House) -> None:
    moments = [datetime.fromisoformat(time) for time in (NOON, MORNING)]
    with time_machine.travel(NOON, tick=False):
        await together(*(house.tasks.get_all_tasks(Selection(as_of=moment)) for moment in moments))

    assert await house.reader.ask(Watermark(house.workspace)) == moments[0]


async def test_a_clock_that_was_ahead_stays_ahead_until_time_has_caught_up(house: House, database: Database) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        await house.tasks.create_task("From the future")
        clock.move_to(MORNING)
        await house.tasks.create_task("Bread")
        clock.move_to("2030-06-01T15:00:00+00:00")
        await house.tasks.create_task("Eggs")

    assert stored_entries(database)[-1]["timestamp"] == "2030-06-01T15:00:00.000000Z"
    assert_whole(database)


async def test_the_order_of_time_outlives_the_process(database: Database) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with opened(database) as before:
            await before.tasks.create_task("Milk")
        clock.move_to(MORNING)
        async with opened(database) as after:
            await after.tasks.create_task("Bread")

    assert stored_entries(database)[-1]["timestamp"] == "2030-06-01T12:00:00.000001Z"
    assert_whole(database)


async def test_a_repeat_that_changes_nothing_takes_no_time(house: House, database: Database) -> None:
    with time_machine.travel(NOON, tick=False):
        task = await house.tasks.create_task("Milk")
        await house.tasks.mark_incomplete(task.id)
        await house.tasks.mark_complete(task.id)

    assert stored_entries(database)[-1]["timestamp"] == "2030-06-01T12:00:00.000001Z"
