"""Filters of the history."""

from playwright.async_api import expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.test_history_view import sees_entries


async def test_the_history_can_be_filtered_by_action_and_task(visit: Visit, api: Api) -> None:
    for title in ("Buy milk", "Buy bread"):
        await api.complete(await api.create(title))
    person = await visit()

    await person.link("History of Buy milk").click()
    await person.field("Action").select_option("Completed")

    await sees_entries(person, 'Completed "Buy milk"')
    await person.page.reload()
    await sees_entries(person, 'Completed "Buy milk"')
    await person.link("Show all tasks").click()
    await sees_entries(person, 'Completed "Buy bread"', 'Completed "Buy milk"')


async def test_a_filter_without_matches_is_not_an_empty_history(visit: Visit, api: Api) -> None:
    await api.create("Buy milk")
    person = await visit("#/history")

    await person.field("Action").select_option("Deleted")

    await expect(person.sees("No matching changes")).to_be_visible()
    await expect(person.sees("No changes yet")).to_have_count(0)
