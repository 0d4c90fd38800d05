"""What the page fetches after its first view: later, or from a server that was away, or has a newer page."""

from asyncio import Event
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, Request, Route, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import LOST, Person

MISSING = "This view could not be fetched"
TOASTS = "vendor/sweetalert2.mjs"
Come = Callable[..., Awaitable[Person]]


async def break_off(route: Route) -> None:
    await route.abort()


@pytest.fixture
async def without(visit: Visit, api: Api) -> Come:
    """Let somebody come while some of the page's files can't be fetched."""
    await api.create("Buy milk", "two litres")

    async def come(*files: str, how: Callable[[Route], Awaitable[None]] = break_off) -> Person:
        person = await visit(opened=False)
        person.expects_refusals()
        for file in files:
            await person.page.route(f"**/web/*/{file}", how)
        await person.goes_to()
        await person.sees_tasks("Buy milk")
        return person

    return come


def plain(person: Person) -> Locator:
    """Find the page's own toast, for when there is no other."""
    return person.page.locator(".plain-toast")


async def test_a_toast_is_shown_and_said_without_its_library(without: Come) -> None:
    person = await without(TOASTS)

    await person.adds("Buy bread")
    await expect(plain(person)).to_have_text("Task added")
    await person.deletes("Buy bread")
    await expect(plain(person)).to_contain_text("Task deletedBuy bread")
    await expect(person.page.get_by_role("alert")).to_contain_text("Buy bread")
    await plain(person).get_by_role("button", name="Undo").click()

    await person.sees_tasks("Buy bread", "Buy milk")
    await expect(plain(person)).to_have_text("Task restoredBuy bread")


async def test_a_toast_without_its_library_stays_while_it_is_used_and_goes_after_its_time(without: Come) -> None:
    person = await without(TOASTS)
    await person.page.clock.install()
    await person.adds("Buy bread")
    await person.deletes("Buy bread")
    await plain(person).get_by_role("button", name="Undo").focus()
    await person.page.clock.run_for(60_000)
    await expect(plain(person)).to_contain_text("Task deleted")

    await person.presses("Shift+Tab")
    await person.page.clock.run_for(60_000)

    await expect(plain(person)).to_be_empty()


async def test_an_error_is_shown_without_the_library_and_with_it_once_it_has_come(without: Come) -> None:
    person = await without(TOASTS)
    refused = {"success": False, "data": None, "popup": None, "error": "No"}

    async def refuse(route: Route) -> None:
        await route.fulfill(status=403, json=refused)

    await person.page.route("**/tasks/*/complete", refuse)
    await person.toggles("Buy milk")
    await expect(plain(person)).to_have_text("No")

    await person.page.unroute_all()
    await person.toggles("Buy milk")

    await person.is_told("Task completed")
    await expect(plain(person)).to_be_empty()


async def test_a_library_that_takes_its_time_holds_no_toast_up(without: Come) -> None:
    asked = Event()

    async def never(_route: Route) -> None:
        asked.set()

    person = await without(TOASTS, how=never)
    await asked.wait()

    await person.adds("Buy bread")

    await expect(plain(person)).to_have_text("Task added")


VIEWS = [
    ("views/history.js", "#/history", ".entry"),
    ("views/entry.js", "#/history", ".entry"),
    ("views/week.js", "#/week", ".figures"),
    ("views/chart.js", "#/week", ".figures"),
    ("views/as-of.js", "#/tasks?as_of=now", "#as-of"),
]


@pytest.mark.parametrize(("file", "where", "seen"), VIEWS)
async def test_a_view_says_that_it_could_not_come_and_comes_when_the_server_is_back(
    without: Come, file: str, where: str, seen: str
) -> None:
    person = await without("no-such-file")
    await person.page.route(f"**/web/*/{file}", break_off)
    await person.page.route("**/events", break_off)
    await person.page.reload()
    await expect(person.sees(LOST)).to_be_visible()
    await person.page.evaluate("(where) => void (location.hash = where)", where)
    await expect(person.sees(MISSING)).to_be_visible()
    await expect(person.page.get_by_role("status").filter(has_text=MISSING)).to_be_visible()

    await person.page.unroute_all()
    await person.page.evaluate("void dispatchEvent(new Event('online'))")

    await expect(person.page.locator(seen).first).to_be_visible()
    await expect(person.sees(MISSING)).to_have_count(0)


async def test_a_view_can_be_asked_for_again_at_once(without: Come) -> None:
    person = await without("views/week.js")
    await person.presses("3")
    await expect(person.sees(MISSING)).to_be_visible()
    await person.page.unroute_all()

    await person.button("Try again").focus()
    await person.presses("Enter")

    await expect(person.page.locator(".figures")).to_be_visible()


async def test_nothing_is_imported_before_all_of_it_has_come_for_some_browsers_remember_a_failure(
    without: Come,
) -> None:
    imported: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type == "script" and request.url.endswith(("history.js", "entry.js")):
            imported.append(request.url)

    person = await without("views/entry.js")
    person.page.on("request", note)
    await person.presses("2")
    await expect(person.sees(MISSING)).to_be_visible()
    assert imported == []

    await person.page.unroute_all()
    await person.button("Try again").click()
    await expect(person.page.locator(".entry")).to_be_visible()


async def test_whose_page_is_older_than_the_server_is_told_to_load_it_anew(without: Come) -> None:
    async def gone(route: Route) -> None:
        await route.fulfill(status=404, json={})

    person = await without("views/week.js", how=gone)
    await person.presses("3")
    await expect(person.sees("The server has a newer page")).to_be_visible()
    await person.page.unroute_all()

    await person.button("Load it").click()

    await expect(person.page.locator(".figures")).to_be_visible()


async def test_what_could_not_come_beforehand_comes_when_the_server_is_back(without: Come) -> None:
    person = await without("views/week.js", "no-such-file")
    await person.page.route("**/events", break_off)
    async with person.page.expect_request("**/views/week.js"):
        await person.page.reload()
    await expect(person.sees(LOST)).to_be_visible()
    await person.page.unroute_all()

    async with person.page.expect_response("**/views/week.js"):
        await person.page.evaluate("void dispatchEvent(new Event('online'))")


async def test_the_rest_is_fetched_where_browsers_do_not_tell_when_they_are_idle(visit: Visit) -> None:
    person = await visit(opened=False)
    await person.page.add_init_script("delete globalThis.requestIdleCallback")

    async with person.page.expect_response("**/views/week.js"):
        await person.goes_to()


async def test_what_was_fetched_beforehand_is_not_asked_for_again(visit: Visit) -> None:
    person = await visit("#/week")
    await expect(person.page.locator(".figures")).to_be_visible()

    sizes = await person.page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => /week|chart/.test(name) && !/stats/.test(name))"
        ".map(({ initiatorType, transferSize }) => [initiatorType, transferSize > 0])"
    )

    assert sorted(sizes) == [["fetch", True], ["fetch", True], ["script", False], ["script", False]]
