"""GET /stats/weekly."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.api_client import Api

pytestmark = pytest.mark.travels

WEDNESDAY = "2026-11-18T10:00:00+00:00"


EDGES = {
    "just before Monday": ("2026-11-15T23:59:59.999999+00:00", WEDNESDAY, 0),
    "at Monday's first instant": ("2026-11-16T00:00:00+00:00", WEDNESDAY, 1),
    "asked at Monday's first instant": ("2026-11-16T00:00:00+00:00", "2026-11-16T00:00:00+00:00", 1),
    "in Sunday's last second": ("2026-11-22T23:59:59.999998+00:00", "2026-11-22T23:59:59.999999+00:00", 1),
    "in last week": ("2026-11-22T23:59:59.999999+00:00", "2026-11-23T00:00:00+00:00", 0),
    "at next Monday's first instant": ("2026-11-23T00:00:00+00:00", WEDNESDAY, 0),
    "a whole week across the year's end": ("2026-12-28T00:00:00+00:00", "2027-01-03T23:59:59+00:00", 1),
    "across the year's end": ("2026-12-31T23:59:59+00:00", "2027-01-01T00:00:00+00:00", 1),
    "new year's day, asked on Monday": ("2027-01-01T12:00:00+00:00", "2027-01-04T00:00:00+00:00", 0),
    "a week of the next ISO year": ("2024-12-30T00:00:00+00:00", "2025-01-01T12:00:00+00:00", 1),
    "leap day": ("2028-02-28T00:00:00+00:00", "2028-02-29T12:00:00+00:00", 1),
}
"""When it happened, when the figures are asked for, and how many count."""


async def test_an_empty_database_has_a_week_without_tasks(api: Api) -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        answer = await api.send("GET", "/stats/weekly")

    assert (answer.status, answer.popup) == (200, None)
    assert answer.data == {
        "tasks_created_this_week": 0,
        "tasks_completed_this_week": 0,
        "total_completed": 0,
        "total_incomplete": 0,
        "total_tasks": 0,
        "week_start": "2026-11-16T00:00:00Z",
        "week_end": "2026-11-22T23:59:59Z",
    }


async def test_tasks_are_counted_by_their_times(api: Api) -> None:
    with time_machine.travel("2026-11-10T10:00:00+00:00", tick=False) as clock:
        old = [await api.create(f"Old {number}") for number in range(3)]
        await api.complete(old[0])
        clock.move_to(WEDNESDAY)
        new = [await api.create(f"New {number}") for number in range(2)]
        await api.complete(old[1])
        await api.complete(new[0])

        week = await api.week()

    assert (week["tasks_created_this_week"], week["tasks_completed_this_week"]) == (2, 2)
    assert (week["total_completed"], week["total_incomplete"], week["total_tasks"]) == (3, 2, 5)


async def test_deleted_tasks_count_nowhere(api: Api) -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        kept, deleted, done = [await api.create() for _ in range(3)]
        await api.complete(done)
        await api.delete(done)
        await api.delete(deleted)

        week = await api.week()

    assert (week["tasks_created_this_week"], week["tasks_completed_this_week"]) == (1, 0)
    assert (week["total_completed"], week["total_incomplete"], week["total_tasks"]) == (0, 1, 1)
    assert kept.status == 201


async def test_a_reopened_task_no_longer_counts_as_completed(api: Api) -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        task = await api.create()
        await api.complete(task)
        await api.reopen(task)

        week = await api.week()

    assert (week["tasks_completed_this_week"], week["total_completed"], week["total_incomplete"]) == (0, 0, 1)


@pytest.mark.parametrize(("made", "asked", "counted"), EDGES.values(), ids=EDGES)
async def test_creations_are_counted_from_monday_to_monday(api: Api, made: str, asked: str, counted: int) -> None:
    with time_machine.travel(made, tick=False) as clock:
        await api.create()
        clock.move_to(asked)
        week = await api.week()

    assert week["tasks_created_this_week"] == counted


@pytest.mark.parametrize(("done", "asked", "counted"), EDGES.values(), ids=EDGES)
async def test_completions_are_counted_from_monday_to_monday(api: Api, done: str, asked: str, counted: int) -> None:
    with time_machine.travel("2020-01-01T00:00:00+00:00", tick=False) as clock:
        task = await api.create()
        clock.move_to(done)
        await api.complete(task)
        clock.move_to(asked)
        week = await api.week()

    assert (week["tasks_created_this_week"], week["tasks_completed_this_week"]) == (0, counted)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("2026-11-16T00:00:00+00:00", "2026-11-16T00:00:00Z", "2026-11-22T23:59:59Z"),
        ("2026-11-22T23:59:59.999999+00:00", "2026-11-16T00:00:00Z", "2026-11-22T23:59:59Z"),
        ("2026-11-23T00:00:00+00:00", "2026-11-23T00:00:00Z", "2026-11-29T23:59:59Z"),
        ("2027-01-01T00:00:00+00:00", "2026-12-28T00:00:00Z", "2027-01-03T23:59:59Z"),
        ("2024-12-31T00:00:00+00:00", "2024-12-30T00:00:00Z", "2025-01-05T23:59:59Z"),
        ("2028-02-29T12:00:00+00:00", "2028-02-28T00:00:00Z", "2028-03-05T23:59:59Z"),
    ],
)
async def test_the_week_is_named_by_its_first_and_last_second(api: Api, asked: str, start: str, end: str) -> None:
    with time_machine.travel(asked, tick=False):
        week = await api.week()

    assert (week["week_start"], week["week_end"]) == (start, end)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
async def test_the_week_is_utc_in_any_time_zone_of_the_server(api: Api, zone: str) -> None:
    sunday_in_utc = datetime.fromisoformat("2026-11-22T23:30:00+00:00")
    with time_machine.travel(sunday_in_utc.astimezone(ZoneInfo(zone)), tick=False):
        await api.create()
        week = await api.week()

    assert (week["week_start"], week["week_end"]) == ("2026-11-16T00:00:00Z", "2026-11-22T23:59:59Z")
    assert week["tasks_created_this_week"] == 1


async def test_a_clock_that_is_set_back_over_midnight_keeps_the_count(api: Api) -> None:
    with time_machine.travel("2026-11-23T00:10:00+00:00", tick=False) as clock:
        await api.create("On Monday")
        clock.move_to("2026-11-22T23:50:00+00:00")
        await api.create("On Sunday, by a clock set back")

        sunday = await api.week()
        clock.move_to("2026-11-23T00:20:00+00:00")
        monday = await api.week()

    assert (sunday["tasks_created_this_week"], sunday["total_tasks"]) == (0, 2)
    assert (monday["tasks_created_this_week"], monday["total_tasks"]) == (2, 2)


async def test_a_new_title_does_not_move_a_task_into_this_week(api: Api) -> None:
    with time_machine.travel("2026-11-10T10:00:00+00:00", tick=False) as clock:
        task = await api.create()
        await api.complete(task)
        clock.move_to(WEDNESDAY)
        await api.update(task, title="Changed")

        week = await api.week()

    assert (week["tasks_created_this_week"], week["tasks_completed_this_week"], week["total_completed"]) == (
        0,
        0,
        1,
    )
