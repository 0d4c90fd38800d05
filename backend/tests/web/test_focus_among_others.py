"""Changes by others and late responses do not steal the focus."""

from asyncio import Event
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Route, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.keyboard import AFTER_RENDER
from tests.web.person import ERROR_RESPONSE, Person

WITHOUT_MOVES = "delete Element.prototype.moveBefore; globalThis.old = () => {};"
"""Simulates browsers that blur moved elements; the second statement marks the tab as modified."""


def editor(person: Person, field: str = "title") -> Locator:
    return person.page.locator(f"#edit-{field}")


async def keeps(person: Person, what: Locator) -> None:
    """Check after the next render that it still has the focus."""
    await person.page.evaluate(AFTER_RENDER)
    await expect(what).to_be_focused()


@pytest.fixture
async def held_create(owner: Person) -> AsyncIterator[Event]:
    """Hold creations until the event is set."""
    gate = Event()

    async def wait(route: Route) -> None:
        if route.request.method == "POST":
            await gate.wait()
        await route.continue_()

    await owner.page.route("**/api/v1/tasks", wait)
    yield gate
    gate.set()


async def test_a_field_keeps_the_focus_when_tasks_come_and_go(owner: Person, api: Api) -> None:
    await owner.edits("two")
    await editor(owner).click()

    await api.create("four")
    await owner.sees_tasks("four", "three", "one")
    await keeps(owner, editor(owner))
    await api.delete((await api.tasks())[0]["id"])
    await owner.sees_tasks("three", "one")

    await keeps(owner, editor(owner))


async def test_a_refused_deletion_keeps_the_focus_on_its_task(owner: Person, api: Api) -> None:
    owner.expects_errors()
    await owner.page.route("**/api/v1/tasks/*", lambda route: route.fulfill(status=412, json=ERROR_RESPONSE))
    await owner.deletes("two")
    await owner.sees_toast("The server is busy")

    await api.create("four")
    await owner.sees_tasks("four", "three", "two", "one")

    await keeps(owner, owner.button("Delete two"))


async def test_new_tasks_do_not_scroll_the_page(owner: Person, api: Api) -> None:
    for number in range(60):
        await api.create(f"Task {number}")
    await owner.row("Task 59").locator("time").click()
    await owner.page.evaluate("scrollTo(0, 2000)")

    await api.create("Meanwhile")
    await expect(owner.page.locator(".virtual-list > li").first).to_have_attribute("aria-setsize", "65")
    await owner.page.evaluate(AFTER_RENDER)

    assert await owner.page.evaluate("scrollY") >= 2000


async def test_a_focused_row_of_the_past_survives_scrolling(owner: Person, api: Api) -> None:
    for number in range(60):
        await api.create(f"Task {number}")
    moment = (await api.entries())[0]["timestamp"]
    await owner.page.evaluate("(moment) => void (location.hash = `#/tasks?as_of=${moment}`)", moment)
    await owner.link("History of Task 59").focus()

    await owner.page.evaluate("scrollTo(0, 2000)")
    await expect(owner.link("History of Task 20")).to_be_visible()

    await keeps(owner, owner.link("History of Task 59"))


async def test_a_late_creation_does_not_steal_the_focus(owner: Person, held_create: Event) -> None:
    await owner.field("Title").fill("four")
    await owner.presses("Enter")
    await owner.edits("two")

    held_create.set()
    await owner.sees_toast("Task added")

    await keeps(owner, editor(owner))


async def test_a_late_error_does_not_steal_the_focus(owner: Person, held_create: Event) -> None:
    owner.expects_errors()
    await owner.field("Title").fill(" ")
    await owner.presses("Enter")
    await owner.edits("two")

    held_create.set()
    await expect(owner.page.locator(".add .error")).to_have_text("Title must not be empty")

    await keeps(owner, editor(owner))


async def test_the_same_error_again_focuses_its_field_again(owner: Person) -> None:
    owner.expects_errors()
    await owner.field("Title").fill(" ")
    await owner.presses("Enter")
    await expect(owner.page.locator(".add .error")).to_have_text("Title must not be empty")

    async with owner.page.expect_response("**/api/v1/tasks"):
        await owner.button("Add").click()

    await expect(owner.field("Title")).to_be_focused()


@pytest.mark.parametrize("script", [";", WITHOUT_MOVES], ids=["today", "before moveBefore"])
async def test_a_row_moved_by_others_keeps_the_focus(visit: Visit, api: Api, script: str) -> None:
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
