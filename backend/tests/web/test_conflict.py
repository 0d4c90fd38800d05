"""Two people edit one task."""

import pytest
from playwright.async_api import expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import REFUSED, Person

FASTER = "Somebody was faster"


@pytest.fixture
async def other(visit: Visit, person: Person) -> Person:
    """Let both open the same task to edit it."""
    await person.adds("Buy milk")
    other = await visit()
    for each in (person, other):
        each.expects_refusals()
        await each.edits("Buy milk")
    return other


async def conflict(person: Person, other: Person) -> None:
    """Let both change the title; the second one is shown both texts."""
    await person.types(title="Buy oat milk")
    await person.saves()
    await person.is_told("Task saved")
    await other.types(title="Buy soy milk")
    await other.saves()
    await expect(other.sees(FASTER)).to_be_visible()
    await expect(other.page.locator(".conflict .quote")).to_have_text(["Buy oat milk", "Buy soy milk"])


@pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
async def test_both_texts_are_shown_and_mine_can_be_kept(person: Person, other: Person, api: Api) -> None:
    await conflict(person, other)

    await other.button("Keep mine").click()

    await other.is_told("Task saved")
    await person.sees_tasks("Buy soy milk")
    assert await api.history() == ["UPDATED", "UPDATED", "CREATED"]


async def test_theirs_can_be_kept(person: Person, other: Person, api: Api) -> None:
    await conflict(person, other)

    await other.button("Keep theirs").click()

    await other.sees_tasks("Buy oat milk")
    assert await api.history() == ["UPDATED", "CREATED"]


async def test_who_keeps_theirs_keeps_what_they_wrote_elsewhere(person: Person, other: Person, api: Api) -> None:
    await other.types(description="for the cake")
    await conflict(person, other)

    await other.button("Keep theirs").click()

    await other.is_told("Task saved")
    await expect(other.page.locator(".editor")).to_have_count(0)
    assert [(task["title"], task["description"]) for task in await api.tasks()] == [("Buy oat milk", "for the cake")]


async def test_mine_can_be_edited_further(person: Person, other: Person, api: Api) -> None:
    await conflict(person, other)

    await other.button("Edit mine").click()
    await expect(other.page.locator("#edit-title")).to_be_focused()
    await expect(other.page.locator("#edit-title")).to_have_value("Buy soy milk")
    await other.types(title="Buy oat and soy milk")
    await other.saves()

    await person.sees_tasks("Buy oat and soy milk")
    assert await api.titles() == ["Buy oat and soy milk"]


async def test_changes_of_different_fields_both_stand_without_a_question(
    person: Person, other: Person, api: Api
) -> None:
    await person.types(title="Buy oat milk")
    await person.saves()
    await person.is_told("Task saved")
    await other.types(description="one litre")
    await other.saves()

    await other.is_told("Task saved")
    assert [(task["title"], task["description"]) for task in await api.tasks()] == [("Buy oat milk", "one litre")]


async def test_a_conflict_of_one_field_leaves_the_other_as_they_wrote_it(
    person: Person, other: Person, api: Api
) -> None:
    await person.types(title="Buy oat milk", description="for the cake")
    await person.saves()
    await person.is_told("Task saved")
    await other.types(title="Buy soy milk")
    await other.saves()
    await other.button("Keep mine").click()

    await other.is_told("Task saved")
    assert [(task["title"], task["description"]) for task in await api.tasks()] == [("Buy soy milk", "for the cake")]


async def test_a_task_that_is_gone_meanwhile_can_be_restored_with_what_was_typed(
    person: Person, other: Person, api: Api
) -> None:
    await other.types(title="Buy soy milk")
    await person.presses("Escape")
    await person.deletes("Buy milk")
    await expect(other.sees("This task was deleted meanwhile.")).to_be_visible()
    await expect(other.page.locator("#edit-title")).to_have_value("Buy soy milk")

    await other.button("Restore it and save").click()

    await person.sees_tasks("Buy soy milk")
    assert await api.history() == ["UPDATED", "RESTORED", "DELETED", "CREATED"]


async def test_a_restore_that_is_refused_says_why(person: Person, other: Person) -> None:
    await other.types(title="Buy soy milk")
    await person.presses("Escape")
    await person.deletes("Buy milk")
    await expect(other.sees("This task was deleted meanwhile.")).to_be_visible()
    await other.page.route("**/restore", lambda route: route.fulfill(status=403, json=REFUSED))

    await other.button("Restore it and save").click()

    await expect(other.sees("This task was deleted meanwhile. The server is busy")).to_be_visible()
    await expect(other.page.locator("#edit-title")).to_have_value("Buy soy milk")


async def test_who_edits_is_told_of_a_change_and_can_go_on(person: Person, other: Person, api: Api) -> None:
    await person.types(description="one litre")
    await person.saves()

    await expect(other.sees("This task was changed meanwhile. You can go on.")).to_be_visible()
    await other.types(title="Buy soy milk")
    await other.saves()

    await other.is_told("Task saved")
    assert [(task["title"], task["description"]) for task in await api.tasks()] == [("Buy soy milk", "one litre")]


async def test_a_task_changed_in_another_way_is_no_conflict(person: Person, other: Person, api: Api) -> None:
    await person.presses("Escape")
    await person.toggles("Buy milk")
    await person.is_told("Task completed")
    await other.types(title="Buy soy milk")
    await other.saves()

    await other.is_told("Task saved")
    assert [(task["title"], task["is_completed"]) for task in await api.tasks()] == [("Buy soy milk", True)]
