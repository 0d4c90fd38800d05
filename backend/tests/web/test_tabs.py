"""A reused tab is equivalent to a new one, or it is not reused."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page

from tests.web.tabs import Tabs

HERE, ELSEWHERE = "http://127.0.0.1:1", "http://127.0.0.1:2"


@pytest.fixture
async def tabs(browser: Browser) -> AsyncIterator[Tabs]:
    """Use a separate pool."""
    before = list(browser.contexts)
    yield Tabs(browser)
    for context in browser.contexts:
        if context not in before:
            await context.close()


async def test_a_tab_is_reused_for_another_origin(tabs: Tabs) -> None:
    async with tabs.acquire(HERE) as first:
        await first.route("**", lambda route: route.fulfill(body="<h1>Here</h1>", content_type="text/html"))
        await first.goto(HERE)
        await first.set_viewport_size({"width": 400, "height": 300})
        await first.emulate_media(color_scheme="dark")
        await first.context.set_offline(offline=True)
    async with tabs.acquire(ELSEWHERE) as second:
        assert second is first
        assert await second.evaluate("navigator.onLine")
        assert second.url == "about:blank"
        assert second.viewport_size == {"width": 1280, "height": 720}
        assert not await second.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


async def test_a_tab_in_use_or_one_that_visited_the_origin_is_not_reused(tabs: Tabs) -> None:
    async with tabs.acquire(HERE) as first, tabs.acquire(HERE) as second:
        assert first.context is not second.context

    async with tabs.acquire(HERE) as third, tabs.acquire(ELSEWHERE, locale="de-DE") as german:
        assert third not in {first, second}
        assert await german.evaluate("navigator.language") == "de-DE"


async def clock(page: Page) -> None:
    await page.clock.install()


async def script(page: Page) -> None:
    await page.add_init_script("delete globalThis.requestIdleCallback")


async def another_fetch(page: Page) -> None:
    await page.context.add_init_script("globalThis.fetch = () => null")


async def less_motion(page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce")


async def another_page(page: Page) -> None:
    await page.context.new_page()


async def no_page(page: Page) -> None:
    await page.close()


@pytest.mark.parametrize("leave", [clock, script, another_fetch, less_motion, another_page, no_page])
async def test_a_modified_tab_is_not_reused(tabs: Tabs, leave: Callable[[Page], Awaitable[None]]) -> None:
    async with tabs.acquire(HERE) as page:
        await leave(page)

    assert page.is_closed()
