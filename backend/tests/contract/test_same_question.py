"""The past does not change: the same `as_of` always gets the same answer."""

from asyncio import gather

import pytest
import time_machine
from fastapi import FastAPI

from main import create_app
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.databases import Database
from tests.stored_history import assert_whole, stored_entries

pytestmark = pytest.mark.travels

MONDAY = "2026-11-16T10:00:00+00:00"
IN_TEN_SECONDS = "2026-11-16T10:00:10+00:00"


async def test_as_of_now_gives_the_same_after_later_writes(api: Api) -> None:
    with time_machine.travel(MONDAY, tick=False):
        task = await api.create("Milk")
        first = await api.as_of(MONDAY)
        await api.complete(task)
        await api.create("Bread")

        again = await api.as_of(MONDAY)

    assert (first.tasks, again.tasks) == ([task.task], [task.task])


async def test_as_of_a_moment_before_the_first_write_stays_empty(api: Api) -> None:
    with time_machine.travel(MONDAY, tick=False):
        first = await api.as_of(MONDAY)
        task = await api.create("Milk")

        again = await api.as_of(MONDAY)

    assert (first.tasks, again.tasks) == ([], [])
    assert task.task["created_at"] == "2026-11-16T10:00:00.000001Z"


async def test_as_of_now_during_writes_is_final(api: Api, database: Database) -> None:
    with time_machine.travel(MONDAY, tick=False):
        rounds = [
            await gather(api.create("Milk"), api.as_of(MONDAY), api.create("Bread"), api.as_of(MONDAY))
            for _ in range(5)
        ]

        last = await api.as_of(MONDAY)

    assert [answer.tasks for _, one, _, two in rounds for answer in (one, two)] == [last.tasks] * 10
    assert_whole(database)


async def test_a_clock_that_is_set_back_does_not_change_the_past(api: Api, database: Database) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        task = await api.create("Milk")
        clock.shift(10)
        first = await api.as_of(IN_TEN_SECONDS)
        clock.shift(-3600)
        late = await api.update(task, title="Oat milk")
        new = await api.create("Bread")

        again = await api.as_of(IN_TEN_SECONDS)

    assert again.tasks == first.tasks == [task.task]
    assert (late.task["updated_at"], new.task["created_at"]) == (
        "2026-11-16T10:00:10.000001Z",
        "2026-11-16T10:00:10.000002Z",
    )
    assert_whole(database)


async def test_a_restart_does_not_change_the_past(app: FastAPI, database: Database) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        async with running(app) as api:
            task = await api.create("Milk")
            clock.shift(10)
            first = await api.as_of(IN_TEN_SECONDS)
        clock.shift(-5)

        async with running(create_app(settings_for(database))) as api:
            await api.complete(task)
            again = await api.as_of(IN_TEN_SECONDS)

    assert again.tasks == first.tasks == [task.task]


async def test_another_process_does_not_change_the_past(app: FastAPI, database: Database) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        async with running(app) as one, running(create_app(settings_for(database))) as other:
            task = await one.create("Milk")
            clock.shift(10)
            first = await one.as_of(IN_TEN_SECONDS)
            await other.complete(task)

            again = [await api.as_of(IN_TEN_SECONDS) for api in (one, other)]

    assert [answer.tasks for answer in again] == [first.tasks] * 2 == [[task.task]] * 2


async def test_reading_the_past_leaves_no_entry(api: Api, database: Database) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        await api.create("Milk")
        before = stored_entries(database)
        clock.shift(10)

        await api.as_of(IN_TEN_SECONDS)

    assert stored_entries(database) == before
    assert_whole(database)


async def test_reading_a_frozen_past_writes_nothing(api: Api, database: Database) -> None:
    task = await api.create("Milk")
    await api.complete(task)

    with database.unchanged():
        for entry in await api.entries():
            await api.as_of(entry["timestamp"])
