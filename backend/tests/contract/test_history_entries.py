"""The content of an entry."""

from uuid import UUID

import pytest
import time_machine

from tests.answer import Entry, Task
from tests.api_client import Api

pytestmark = pytest.mark.travels

FIELDS = ("title", "description", "is_completed", "created_at", "updated_at", "completed_at")
AT_ONE_INSTANT = time_machine.travel("2030-01-01T00:00:00+00:00", tick=False)


def fields_of(task: Task) -> dict[str, object]:
    """The fields that the history records."""
    return {name: value for name, value in task.items() if name in FIELDS}


def folded(entries: list[Entry]) -> dict[str, object]:
    """Replay entries, given newest first, and check each old value."""
    row: dict[str, object] = dict.fromkeys(FIELDS)
    for entry in reversed(entries):
        for field, (old, new) in entry["changes"].items():
            assert row[field] == old
            row[field] = new
    return row


async def newest(api: Api) -> Entry:
    """Read the newest entry."""
    return (await api.entries("limit=1"))[0]


async def test_an_entry_has_exactly_these_fields(api: Api) -> None:
    await api.create()

    entry = await newest(api)

    assert set(entry) == {
        "history_id",
        "task_id",
        "action_type",
        "description",
        "timestamp",
        "task_title",
        "seq",
        "version",
        "changes",
        "actor",
        "client",
        "run",
        "erased",
    }
    assert str(UUID(entry["history_id"])) == entry["history_id"]


async def test_creation_changes_every_field_from_null(api: Api) -> None:
    task = (await api.create("Buy milk", "Two litres")).task

    entry = await newest(api)

    assert (entry["action_type"], entry["task_id"], entry["version"]) == ("CREATED", task["id"], 1)
    assert entry["changes"] == {name: [None, value] for name, value in fields_of(task).items()}
    assert set(entry["changes"]) == set(FIELDS)


async def test_a_new_title_is_described_with_the_old_one(api: Api) -> None:
    before = (await api.create("Buy milk", "Two litres")).task
    after = (await api.update(before["id"], title="Buy oat milk")).task

    entry = await newest(api)

    assert (entry["action_type"], entry["task_title"], entry["version"]) == ("UPDATED", "Buy oat milk", 2)
    assert "Buy milk" in entry["description"]
    assert "Buy oat milk" in entry["description"]
    assert entry["changes"] == {
        "title": ["Buy milk", "Buy oat milk"],
        "updated_at": [before["updated_at"], after["updated_at"]],
    }


async def test_a_new_description_is_recorded_with_the_old_one(api: Api) -> None:
    before = (await api.create("Buy milk")).task
    after = (await api.update(before["id"], description="Two\nlitres")).task

    entry = await newest(api)

    assert entry["changes"] == {
        "description": [None, "Two\nlitres"],
        "updated_at": [before["updated_at"], after["updated_at"]],
    }


async def test_a_change_of_both_is_one_entry(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")
    await api.update(task, title="Buy oat milk", description="")

    entry = await newest(api)

    assert set(entry["changes"]) == {"title", "description", "updated_at"}
    assert entry["changes"]["description"] == ["Two litres", ""]


async def test_an_unchanged_field_is_not_recorded(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")
    await api.update(task, title="Buy milk", description="Three litres")

    entry = await newest(api)

    assert set(entry["changes"]) == {"description", "updated_at"}


async def test_completion_changes_state_and_times(api: Api) -> None:
    before = (await api.create()).task
    after = (await api.complete(before["id"])).task

    entry = await newest(api)

    assert (entry["action_type"], entry["version"]) == ("COMPLETED", 2)
    assert entry["changes"] == {
        "is_completed": [False, True],
        "completed_at": [None, after["completed_at"]],
        "updated_at": [before["updated_at"], after["updated_at"]],
    }


async def test_reopening_changes_state_and_times_back(api: Api) -> None:
    task = await api.create()
    before = (await api.complete(task)).task
    after = (await api.reopen(task)).task

    entry = await newest(api)

    assert (entry["action_type"], entry["version"]) == ("INCOMPLETED", 3)
    assert entry["changes"] == {
        "is_completed": [True, False],
        "completed_at": [before["completed_at"], None],
        "updated_at": [before["updated_at"], after["updated_at"]],
    }


async def test_deletion_changes_every_field_to_null(api: Api) -> None:
    task = (await api.create("Buy milk", "Two litres")).task
    await api.delete(task["id"])

    entry = await newest(api)

    assert (entry["action_type"], entry["task_title"], entry["version"]) == ("DELETED", "Buy milk", 2)
    assert entry["changes"] == {name: [value, None] for name, value in fields_of(task).items()}
    assert set(entry["changes"]) == set(FIELDS)


async def test_an_entry_has_the_time_of_its_change(api: Api) -> None:
    task = (await api.create()).task
    created = await newest(api)
    done = (await api.complete(task["id"])).task
    completed = await newest(api)

    assert created["timestamp"] == task["created_at"]
    assert completed["timestamp"] == done["completed_at"]


async def test_entries_keep_the_title_of_their_time(api: Api) -> None:
    task = await api.create("Buy milk")
    await api.complete(task)
    await api.update(task, title="Buy oat milk")
    await api.delete(task)

    titles = [entry["task_title"] for entry in await api.entries()]

    assert titles == ["Buy oat milk", "Buy oat milk", "Buy milk", "Buy milk"]


async def test_replaying_the_entries_gives_the_task(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")
    await api.update(task, title="Buy oat milk")
    await api.complete(task)
    await api.reopen(task)
    await api.update(task, description="")
    last = await api.complete(task)

    row = folded(await api.entries())

    assert row == fields_of(last.task)


async def test_replaying_the_entries_of_a_deleted_task_gives_nothing(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")
    await api.complete(task)
    await api.delete(task)

    assert folded(await api.entries()) == dict.fromkeys(FIELDS)


async def test_numbers_run_over_the_whole_history_and_versions_over_a_task(api: Api) -> None:
    milk, bread = await api.create("Buy milk"), await api.create("Buy bread")
    await api.complete(milk)
    await api.complete(bread)
    await api.delete(milk)

    entries = await api.entries()

    assert [entry["seq"] for entry in entries] == [5, 4, 3, 2, 1]
    assert [entry["version"] for entry in entries] == [3, 2, 2, 1, 1]


async def test_requests_that_change_nothing_leave_no_gap(api: Api) -> None:
    task = await api.create("Buy milk")
    await api.update(task, title="Buy milk")
    await api.reopen(task)
    await api.create("")
    await api.delete("00000000-0000-0000-0000-000000000000")
    await api.complete(task)

    assert [entry["seq"] for entry in await api.entries()] == [2, 1]


async def test_times_have_the_order_of_the_numbers_even_at_one_instant(api: Api) -> None:
    with AT_ONE_INSTANT:
        task = await api.create()
        await api.complete(task)
        await api.reopen(task)

    times = [entry["timestamp"] for entry in reversed(await api.entries())]

    assert times == [f"2030-01-01T00:00:00.00000{number}Z" for number in range(3)]


async def test_times_have_the_order_of_the_numbers_when_the_clock_is_set_back(api: Api) -> None:
    with time_machine.travel("2030-01-01T12:00:00+00:00", tick=False) as clock:
        task = await api.create()
        clock.move_to("2030-01-01T11:00:00+00:00")
        done = (await api.complete(task)).task
        clock.move_to("2030-01-01T13:00:00+00:00")
        await api.reopen(task)

    times = [entry["timestamp"] for entry in reversed(await api.entries())]

    assert times == [
        "2030-01-01T12:00:00.000000Z",
        "2030-01-01T12:00:00.000001Z",
        "2030-01-01T13:00:00.000000Z",
    ]
    assert done["completed_at"] == times[1]


async def test_a_long_title_is_not_truncated(api: Api) -> None:
    task = await api.create("🥛" * 255)
    await api.update(task, title="🍞" * 255)

    entry = await newest(api)

    assert entry["task_title"] == "🍞" * 255
    assert "🥛" * 255 in entry["description"]
