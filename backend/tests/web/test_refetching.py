"""Views that fetch from the server, and again after changes and reconnects."""

from asyncio import Event
from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from playwright.async_api import Route, expect

from tests.api_client import Api, id_of
from tests.web.conftest import Visit
from tests.web.keyboard import AFTER_RENDER
from tests.web.person import ERROR_RESPONSE, LOST, Person
from tests.web.test_history_view import sees_entries


@pytest.fixture
async def person(visit: Visit, api: Api) -> Person:
    """Open the page with three tasks."""
    await api.create("Buy milk", "two litres")
    await api.create("Buy bread")
    await api.complete(await api.create("Call MILAN", "about the milk"))
    person = await visit()
    await person.sees_tasks("Buy bread", "Buy milk", "Call MILAN")
    return person


async def lose_and_restore(person: Person, part: str, look: Callable[[], Awaitable[None]]) -> None:
    """Fail a request while the connection is lost, then restore the connection."""
    person.expects_errors()
    await person.page.route("**/events", lambda route: route.abort())
    await person.page.reload()
    await expect(person.sees(LOST)).to_be_visible()
    await person.page.route(lambda url: part in url, lambda route: route.abort())
    async with person.page.expect_event("requestfailed", lambda request: part in request.url):
        await look()
    await person.page.unroute_all()
    await person.page.evaluate("void dispatchEvent(new Event('online'))")
    await expect(person.sees(LOST)).to_have_count(0)


async def test_a_failed_search_is_repeated_after_a_reconnect(person: Person) -> None:
    await lose_and_restore(person, "/tasks?q=", lambda: person.field("Find tasks").fill("milk"))

    await person.sees_tasks("Buy milk", "Call MILAN")


async def test_the_week_is_loaded_after_a_reconnect(person: Person) -> None:
    await lose_and_restore(person, "/stats/weekly", lambda: person.link("Week").click())

    await expect(person.page.locator(".figures dd")).to_have_text(["3", "1", "2", "1", "3"])


async def test_the_history_is_loaded_after_a_reconnect(person: Person) -> None:
    await lose_and_restore(person, "/history?limit=20", lambda: person.link("History").click())

    await expect(person.sees("4 changes")).to_be_visible()


async def test_the_history_is_verified_after_a_reconnect(person: Person) -> None:
    await lose_and_restore(person, "/history/verify", lambda: person.link("History").click())

    await expect(person.page.locator(".integrity")).to_contain_text("History is intact · 4 entries")


async def test_a_moment_is_loaded_after_a_reconnect(person: Person, api: Api) -> None:
    moment = (await api.entries())[0]["timestamp"]

    async def look() -> None:
        await person.page.evaluate("(moment) => void (location.hash = `#/tasks?as_of=${moment}`)", moment)

    await lose_and_restore(person, "/tasks?as_of=", look)

    await expect(person.page.locator(".past .text > :first-child")).to_have_count(3)


async def test_responses_are_never_shown_out_of_order(person: Person, api: Api) -> None:
    numbers, read, answer = count(1), Event(), Event()

    async def hold_the_second(route: Route) -> None:
        is_second = next(numbers) == 2
        found = await route.fetch()
        if is_second:
            read.set()
            await answer.wait()
        await route.fulfill(response=found)

    await person.page.clock.install()
    await person.page.route(lambda url: "/tasks?q=" in url, hold_the_second)
    await person.field("Find tasks").fill("milk")
    await person.sees_tasks("Buy milk", "Call MILAN")
    await api.create("More milk")
    await read.wait()
    await api.create("Still more milk")
    await person.page.clock.run_for(1_500)  # time for another request, if one were sent

    async with person.page.expect_event("requestfinished", lambda request: "/tasks?q=" in request.url):
        answer.set()
    await person.page.evaluate(AFTER_RENDER)

    await person.sees_tasks("Still more milk", "More milk", "Buy milk", "Call MILAN")


async def test_under_steady_writes_the_week_is_fetched_once_a_second(person: Person, api: Api) -> None:
    asked: list[str] = []
    await person.link("Week").click()
    await expect(person.page.locator(".figures dd").last).to_have_text("3")
    person.page.on("request", lambda request: asked.append(request.url) if "/stats/weekly" in request.url else None)

    await person.page.clock.install()
    begun = await person.page.evaluate("performance.now()")
    for number in range(12):
        await api.create(f"Task {number}")
        await person.page.clock.run_for(150)
    await expect(person.page.locator(".figures dd").last).to_have_text("15")
    milliseconds = await person.page.evaluate("performance.now()") - begun

    assert len(asked) <= milliseconds / 1_000 + 1


async def test_an_error_of_the_week_is_shown_above_its_figures_until_it_is_resolved(person: Person, api: Api) -> None:
    person.expects_errors()
    await person.link("Week").click()
    await expect(person.page.locator(".figures dd").last).to_have_text("3")
    await person.page.route("**/stats/weekly", lambda route: route.fulfill(status=503, json=ERROR_RESPONSE))
    await api.create("Buy butter")
    await expect(person.page.locator("main > .error")).to_have_text("The server is busy")
    await person.page.unroute_all()

    await expect(person.page.locator(".figures dd").last).to_have_text("4")
    await expect(person.page.locator("main > .error")).to_have_count(0)


async def test_entries_that_arrive_while_the_first_page_loads_are_shown(visit: Visit, api: Api) -> None:
    await api.create("Buy milk")
    person = await visit()
    read, streamed = Event(), Event()

    async def hold_the_answer(route: Route) -> None:
        answer = await route.fetch()
        read.set()
        await streamed.wait()
        await route.fulfill(response=answer)

    await person.sees_tasks("Buy milk")
    await person.page.route("**/history?limit=20", hold_the_answer)
    await person.link("History").click()
    await read.wait()
    await expect(person.page.locator("h1")).to_have_text("History")
    await api.create("Buy bread")
    async with person.page.expect_response("**/stats/weekly"):
        await person.page.evaluate(
            "new Promise((done) => setTimeout(done, 300)).then(() => fetch('api/v1/stats/weekly'))"
        )
    streamed.set()

    await sees_entries(person, 'Created "Buy bread"', 'Created "Buy milk"')
    await expect(person.sees("2 changes")).to_be_visible()


async def test_a_failed_first_page_is_loaded_again(visit: Visit, api: Api) -> None:
    await api.create("Buy milk")
    person = await visit()
    person.expects_errors()
    await person.page.route("**/history?limit=20", lambda route: route.abort())
    await person.link("History").click()
    await expect(person.page.locator(".empty-state")).to_be_visible()
    await person.page.unroute("**/history?limit=20")

    await api.create("Buy bread")

    await sees_entries(person, 'Created "Buy bread"', 'Created "Buy milk"')
    await expect(person.sees("2 changes")).to_be_visible()


async def test_an_older_page_of_another_filter_is_ignored(visit: Visit, api: Api) -> None:
    for number in range(25):
        await api.create(f"Task {number}")
    await api.complete((await api.tasks())[0]["id"])
    person = await visit("#/history")
    asked, chosen = Event(), Event()

    async def hold(route: Route) -> None:
        asked.set()
        await chosen.wait()
        await route.continue_()

    await expect(person.sees("Newest 20 of 26 changes")).to_be_visible()
    await person.page.route("**/history?*cursor*", hold)
    await person.button("Show older").click()
    await asked.wait()
    await person.field("Action").select_option("Completed")
    await sees_entries(person, 'Completed "Task 24"')
    async with person.page.expect_response(lambda answer: "cursor" in answer.url):
        chosen.set()

    await person.page.evaluate(AFTER_RENDER)
    await sees_entries(person, 'Completed "Task 24"')


async def test_nothing_can_be_restored_before_the_tasks_are_loaded(visit: Visit, api: Api) -> None:
    task = await api.update(await api.create("Buy milk"), title="Buy oat milk")
    await api.delete(task)
    await api.restore(task)
    moment = (await api.entries())[-1]["timestamp"]
    person = await visit(opened=False)
    answer = Event()

    async def hold(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    await person.page.route("**/api/v1/tasks", hold)
    await person.goes_to("#/history")
    await expect(person.sees('Deleted "Buy oat milk"')).to_be_visible()
    await expect(person.button("Restore Buy oat milk")).to_have_count(0)
    await person.goes_to(f"#/tasks?as_of={moment}")
    await expect(person.sees("Buy milk")).to_be_visible()
    await expect(person.page.locator(".past button")).to_have_count(0)
    await person.goes_to(f"#/history?task_id={id_of(task)}&version=1")
    await expect(person.page.get_by_role("dialog")).to_contain_text("Buy milk")
    await expect(person.button("Restore this version")).to_have_count(0)

    answer.set()

    await expect(person.button("Restore this version")).to_be_visible()
