"""A server that never responds counts as unreachable."""

from playwright.async_api import Route, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import LOST

SHORT_TIMEOUTS = """globalThis.timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => timeout(milliseconds / 5);
globalThis.isHurried = () => true;"""
"""Divides the page's timeouts by five; the extra globals mark the tab as modified."""


async def hang(_route: Route) -> None:
    """Never respond."""


async def test_a_stream_that_never_opens_is_a_lost_connection(visit: Visit, api: Api) -> None:
    await api.create("Buy milk")
    person = await visit(opened=False)
    await person.page.clock.install()
    await person.page.route("**/events", hang)
    await person.goes_to()
    await person.sees_tasks("Buy milk")

    await person.page.clock.run_for(41_000)

    await expect(person.sees(LOST)).to_be_visible()


async def test_a_first_response_that_never_arrives_is_a_lost_connection(visit: Visit) -> None:
    person = await visit(opened=False)
    await person.page.add_init_script(SHORT_TIMEOUTS)
    await person.page.route("**/history?limit=1", hang)

    await person.goes_to()

    await expect(person.sees(LOST)).to_be_visible()
