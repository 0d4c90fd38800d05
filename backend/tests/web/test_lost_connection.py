"""A server that takes a question and never answers is as good as away."""

from playwright.async_api import Route, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import LOST

HURRY = """globalThis.timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => timeout(milliseconds / 5);
globalThis.isHurried = () => true;"""
"""Answers that the page waits for must come five times sooner; nobody else is lent a tab like that."""


async def never(_route: Route) -> None:
    """Leave a request without an answer."""


async def test_a_stream_that_never_begins_is_a_lost_connection(visit: Visit, api: Api) -> None:
    await api.create("Buy milk")
    person = await visit(opened=False)
    await person.page.clock.install()
    await person.page.route("**/events", never)
    await person.goes_to()
    await person.sees_tasks("Buy milk")

    await person.page.clock.run_for(41_000)

    await expect(person.sees(LOST)).to_be_visible()


async def test_a_first_answer_that_never_comes_is_a_lost_connection(visit: Visit) -> None:
    person = await visit(opened=False)
    await person.page.add_init_script(HURRY)
    await person.page.route("**/history?limit=1", never)

    await person.goes_to()

    await expect(person.sees(LOST)).to_be_visible()
