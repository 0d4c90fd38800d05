"""Workflows of users from end to end."""

import pytest
import time_machine

from tests.api_client import Api
from tests.databases import Database

pytestmark = pytest.mark.travels


async def test_a_created_task_is_stored_recorded_and_answered(api: Api, database: Database) -> None:
    task = (await api.create("Buy milk", "Two litres")).task

    assert len(database.state()["tasks"]) == 1
    assert (await api.get(task["id"])).task == task
    assert await api.history() == ["CREATED"]


async def test_a_refused_task_leaves_no_trace(api: Api, database: Database) -> None:
    await api.create("")

    assert database.state()["tasks"] == []
    assert await api.history() == []


async def test_a_task_goes_through_its_states(api: Api) -> None:
    task = await api.create()

    states = [
        ((await verb(task)).task["is_completed"], (await api.get(task)).task["completed_at"] is not None)
        for verb in (api.complete, api.reopen, api.complete, api.complete)
    ]

    assert states == [(True, True), (False, False), (True, True), (True, True)]
    assert await api.history() == ["COMPLETED", "INCOMPLETED", "COMPLETED", "CREATED"]


async def test_times_tell_when_a_task_was_made_changed_and_done(api: Api) -> None:
    with time_machine.travel("2030-01-01T08:00:00+00:00", tick=False) as clock:
        task = await api.create()
        clock.move_to("2030-01-02T09:00:00+00:00")
        await api.update(task, title="Buy oat milk")
        clock.move_to("2030-01-03T10:00:00+00:00")
        await api.complete(task)
        clock.move_to("2030-01-04T11:00:00+00:00")
        await api.update(task, description="Done, but noted")

    last = (await api.get(task)).task
    assert last["created_at"] == "2030-01-01T08:00:00.000000Z"
    assert last["completed_at"] == "2030-01-03T10:00:00.000000Z"
    assert last["updated_at"] == "2030-01-04T11:00:00.000000Z"


async def test_edits_add_up(api: Api) -> None:
    task = await api.create("Buy milk")

    await api.update(task, description="Two litres")
    await api.update(task, title="Buy oat milk")
    await api.update(task, description="")

    last = (await api.get(task)).task
    assert (last["title"], last["description"], last["version"]) == ("Buy oat milk", "", 4)
    assert await api.history() == ["UPDATED", "UPDATED", "UPDATED", "CREATED"]


async def test_a_deletion_takes_nothing_from_the_history(api: Api) -> None:
    milk, bread = await api.create("Buy milk"), await api.create("Buy bread")
    await api.complete(milk)
    before = await api.page()

    await api.delete(milk)
    await api.delete(bread)

    after = await api.page()
    assert after["items"][2:] == before["items"]
    assert after["pagination"]["total_count"] == before["pagination"]["total_count"] + 2


async def test_a_list_follows_what_is_done(api: Api) -> None:
    milk, bread, eggs = [await api.create(title) for title in ("Milk", "Bread", "Eggs")]

    await api.complete(eggs)
    await api.update(bread, title="Rye bread")
    await api.delete(milk)
    await api.create("Butter")

    assert await api.titles() == ["Butter", "Rye bread", "Eggs"]
    for task in await api.tasks():
        assert (await api.get(task["id"])).task == task


async def test_every_action_is_recorded_and_none_is_edited(api: Api) -> None:
    task = await api.create("Buy milk")
    seen = []
    for verb in (api.complete, api.reopen, api.delete):
        seen.append(await api.entries())
        await verb(task)

    entries = await api.entries()

    assert [entry["action_type"] for entry in entries] == ["DELETED", "INCOMPLETED", "COMPLETED", "CREATED"]
    assert all(entries[-len(earlier) :] == earlier for earlier in seen)


async def test_the_history_can_be_read_page_by_page(api: Api) -> None:
    for number in range(25):
        await api.create(f"Task {number}")

    read, page, more = [], 1, True
    while more:
        answer = await api.page(f"page={page}&limit=10")
        read += [entry["task_title"] for entry in answer["items"]]
        page, more = page + 1, answer["pagination"]["has_next"]

    assert read == [f"Task {number}" for number in reversed(range(25))]


async def test_a_month_of_tasks_has_the_right_figures_each_week(api: Api) -> None:
    figures = []
    with time_machine.travel("2026-12-07T12:00:00+00:00", tick=False) as clock:
        for week in range(4):
            clock.move_to(f"2026-12-{7 + 7 * week:02}T12:00:00+00:00")
            tasks = [await api.create(f"Task {week}.{number}") for number in range(week + 1)]
            await api.complete(tasks[0])
            answer = await api.week()
            figures.append((answer["tasks_created_this_week"], answer["tasks_completed_this_week"]))

    assert figures == [(1, 1), (2, 1), (3, 1), (4, 1)]
    last = await api.week()
    assert (last["total_completed"], last["total_incomplete"], last["total_tasks"]) == (4, 6, 10)
