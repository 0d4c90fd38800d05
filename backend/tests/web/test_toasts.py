"""Toasts can be read, used and heard, whatever one is at."""

import pytest
from playwright.async_api import expect

from tests.web.by_keyboard import does, nothing_is_lost
from tests.web.person import Person


async def test_undo_is_one_key_away_also_without_single_keys(busy: Person) -> None:
    await busy.presses("?")
    await expect(busy.page.get_by_role("dialog")).to_contain_text("Ctrl Z")
    await busy.field("Single keys do something").uncheck()
    await busy.presses("Escape")
    await busy.deletes("two")
    await busy.is_told("Task deleted")
    await does(busy, "u")
    await busy.sees_tasks("three", "one")

    await does(busy, "Control+z")

    await busy.sees_tasks("three", "two", "one")


async def test_in_a_field_the_same_key_takes_back_what_was_typed(busy: Person) -> None:
    await busy.deletes("two")
    await busy.is_told("Task deleted")
    await does(busy, "n")
    await busy.page.keyboard.type("four")

    await does(busy, "Control+z")

    await expect(busy.field("Title")).to_have_value("")
    await busy.sees_tasks("three", "one")


async def test_one_goes_after_its_time(busy: Person) -> None:
    await busy.page.clock.install()
    await busy.deletes("two")
    await busy.is_told("Task deleted")
    await expect(busy.toast).to_have_css("opacity", "1")

    await busy.page.clock.run_for(60_000)

    await expect(busy.toast).to_have_count(0)


async def test_one_that_has_the_focus_stays_also_when_the_pointer_leaves_it(busy: Person) -> None:
    await busy.page.emulate_media(reduced_motion="reduce")
    await busy.page.clock.install()
    await busy.deletes("two")
    await busy.is_told("Task deleted")
    await busy.toast.hover()
    await busy.toast.get_by_role("button", name="Undo").focus()
    await busy.page.mouse.move(5, 5)

    await busy.page.clock.run_for(60_000)

    await busy.presses("Enter")
    await busy.sees_tasks("three", "two", "one")
    await nothing_is_lost(busy)


async def test_one_at_which_one_points_stays_also_when_the_focus_leaves_it(busy: Person) -> None:
    await busy.page.emulate_media(reduced_motion="reduce")
    await busy.page.clock.install()
    await busy.deletes("two")
    await busy.is_told("Task deleted")
    await busy.toast.hover()
    await busy.toast.get_by_role("button", name="Undo").focus()
    await busy.presses("Shift+Tab")

    await busy.page.clock.run_for(60_000)

    await expect(busy.toast).to_be_visible()


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, '{"message": "Bad gateway"}'), (400, '{"message": "Bad request"}'), (400, "null"), (502, "<h1>Bad gateway")],
)
async def test_what_is_no_envelope_is_of_a_proxy_that_reaches_no_server(busy: Person, status: int, body: str) -> None:
    busy.expects_refusals()
    await busy.page.route("**/tasks/*", lambda route: route.fulfill(status=status, body=body))

    await busy.deletes("two")

    await busy.is_told("The server can’t be reached. Please try again.")
