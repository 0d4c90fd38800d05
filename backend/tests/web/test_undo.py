"""Undo, also from another view."""

from playwright.async_api import expect

from tests.api_client import Api
from tests.web.person import ERROR_RESPONSE, Person


async def test_undoing_a_cancelled_edit_returns_to_the_tasks(owner: Person, api: Api) -> None:
    moment = (await api.entries())[0]["timestamp"]
    for elsewhere in ("#/history", f"#/tasks?as_of={moment}"):
        await owner.edits("two")
        await owner.types(title="second")
        await owner.presses("Escape")
        await owner.sees_toast("Edit cancelled")
        await owner.page.evaluate("(elsewhere) => void (location.hash = elsewhere)", elsewhere)
        await expect(owner.page.locator(".row:not(.past)")).to_have_count(0)

        await owner.presses("u")

        await expect(owner.page.locator("#edit-title")).to_have_value("second")
        await expect(owner.page.locator("#edit-title")).to_be_focused()
        await owner.types(title="two")
        await owner.presses("Escape")


async def test_an_undo_that_can_never_succeed_does_not_block_the_others(owner: Person) -> None:
    owner.expects_errors()
    for title in ("one", "two"):
        await owner.deletes(title)
        await owner.sees_toast("Task deleted", title)
    await owner.page.route(
        "**/restore",
        lambda route: route.fulfill(status=404, json={**ERROR_RESPONSE, "error": "Task not found"}),
        times=1,
    )
    await owner.presses("u")
    await owner.sees_toast("Task not found")

    await owner.presses("u")

    await owner.sees_toast("Task restored")
    await owner.sees_tasks("three", "one")
