"""Two users edit the same task."""

import pytest
from playwright.async_api import expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import ERROR_RESPONSE, Person

CONFLICT = "Somebody else changed this task"


@pytest.fixture
async def other(visit: Visit, person: Person) -> Person:
    """Open the same task in both editors."""
    await person.adds("Buy milk")
    other = await visit()
    for each in (person, other):
        each.expects_errors()
        await each.edits("Buy milk")
    return other


async def conflict(person: Person, other: Person) -> None:
    """Change the title in both editors; the second save shows both texts."""
    await person.types(title="Buy oat milk")
    await person.saves()
    await person.sees_toast("Task saved")
    await other.types(title="Buy soy milk")
    await other.saves()
    await expect(other.sees(CONFLICT)).to_be_visible()
    await expect(other.page.locator(".conflict .quote")).to_have_text(["Buy oat milk", "Buy soy milk"])


async def test_both_texts_are_shown_and_mine_can_be_kept(person: Person, other: Person, api: Api) -> None:
    await conflict(person, other)

    await other.button("Keep mine").click()

    await other.sees_toast("Task saved")
    await person.sees_tasks("Buy soy milk")
    assert await api.history() == ["UPDATED", "UPDATED", "CREATED"]


async def test_theirs_can_be_kept(person: Person, other: Person, api: Api) -> None:
    await conflict(person, other)

    await other.button("Keep theirs").click()

    await other.sees_tasks("Buy oat milk")
    assert await api.history() == ["UPDATED", "CREATED"]


async def test_keeping_theirs_keeps_my_other_fields(person: Person, other: Person, api: Api) -> None:
    await other.types(description="for the cake")
    await conflict(person, other)

    await other.button("Keep theirs").click()

    await other.sees_toast("Task saved")
    await expect(other.page.locator(".editor")).to_have_count(0)
    assert [(task["title"], task["description"]) for task in await api.tasks()] == [("Buy oat milk", "for the cake")]


async def test_mine_can_be_edited_before_saving(person: Person, other: Person, api: Api) -> None:
    await conflict(person, other)

    await other.button("Edit mine").click()
    await expect(other.page.locator("#edit-title")).to_be_focused()
    await expect(other.page.locator("#edit-title")).to_have_value("Buy soy milk")
    await other.types(title="Buy oat and soy milk")
    await other.saves()

    await person.sees_tasks("Buy oat and soy milk")
    assert await api.titles() == ["Buy oat and soy milk"]


async def test_changes_to_different_fields_are_merged(person: Person, other: Person, api: Api) -> None:
    await person.types(title="Buy oat milk")
    await person.saves()
    await person.sees_toast("Task saved")
    await other.types(description="one litre")
    await other.saves()

    await other.sees_toast("Task saved")
    assert [(task["title"], task["description"]) for task in await api.tasks()] == [("Buy oat milk", "one litre")]


async def test_a_conflict_in_one_field_keeps_their_other_field(person: Person, other: Person, api: Api) -> None:
    await person.types(title="Buy oat milk", description="for the cake")
    await person.saves()
    await person.sees_toast("Task saved")
    await other.types(title="Buy soy milk")
    await other.saves()
    await other.button("Keep mine").click()

    await other.sees_toast("Task saved")
    assert [(task["title"], task["description"]) for task in await api.tasks()] == [("Buy soy milk", "for the cake")]


async def test_a_task_deleted_during_an_edit_can_be_restored_with_the_draft(
    person: Person, other: Person, api: Api
) -> None:
    await other.types(title="Buy soy milk")
    await person.presses("Escape")
    await person.deletes("Buy milk")
    await expect(other.sees("This task has been deleted.")).to_be_visible()
    await expect(other.page.locator("#edit-title")).to_have_value("Buy soy milk")

    await other.button("Restore and save").click()

    await person.sees_tasks("Buy soy milk")
    assert await api.history() == ["UPDATED", "RESTORED", "DELETED", "CREATED"]


async def test_a_refused_restore_shows_the_reason(person: Person, other: Person) -> None:
    await other.types(title="Buy soy milk")
    await person.presses("Escape")
    await person.deletes("Buy milk")
    await expect(other.sees("This task has been deleted.")).to_be_visible()
    await other.page.route("**/restore", lambda route: route.fulfill(status=403, json=ERROR_RESPONSE))

    await other.button("Restore and save").click()

    await expect(other.sees("This task has been deleted. The server is busy")).to_be_visible()
    await expect(other.page.locator("#edit-title")).to_have_value("Buy soy milk")


async def test_the_editor_reports_a_change_and_stays_usable(person: Person, other: Person, api: Api) -> None:
    await person.types(description="one litre")
    await person.saves()

    await expect(other.sees("This task has changed. You can keep editing.")).to_be_visible()
    await other.types(title="Buy soy milk")
    await other.saves()

    await other.sees_toast("Task saved")
    assert [(task["title"], task["description"]) for task in await api.tasks()] == [("Buy soy milk", "one litre")]


async def test_completing_a_task_during_an_edit_is_no_conflict(person: Person, other: Person, api: Api) -> None:
    await person.presses("Escape")
    await person.toggles("Buy milk")
    await person.sees_toast("Task completed")
    await other.types(title="Buy soy milk")
    await other.saves()

    await other.sees_toast("Task saved")
    assert [(task["title"], task["is_completed"]) for task in await api.tasks()] == [("Buy soy milk", True)]
