"""What others do, and answers that are late, take the focus from nobody."""

from asyncio import Event
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Route, expect

from tests.api_client import Api
from tests.web.by_keyboard import SETTLED
from tests.web.conftest import Visit
from tests.web.person import REFUSED, Person

WITHOUT_MOVES = "delete Element.prototype.moveBefore; globalThis.old = () => {};"
"""As in browsers that take the focus from what is moved; by the second half the tab is seen not to be as new."""


def editor(person: Person, field: str = "title") -> Locator:
    return person.page.locator(f"#edit-{field}")


async def keeps(person: Person, what: Locator) -> None:
    """Look whether it has the focus still, once the page is drawn."""
    await person.page.evaluate(SETTLED)
    await expect(what).to_be_focused()


@pytest.fixture
async def late(busy: Person) -> AsyncIterator[Event]:
    """Let new tasks wait on their way until they are let go."""
    gate = Event()

    async def wait(route: Route) -> None:
        if route.request.method == "POST":
            await gate.wait()
        await route.continue_()

    await busy.page.route("**/api/v1/tasks", wait)
    yield gate
    gate.set()


async def test_who_clicked_into_a_field_types_on_there(busy: Person, api: Api) -> None:
    await busy.edits("two")
    await editor(busy).click()

    await api.create("four")
    await busy.sees_tasks("four", "three", "one")
    await keeps(busy, editor(busy))
    await api.delete((await api.tasks())[0]["id"])
    await busy.sees_tasks("three", "one")

    await keeps(busy, editor(busy))


async def test_a_deletion_that_was_refused_leaves_the_focus_with_its_task(busy: Person, api: Api) -> None:
    busy.expects_refusals()
    await busy.page.route("**/api/v1/tasks/*", lambda route: route.fulfill(status=412, json=REFUSED))
    await busy.deletes("two")
    await busy.is_told("The server is busy")

    await api.create("four")
    await busy.sees_tasks("four", "three", "two", "one")

    await keeps(busy, busy.button("Delete two"))


async def test_who_has_scrolled_away_stays_there(busy: Person, api: Api) -> None:
    for number in range(60):
        await api.create(f"Task {number}")
    await busy.row("Task 59").locator("time").click()
    await busy.page.evaluate("scrollTo(0, 2000)")

    await api.create("Meanwhile")
    await expect(busy.page.locator(".windowed > li").first).to_have_attribute("aria-setsize", "65")
    await busy.page.evaluate(SETTLED)

    assert await busy.page.evaluate("scrollY") >= 2000


async def test_a_row_of_the_past_that_has_the_focus_stays_when_it_is_scrolled_away(busy: Person, api: Api) -> None:
    for number in range(60):
        await api.create(f"Task {number}")
    moment = (await api.entries())[0]["timestamp"]
    await busy.page.evaluate("(moment) => void (location.hash = `#/tasks?as_of=${moment}`)", moment)
    await busy.link("History of Task 59").focus()

    await busy.page.evaluate("scrollTo(0, 2000)")
    await expect(busy.link("History of Task 20")).to_be_visible()

    await keeps(busy, busy.link("History of Task 59"))


async def test_a_task_that_is_added_late_takes_the_focus_from_no_other(busy: Person, late: Event) -> None:
    await busy.field("Title").fill("four")
    await busy.presses("Enter")
    await busy.edits("two")

    late.set()
    await busy.is_told("Task added")

    await keeps(busy, editor(busy))


async def test_a_task_that_is_refused_late_takes_the_focus_from_no_other(busy: Person, late: Event) -> None:
    busy.expects_refusals()
    await busy.field("Title").fill(" ")
    await busy.presses("Enter")
    await busy.edits("two")

    late.set()
    await expect(busy.page.locator(".add .fault")).to_have_text("Title must not be empty")

    await keeps(busy, editor(busy))


async def test_the_same_fault_again_leads_to_its_field_again(busy: Person) -> None:
    busy.expects_refusals()
    await busy.field("Title").fill(" ")
    await busy.presses("Enter")
    await expect(busy.page.locator(".add .fault")).to_have_text("Title must not be empty")

    async with busy.page.expect_response("**/api/v1/tasks"):
        await busy.button("Add").click()

    await expect(busy.field("Title")).to_be_focused()


@pytest.mark.parametrize("script", [";", WITHOUT_MOVES], ids=["today", "before moveBefore"])
async def test_a_row_that_others_move_keeps_the_focus_where_it_was(visit: Visit, api: Api, script: str) -> None:
    tasks = [await api.create(title) for title in ("one", "two", "three")]
    person = await visit(opened=False)
    await person.page.add_init_script(script)
    await person.goes_to()
    await person.edits("two")
    await editor(person, "description").focus()

    for move, groups in ((api.complete, 2), (api.reopen, 1)):
        await move(tasks[1])
        await expect(person.page.locator(".group")).to_have_count(groups)
        await keeps(person, editor(person, "description"))

    await person.presses("Escape")
    await expect(person.row("two").locator("[data-part=edit]")).to_be_focused()
