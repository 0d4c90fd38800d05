"""Modules loaded after the first view, also when the server was unreachable or has a newer version."""

from asyncio import Event
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, Request, Route, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import LOST, Person

MISSING = "This view could not be loaded"
TOASTS = "vendor/sweetalert2.mjs"
OpenPage = Callable[..., Awaitable[Person]]


async def abort(route: Route) -> None:
    await route.abort()


@pytest.fixture
async def without(visit: Visit, api: Api) -> OpenPage:
    """Open the page while some of its files cannot be fetched."""
    await api.create("Buy milk", "two litres")

    async def open_page(*files: str, how: Callable[[Route], Awaitable[None]] = abort) -> Person:
        person = await visit(opened=False)
        person.expects_errors()
        for file in files:
            await person.page.route(f"**/web/*/{file}", how)
        await person.goes_to()
        await person.sees_tasks("Buy milk")
        return person

    return open_page


def plain(person: Person) -> Locator:
    """Return the fallback toast."""
    return person.page.locator(".plain-toast")


async def test_the_fallback_toast_is_shown_and_announced(without: OpenPage) -> None:
    person = await without(TOASTS)

    await person.adds("Buy bread")
    await expect(plain(person)).to_have_text("Task added")
    await person.deletes("Buy bread")
    await expect(plain(person)).to_contain_text("Task deletedBuy bread")
    await expect(person.page.get_by_role("alert")).to_contain_text("Buy bread")
    await plain(person).get_by_role("button", name="Undo").click()

    await person.sees_tasks("Buy bread", "Buy milk")
    await expect(plain(person)).to_have_text("Task restoredBuy bread")


async def test_the_fallback_toast_stays_while_in_use_and_then_expires(without: OpenPage) -> None:
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


async def test_an_error_is_shown_before_and_after_the_library_loads(without: OpenPage) -> None:
    person = await without(TOASTS)
    refused = {"success": False, "data": None, "popup": None, "error": "No"}

    async def refuse(route: Route) -> None:
        await route.fulfill(status=403, json=refused)

    await person.page.route("**/tasks/*/complete", refuse)
    await person.toggles("Buy milk")
    await expect(plain(person)).to_have_text("No")

    await person.page.unroute_all()
    await person.toggles("Buy milk")

    await person.sees_toast("Task completed")
    await expect(plain(person)).to_be_empty()


async def test_a_slow_library_delays_no_toast(without: OpenPage) -> None:
    asked = Event()

    async def hang(_route: Route) -> None:
        asked.set()

    person = await without(TOASTS, how=hang)
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
async def test_a_failed_view_shows_an_error_and_loads_after_a_reconnect(
    without: OpenPage, file: str, where: str, seen: str
) -> None:
    person = await without("no-such-file")
    await person.page.route(f"**/web/*/{file}", abort)
    await person.page.route("**/events", abort)
    await person.page.reload()
    await expect(person.sees(LOST)).to_be_visible()
    await person.page.evaluate("(where) => void (location.hash = where)", where)
    await expect(person.sees(MISSING)).to_be_visible()
    await expect(person.page.get_by_role("status").filter(has_text=MISSING)).to_be_visible()

    await person.page.unroute_all()
    await person.page.evaluate("void dispatchEvent(new Event('online'))")

    await expect(person.page.locator(seen).first).to_be_visible()
    await expect(person.sees(MISSING)).to_have_count(0)


async def test_loading_a_view_can_be_retried(without: OpenPage) -> None:
    person = await without("views/week.js")
    await person.presses("3")
    await expect(person.sees(MISSING)).to_be_visible()
    await person.page.unroute_all()

    await person.button("Try again").focus()
    await person.presses("Enter")

    await expect(person.page.locator(".figures")).to_be_visible()


async def test_nothing_is_imported_until_all_modules_are_fetched(
    without: OpenPage,
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


async def test_an_outdated_page_offers_a_reload(without: OpenPage) -> None:
    async def gone(route: Route) -> None:
        await route.fulfill(status=404, json={})

    person = await without("views/week.js", how=gone)
    await person.presses("3")
    await expect(person.sees("A newer version is available")).to_be_visible()
    await person.page.unroute_all()

    await person.button("Reload").click()

    await expect(person.page.locator(".figures")).to_be_visible()


async def test_a_failed_preload_is_repeated_after_a_reconnect(without: OpenPage) -> None:
    person = await without("views/week.js", "no-such-file")
    await person.page.route("**/events", abort)
    async with person.page.expect_request("**/views/week.js"):
        await person.page.reload()
    await expect(person.sees(LOST)).to_be_visible()
    await person.page.unroute_all()

    async with person.page.expect_response("**/views/week.js"):
        await person.page.evaluate("void dispatchEvent(new Event('online'))")


async def test_views_are_preloaded_without_requestidlecallback(visit: Visit) -> None:
    person = await visit(opened=False)
    await person.page.add_init_script("delete globalThis.requestIdleCallback")

    async with person.page.expect_response("**/views/week.js"):
        await person.goes_to()


async def test_preloaded_modules_are_not_fetched_again(visit: Visit) -> None:
    person = await visit("#/week")
    await expect(person.page.locator(".figures")).to_be_visible()

    sizes = await person.page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => /week|chart/.test(name) && !/stats/.test(name))"
        ".map(({ initiatorType, transferSize }) => [initiatorType, transferSize > 0])"
    )

    assert sorted(sizes) == [["fetch", True], ["fetch", True], ["script", False], ["script", False]]
