"""Adding, editing, completing and deleting tasks."""

import pytest
from playwright.async_api import expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import Person

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;"


async def test_a_new_task_is_added_with_enter(person: Person, api: Api) -> None:
    await expect(person.sees("No tasks yet")).to_be_visible()

    await person.adds("Buy milk")
    await person.adds("Buy bread")

    await person.sees_toast("Task added")
    await person.sees_tasks("Buy bread", "Buy milk")
    await expect(person.field("Title")).to_have_value("")
    await expect(person.field("Title")).to_be_focused()
    assert await api.titles() == ["Buy bread", "Buy milk"]


async def test_a_new_task_may_have_a_description(person: Person, api: Api) -> None:
    await person.field("Title").fill("Buy milk")
    await person.button("Description").click()
    await person.field("Description").fill("two litres\nsemi-skimmed")
    await person.presses("Control+Enter")

    await person.sees_tasks("Buy milk")
    assert (await api.tasks())[0]["description"] == "two litres\nsemi-skimmed"


async def test_tasks_are_in_the_order_of_the_api(visit: Visit, api: Api) -> None:
    for title in ("one", "two", "three", "four"):
        task = await api.create(title)
        if title in {"one", "three"}:
            await api.complete(task)

    person = await visit()

    await person.sees_tasks("four", "two", "three", "one")
    assert await api.titles() == ["four", "two", "three", "one"]
    await expect(person.page.locator(".group")).to_have_text(["To do 2", "Done 2"])


async def test_a_task_is_edited_in_its_place(person: Person, api: Api) -> None:
    await person.adds("Buy milk")
    await person.adds("Buy bread")

    await person.edits("Buy milk")
    await person.types(title="Buy oat milk", description="one litre")
    await person.saves()

    await person.sees_toast("Task saved")
    await person.sees_tasks("Buy bread", "Buy oat milk")
    assert [(task["title"], task["description"]) for task in await api.tasks()][1] == ("Buy oat milk", "one litre")
    assert await api.history() == ["UPDATED", "CREATED", "CREATED"]


async def test_an_edit_that_is_cancelled_changes_nothing(person: Person, api: Api) -> None:
    await person.adds("Buy milk")

    await person.edits("Buy milk")
    await person.types(title="Buy something else")
    await person.presses("Escape")

    await person.sees_tasks("Buy milk")
    assert await api.history() == ["CREATED"]


async def test_a_task_is_completed_and_reopened(person: Person, api: Api) -> None:
    await person.adds("Buy milk")
    await person.adds("Buy bread")

    await person.toggles("Buy bread")
    await person.sees_toast("Task completed")
    await person.sees_tasks("Buy milk", "Buy bread")
    await expect(person.row("Buy bread").get_by_role("checkbox")).to_be_checked()
    await person.toggles("Buy bread")

    await person.sees_toast("Task reopened")
    await person.sees_tasks("Buy bread", "Buy milk")
    assert await api.history() == ["INCOMPLETED", "COMPLETED", "CREATED", "CREATED"]


async def test_a_deletion_can_be_undone_from_its_toast(person: Person, api: Api) -> None:
    await person.adds("Buy milk")

    await person.deletes("Buy milk")
    await person.sees_toast("Task deleted")
    await expect(person.sees("No tasks yet")).to_be_visible()
    await person.toast.get_by_role("button", name="Undo").click()

    await person.sees_toast("Task restored")
    await person.sees_tasks("Buy milk")
    assert await api.history() == ["RESTORED", "DELETED", "CREATED"]


async def test_markup_in_a_title_is_shown_as_text(person: Person, api: Api) -> None:
    await person.adds(MARKUP)
    await person.toggles(MARKUP)
    await person.sees_toast("Task completed")
    await expect(person.toast.locator(".swal2-html-container")).to_have_text(MARKUP)
    await person.edits(MARKUP)
    await person.types(description=MARKUP)
    await person.saves()
    await person.deletes(MARKUP)
    await person.goes_to("#/history")

    await expect(person.sees(f'Deleted "{MARKUP}"')).to_be_visible()
    assert await person.page.locator("#app img, #app script, .swal2-container script").count() == 0
    assert (await api.entries())[0]["task_title"] == MARKUP


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("   ", "Title must not be empty"),
        ("x" * 12_000, "Title must be at most 255 characters long"),
        ("\u200b", "Title must contain a visible character"),
    ],
    ids=["blank", "12,000 characters", "invisible"],
)
async def test_bad_input_is_an_error_beside_its_field_and_keeps_the_text(
    person: Person, api: Api, typed: str, sentence: str
) -> None:
    person.expects_errors()
    await person.pastes(person.field("Title"), typed)
    await person.presses("Enter")

    await expect(person.page.locator(".add .error")).to_have_text(sentence)
    field = person.field("Title")
    await expect(field).to_have_value(typed)
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(sentence)
    assert await api.titles() == []


async def test_a_pasted_text_that_is_too_long_is_kept(person: Person, api: Api) -> None:
    person.expects_errors()
    await person.adds("Buy milk")
    await person.edits("Buy milk")
    await person.pastes(person.page.locator("#edit-description"), "x" * 12_000)
    await person.saves()

    await expect(person.page.locator(".editor .error")).to_have_text("Description must be at most 5000 characters long")
    await expect(person.page.locator("#edit-description")).to_have_value("x" * 12_000)
    await person.types(description="x" * 5_000)
    await person.saves()

    await person.sees_toast("Task saved")
    assert (await api.tasks())[0]["description"] == "x" * 5_000


async def test_an_error_shows_the_message_of_the_api(visit: Visit, api: Api) -> None:
    task = await api.create("Buy milk")
    person = await visit(opened=False)
    await person.page.route("**/events", lambda route: route.abort())
    person.expects_errors()
    await person.goes_to()
    await person.sees_tasks("Buy milk")
    await api.update(task, title="Buy oat milk")

    await person.deletes("Buy milk")

    await person.sees_toast("The task is at version 2 now; changed since version 1: title")
    assert await api.titles() == ["Buy oat milk"]
