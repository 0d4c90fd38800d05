"""PUT /tasks/{id}."""

import pytest

from tests.api_client import Api
from tests.databases import Database

NOTHING_GIVEN = {
    "no field": "{}",
    "null title": '{"title": null}',
    "null description": '{"description": null}',
    "both null": '{"title": null, "description": null}',
}


async def test_a_title_can_be_changed_alone(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")

    answer = await api.update(task, title="Buy oat milk")

    assert (answer.status, answer.popup) == (200, "TASK_UPDATED")
    assert (answer.task["title"], answer.task["description"]) == ("Buy oat milk", "Two litres")


async def test_a_description_can_be_changed_alone(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")

    answer = await api.update(task, description="Three litres")

    assert (answer.status, answer.popup) == (200, "TASK_UPDATED")
    assert (answer.task["title"], answer.task["description"]) == ("Buy milk", "Three litres")


async def test_both_can_be_changed_at_once(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")

    answer = await api.update(task, title="Buy oat milk", description="Three litres")

    assert (answer.task["title"], answer.task["description"]) == ("Buy oat milk", "Three litres")
    assert await api.history() == ["UPDATED", "CREATED"]


async def test_an_update_sets_only_time_and_version(api: Api) -> None:
    task = (await api.create("Buy milk", "Two litres")).task

    updated = (await api.update(task["id"], title="Buy oat milk")).task

    assert updated["updated_at"] > task["updated_at"]
    assert updated == {**task, "title": "Buy oat milk", "updated_at": updated["updated_at"], "version": 2}
    assert updated == (await api.get(task["id"])).task


async def test_null_means_not_given(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")

    kept_description = await api.update(task, title="Buy oat milk", description=None)
    kept_title = await api.update(task, title=None, description="Three litres")

    assert kept_description.task["description"] == "Two litres"
    assert kept_title.task["title"] == "Buy oat milk"


async def test_an_empty_description_clears_it(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")

    answer = await api.update(task, description="")

    assert answer.task["description"] == ""
    assert (await api.get(task)).task["description"] == ""


@pytest.mark.parametrize("body", NOTHING_GIVEN.values(), ids=NOTHING_GIVEN)
async def test_at_least_one_field_is_required(api: Api, database: Database, body: str) -> None:
    task = await api.create()

    with database.unchanged():
        answer = await api.send("PUT", f"/tasks/{task.task['id']}", body)

    assert answer.refusal == (400, "at least one of title and description is required")


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Buy milk"},
        {"title": "  Buy milk "},
        {"description": "Two litres"},
        {"title": "Buy milk", "description": "Two litres"},
    ],
    ids=["same title", "same title among spaces", "same description", "both the same"],
)
async def test_an_update_that_changes_nothing_writes_nothing(
    api: Api, database: Database, fields: dict[str, str | None]
) -> None:
    task = await api.create("Buy milk", "Two litres")

    with database.unchanged():
        answer = await api.update(task, **fields)

    assert (answer.status, answer.popup, answer.task) == (200, "TASK_UPDATED", task.task)


async def test_clearing_a_description_that_is_empty_already_writes_nothing(api: Api, database: Database) -> None:
    task = await api.create("Buy milk", "")

    with database.unchanged():
        answer = await api.update(task, description="")

    assert answer.task == task.task


async def test_no_description_and_an_empty_one_are_not_the_same(api: Api) -> None:
    task = await api.create("Buy milk")

    answer = await api.update(task, description="")

    assert (answer.task["description"], answer.task["version"]) == ("", 2)


async def test_a_title_in_another_case_or_form_is_a_change(api: Api) -> None:
    task = await api.create("Café")

    upper = await api.update(task, title="CAFÉ")
    decomposed = await api.update(task, title="CAFE\u0301")

    assert (upper.task["version"], decomposed.task["version"]) == (2, 3)


async def test_a_completed_task_can_be_changed_and_stays_completed(api: Api) -> None:
    task = await api.create("Buy milk")
    done = (await api.complete(task)).task

    updated = (await api.update(task, title="Buy oat milk")).task

    assert (updated["is_completed"], updated["completed_at"]) == (True, done["completed_at"])


async def test_one_invalid_field_refuses_the_whole_update(api: Api, database: Database) -> None:
    task = await api.create()

    with database.unchanged():
        answer = await api.update(task, title="Buy oat milk", description="\0")

    assert answer.status == 400
