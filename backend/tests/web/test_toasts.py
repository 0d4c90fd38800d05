"""Toasts and undo."""

import pytest
from playwright.async_api import expect

from tests.web.keyboard import keeps_focus, press
from tests.web.person import Person


async def test_undo_works_with_single_key_shortcuts_turned_off(owner: Person) -> None:
    await owner.presses("?")
    await expect(owner.page.get_by_role("dialog")).to_contain_text("Ctrl Z")
    await owner.field("Enable keyboard shortcuts").uncheck()
    await owner.presses("Escape")
    await owner.deletes("two")
    await owner.sees_toast("Task deleted")
    await press(owner, "u")
    await owner.sees_tasks("three", "one")

    await press(owner, "Control+z")

    await owner.sees_tasks("three", "two", "one")


async def test_in_a_field_the_undo_key_undoes_typing(owner: Person) -> None:
    await owner.deletes("two")
    await owner.sees_toast("Task deleted")
    await press(owner, "n")
    await owner.page.keyboard.type("four")

    await press(owner, "Control+z")

    await expect(owner.field("Title")).to_have_value("")
    await owner.sees_tasks("three", "one")


async def test_a_toast_expires(owner: Person) -> None:
    await owner.page.clock.install()
    await owner.deletes("two")
    await owner.sees_toast("Task deleted")
    await expect(owner.toast).to_have_css("opacity", "1")

    await owner.page.clock.run_for(60_000)

    await expect(owner.toast).to_have_count(0)


async def test_a_focused_toast_stays_when_the_pointer_leaves(owner: Person) -> None:
    await owner.page.emulate_media(reduced_motion="reduce")
    await owner.page.clock.install()
    await owner.deletes("two")
    await owner.sees_toast("Task deleted")
    await owner.toast.hover()
    await owner.toast.get_by_role("button", name="Undo").focus()
    await owner.page.mouse.move(5, 5)

    await owner.page.clock.run_for(60_000)

    await owner.presses("Enter")
    await owner.sees_tasks("three", "two", "one")
    await keeps_focus(owner)


async def test_a_hovered_toast_stays_when_the_focus_leaves(owner: Person) -> None:
    await owner.page.emulate_media(reduced_motion="reduce")
    await owner.page.clock.install()
    await owner.deletes("two")
    await owner.sees_toast("Task deleted")
    await owner.toast.hover()
    await owner.toast.get_by_role("button", name="Undo").focus()
    await owner.presses("Shift+Tab")

    await owner.page.clock.run_for(60_000)

    await expect(owner.toast).to_be_visible()


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, '{"message": "Bad gateway"}'), (400, '{"message": "Bad request"}'), (400, "null"), (502, "<h1>Bad gateway")],
)
async def test_a_response_without_an_envelope_counts_as_unreachable(owner: Person, status: int, body: str) -> None:
    owner.expects_errors()
    await owner.page.route("**/tasks/*", lambda route: route.fulfill(status=status, body=body))

    await owner.deletes("two")

    await owner.sees_toast("The server can’t be reached. Please try again.")
