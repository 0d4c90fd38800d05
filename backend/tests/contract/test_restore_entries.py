"""The effects of a restore: its entry, the counters, the lists."""

from tests.api_client import Api
from tests.databases import Database
from tests.stored_history import assert_whole

FIELDS = {"title", "description", "is_completed", "created_at", "updated_at", "completed_at"}


async def test_the_entry_of_a_deleted_task_has_every_field_from_nothing(api: Api) -> None:
    task = await api.create("Milk", "Two litres")
    await api.complete(task)
    await api.delete(task)

    back = (await api.restore(task)).task

    (entry, *_) = await api.entries()
    shown = {name: value for name, value in back.items() if name in FIELDS}
    assert entry["changes"] == {name: [None, value] for name, value in shown.items()}
    assert (entry["action_type"], entry["task_id"], entry["task_title"]) == ("RESTORED", back["id"], "Milk")
    assert (entry["version"], entry["seq"], entry["timestamp"]) == (4, 4, back["updated_at"])
    assert entry["description"] == 'Restored "Milk"'


async def test_the_entry_of_a_living_task_has_what_changed(api: Api) -> None:
    task = await api.create("Milk", "Two litres")
    await api.update(task, title="Oat milk")
    done = (await api.complete(task)).task

    back = (await api.restore(task, 1)).task

    (entry, *_) = await api.entries()
    assert entry["changes"] == {
        "title": ["Oat milk", "Milk"],
        "is_completed": [True, False],
        "completed_at": [done["completed_at"], None],
        "updated_at": [done["updated_at"], back["updated_at"]],
    }
    assert (entry["action_type"], entry["task_title"], entry["version"]) == ("RESTORED", "Milk", 4)
    assert entry["description"] == 'Restored an earlier version, the title from "Oat milk" to "Milk"'


async def test_a_completion_comes_back_with_its_own_time(api: Api) -> None:
    task = await api.create()
    done = (await api.complete(task)).task
    await api.reopen(task)

    back = (await api.restore(task, 2)).task

    assert (back["is_completed"], back["completed_at"]) == (True, done["completed_at"])


async def test_the_figures_include_a_restored_task(api: Api) -> None:
    milk, bread = await api.create("Milk"), await api.create("Bread")
    await api.complete(milk)
    before = await api.week()
    await api.delete(milk)
    await api.delete(bread)
    gone = await api.week()

    await api.restore(milk)
    await api.restore(bread)

    assert (gone["total_tasks"], gone["tasks_created_this_week"]) == (0, 0)
    assert await api.week() == before
    assert (before["total_completed"], before["total_incomplete"], before["tasks_completed_this_week"]) == (1, 1, 1)


async def test_the_figures_follow_a_living_task_that_is_restored(api: Api) -> None:
    task = await api.create()
    await api.complete(task)

    await api.restore(task, 1)
    open_again = await api.week()
    await api.restore(task, 2)
    done_again = await api.week()

    assert (open_again["total_completed"], open_again["total_incomplete"]) == (0, 1)
    assert (done_again["total_completed"], done_again["tasks_completed_this_week"]) == (1, 1)


async def test_restores_are_counted_and_filtered_like_other_actions(api: Api) -> None:
    for title in ("Milk", "Bread"):
        task = await api.create(title)
        await api.delete(task)
        await api.restore(task)

    page = await api.page("action_type=RESTORED")

    assert [entry["task_title"] for entry in page["items"]] == ["Bread", "Milk"]
    assert page["pagination"]["total_count"] == 2


async def test_a_restored_task_returns_to_its_place_in_the_list(api: Api) -> None:
    tasks = [await api.create(title) for title in ("One", "Two", "Three")]
    await api.delete(tasks[1])

    await api.restore(tasks[1])

    assert await api.titles() == ["Three", "Two", "One"]


async def test_a_restored_task_can_be_changed_and_deleted_again(api: Api, database: Database) -> None:
    task = await api.create("Milk")
    await api.delete(task)
    await api.restore(task)

    changed = await api.update(task, title="Oat milk")
    done = await api.complete(task)
    deleted = await api.delete(task)

    assert (changed.task["version"], done.task["version"], deleted.popup) == (4, 5, "TASK_DELETED")
    assert await api.tasks() == []
    assert_whole(database)
