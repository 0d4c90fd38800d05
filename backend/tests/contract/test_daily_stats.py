"""GET /stats/daily."""

from typing import TypedDict, cast

import pytest
import time_machine

from tests.api_client import Api
from tests.databases import PostgresDatabase

pytestmark = pytest.mark.travels

WEDNESDAY = "2026-11-18T10:00:00+00:00"


class Day(TypedDict):
    """One day's figures."""

    date: str
    created: int
    completed: int


async def days(api: Api, query: str = "") -> list[Day]:
    """Read the figures of a range of days."""
    return cast("list[Day]", (await api.send("GET", f"/stats/daily?{query}")).data)


def counted(found: list[Day]) -> dict[str, tuple[int, int]]:
    """Leave out the days on which nothing happened."""
    figures = {day["date"]: (day["created"], day["completed"]) for day in found}
    return {date: both for date, both in figures.items() if any(both)}


async def test_the_default_is_each_day_of_the_current_week(api: Api) -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        answer = await api.send("GET", "/stats/daily")

    assert (answer.status, answer.popup) == (200, None)
    assert answer.data == [{"date": f"2026-11-{day}", "created": 0, "completed": 0} for day in range(16, 23)]


async def test_tasks_are_counted_on_the_days_of_their_timestamps(api: Api) -> None:
    with time_machine.travel("2026-11-17T23:59:59.999999+00:00", tick=False) as clock:
        late = await api.create()
        clock.move_to("2026-11-18T00:00:00+00:00")
        early = await api.create()
        clock.move_to("2026-11-20T12:00:00+00:00")
        await api.complete(late)
        await api.complete(early)

    found = await days(api, "from=2026-11-16&to=2026-11-22")

    assert counted(found) == {"2026-11-17": (1, 0), "2026-11-18": (1, 0), "2026-11-20": (0, 2)}


async def test_both_ends_of_the_range_are_included(api: Api) -> None:
    for moment in ("2026-11-16T23:59:59.999999", "2026-11-17T00:00:00", "2026-11-18T23:59:59.999999", "2026-11-19"):
        with time_machine.travel(f"{moment}+00:00" if "T" in moment else f"{moment}T00:00:00+00:00", tick=False):
            await api.create()

    found = await days(api, "from=2026-11-17&to=2026-11-18")

    assert found == [
        {"date": "2026-11-17", "created": 1, "completed": 0},
        {"date": "2026-11-18", "created": 1, "completed": 0},
    ]


async def test_deleted_tasks_count_nowhere_and_reopened_ones_are_not_completed(api: Api) -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        gone, reopened, back = [await api.create() for _ in range(3)]
        for task in (gone, reopened, back):
            await api.complete(task)
        await api.delete(gone)
        await api.reopen(reopened)
        await api.delete(back)
        await api.restore(back)

        found = await days(api)

    assert counted(found) == {"2026-11-18": (2, 1)}


async def test_the_days_add_up_to_the_week(api: Api) -> None:
    with time_machine.travel("2026-11-15T23:59:59+00:00", tick=False) as clock:
        for day in range(16, 25):
            await api.complete(await api.create())
            clock.move_to(f"2026-11-{day}T00:00:00+00:00")
        clock.move_to(WEDNESDAY)
        week, found = await api.week(), await days(api)

    assert sum(day["created"] for day in found) == week["tasks_created_this_week"] == 7
    assert sum(day["completed"] for day in found) == week["tasks_completed_this_week"] == 7


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_days_are_utc_in_any_time_zone_of_the_database(api: Api, database: PostgresDatabase) -> None:
    database.run("""
        DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET timezone TO ''Pacific/Kiritimati''', current_database());
        END $$
    """)
    database.shut()
    database.open()
    with time_machine.travel("2026-11-18T23:30:00+00:00", tick=False):
        await api.create()

    assert counted(await days(api, "from=2026-11-16")) == {"2026-11-18": (1, 0)}


@pytest.mark.parametrize(
    ("query", "first", "last", "count"),
    [
        ("from=2026-11-22&to=2026-11-22", "2026-11-22", "2026-11-22", 1),
        ("from=2026-11-20", "2026-11-20", "2026-11-26", 7),
        ("from=2028-01-01&to=2028-12-31", "2028-01-01", "2028-12-31", 366),
        ("from=0001-01-01&to=0001-01-02", "0001-01-01", "0001-01-02", 2),
        ("from=9999-12-30&to=9999-12-31", "9999-12-30", "9999-12-31", 2),
        ("from=9999-12-25", "9999-12-25", "9999-12-31", 7),
    ],
)
async def test_every_day_is_listed_in_order(api: Api, query: str, first: str, last: str, count: int) -> None:
    found = await days(api, query)

    dates = [day["date"] for day in found]
    assert (dates[0], dates[-1], len(dates)) == (first, last, count)
    assert dates == sorted(set(dates))
