"""What went can be taken back, from wherever one is by then."""

from playwright.async_api import expect

from tests.api_client import Api
from tests.web.person import REFUSED, Person


async def test_a_cancelled_edit_is_brought_back_where_it_is_seen(busy: Person, api: Api) -> None:
    moment = (await api.entries())[0]["timestamp"]
    for elsewhere in ("#/history", f"#/tasks?as_of={moment}"):
        await busy.edits("two")
        await busy.types(title="second")
        await busy.presses("Escape")
        await busy.is_told("Edit cancelled")
        await busy.page.evaluate("(elsewhere) => void (location.hash = elsewhere)", elsewhere)
        await expect(busy.page.locator(".row:not(.past)")).to_have_count(0)

        await busy.presses("u")

        await expect(busy.page.locator("#edit-title")).to_have_value("second")
        await expect(busy.page.locator("#edit-title")).to_be_focused()
        await busy.types(title="two")
        await busy.presses("Escape")


async def test_what_can_never_be_taken_back_is_not_in_the_way_of_the_rest(busy: Person) -> None:
    busy.expects_refusals()
    for title in ("one", "two"):
        await busy.deletes(title)
        await busy.is_told("Task deleted", title)
    await busy.page.route(
        "**/restore", lambda route: route.fulfill(status=404, json={**REFUSED, "error": "Task not found"}), times=1
    )
    await busy.presses("u")
    await busy.is_told("Task not found")

    await busy.presses("u")

    await busy.is_told("Task restored")
    await busy.sees_tasks("three", "one")
