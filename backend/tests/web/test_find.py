"""Searching tasks and filtering them by state."""

from asyncio import Event

import pytest
from playwright.async_api import Route, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import ERROR_RESPONSE, Person


def is_asked_for_words(url: str) -> bool:
    return "/tasks?q=" in url


@pytest.fixture
async def person(visit: Visit, api: Api) -> Person:
    """Open the page with three tasks."""
    await api.create("Buy milk", "two litres")
    await api.create("Buy bread")
    await api.complete(await api.create("Call MILAN", "about the milk"))
    return await visit()


async def test_words_are_found_in_titles_and_descriptions(person: Person) -> None:
    await person.sees_tasks("Buy bread", "Buy milk", "Call MILAN")

    await person.field("Find tasks").fill("MILK")
    await person.sees_tasks("Buy milk", "Call MILAN")
    await person.field("Find tasks").fill("milk buy")
    await person.sees_tasks("Buy milk")

    await person.field("Find tasks").press("Escape")
    await person.sees_tasks("Buy bread", "Buy milk", "Call MILAN")


async def test_the_state_filter_is_kept_while_searching(person: Person) -> None:
    await person.link("Done").click()
    await person.sees_tasks("Call MILAN")
    await person.link("To do").click()
    await person.sees_tasks("Buy bread", "Buy milk")

    await person.field("Find tasks").fill("milk")
    await person.sees_tasks("Buy milk")
    await expect(person.link("To do")).to_have_attribute("aria-current", "true")


async def test_the_search_is_in_the_url(person: Person, visit: Visit) -> None:
    await person.field("Find tasks").fill("milk")
    await person.sees_tasks("Buy milk", "Call MILAN")
    await person.link("Done").click()
    await person.sees_tasks("Call MILAN")

    other = await visit(person.page.url.split("/", 3)[3])

    await other.sees_tasks("Call MILAN")
    await expect(other.field("Find tasks")).to_have_value("milk")
    await other.page.go_back()


async def test_an_empty_result_offers_all_tasks(person: Person) -> None:
    await person.field("Find tasks").fill("butter")
    await expect(person.sees("No matching tasks")).to_be_visible()

    await person.button("Show all tasks").click()

    await person.sees_tasks("Buy bread", "Buy milk", "Call MILAN")


async def test_results_of_another_search_are_not_shown(person: Person) -> None:
    await person.field("Find tasks").fill("butter")
    await expect(person.sees("No matching tasks")).to_be_visible()
    asked, answer = Event(), Event()

    async def hold(route: Route) -> None:
        asked.set()
        await answer.wait()
        await route.continue_()

    await person.page.route(is_asked_for_words, hold)
    for words, hidden in (("milk", "No matching tasks"), ("bread", "Buy milk")):
        asked.clear()
        answer.clear()
        await person.field("Find tasks").fill(words)
        await asked.wait()
        await expect(person.sees(hidden)).to_have_count(0)
        await expect(person.page.locator(".loading")).to_have_count(1)
        answer.set()
        await expect(person.rows.first).to_be_visible()

    await person.sees_tasks("Buy bread")
    answer.clear()
    await person.page.reload()
    await expect(person.page.locator(".loading")).to_have_count(1)
    await expect(person.field("Find tasks")).to_have_value("bread")
    await expect(person.rows).to_have_count(0)
    answer.set()
    await person.sees_tasks("Buy bread")


async def test_search_results_follow_changes_by_others(person: Person, api: Api) -> None:
    await person.field("Find tasks").fill("milk")
    await person.sees_tasks("Buy milk", "Call MILAN")

    await api.create("More milk")

    await person.sees_tasks("More milk", "Buy milk", "Call MILAN")


async def test_the_edited_task_stays_when_it_no_longer_matches(person: Person) -> None:
    await person.field("Find tasks").fill("milk")
    await person.sees_tasks("Buy milk", "Call MILAN")
    await person.edits("Buy milk")
    await person.types(title="Buy oats")

    await person.field("Find tasks").fill("call")

    await person.sees_tasks("Call MILAN")
    await expect(person.page.locator("#edit-title")).to_have_value("Buy oats")
    await person.saves()
    await person.sees_toast("Task saved")
    await expect(person.page.locator(".editor")).to_have_count(0)
    await person.sees_tasks("Call MILAN")


async def test_a_failed_search_keeps_the_results_and_the_draft(person: Person, api: Api) -> None:
    person.expects_errors()
    await person.field("Find tasks").fill("milk")
    await person.sees_tasks("Buy milk", "Call MILAN")
    await person.edits("Buy milk")
    await person.types(title="Buy oat milk")
    await person.page.route(is_asked_for_words, lambda route: route.fulfill(status=503, json=ERROR_RESPONSE))
    await api.create("More milk")
    await expect(person.page.locator("main > .error")).to_have_text("The server is busy")
    await expect(person.page.locator("#edit-title")).to_be_focused()
    await expect(person.page.locator("#edit-title")).to_have_value("Buy oat milk")
    await person.page.unroute_all()

    await expect(person.row("More milk")).to_be_visible()
    await expect(person.page.locator("main > .error")).to_have_count(0)
    await expect(person.page.locator("#edit-title")).to_have_value("Buy oat milk")


async def test_a_trailing_space_is_kept(person: Person) -> None:
    await person.field("Find tasks").fill("buy ")
    await person.sees_tasks("Buy bread", "Buy milk")

    await person.field("Find tasks").press_sequentially("mi")

    await expect(person.field("Find tasks")).to_have_value("buy mi")
    await person.sees_tasks("Buy milk")


async def test_a_pending_search_does_not_navigate_back(person: Person) -> None:
    await person.sees_tasks("Buy bread", "Buy milk", "Call MILAN")
    await person.page.clock.install()
    await person.page.evaluate(
        """() => {
          const field = document.querySelector("#find");
          field.value = "milk";
          field.dispatchEvent(new Event("input", { bubbles: true }));
          location.hash = "#/week";
        }"""
    )

    await expect(person.page.locator(".figures")).to_be_visible()
    await person.page.clock.run_for(300)
    await expect(person.page.locator("h1")).to_have_text("Week")
