"""A pool of browser tabs: opening one takes longer than most tests."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page, ViewportSize
from playwright.async_api import Error as PlaywrightError

COUNTRY: Mapping[str, object] = {"locale": "en-GB", "timezone_id": "Europe/Berlin"}
BLANK = "about:blank"
TIMEOUT_MILLISECONDS = 60_000
"""Only a hang takes as long: the machine may be busy."""
SURROUNDINGS = """() => {
  const found = Object.entries(Object.getOwnPropertyDescriptors(globalThis));
  const isForeign = (it) => typeof it === "function" && !/\\[native code\\]/.test(it);
  const foreign = found.filter(([, { value, get }]) => isForeign(value) || isForeign(get)).map(([name]) => name);
  const queries = ["prefers-color-scheme: dark", "prefers-reduced-motion: reduce", "forced-colors: active"];
  const media = queries.map((query) => matchMedia(`(${query})`).matches);
  return JSON.stringify([found.length, foreign, media, innerWidth, innerHeight, devicePixelRatio]);
}"""
"""State that a test may have changed permanently: a clock, an init script, the size, the colours."""


@dataclass(slots=True)
class Tab:
    page: Page
    size: ViewportSize | None
    surroundings: str
    origins: set[str] = field(default_factory=set)
    """Visited origins, whose cache and storage it has."""


class Tabs:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[str, list[Tab]] = defaultdict(list)

    @asynccontextmanager
    async def acquire(self, origin: str, **options: object) -> AsyncIterator[Page]:
        """Lend a tab that never visited the origin and that nobody else uses."""
        idle = self._idle[repr(options)]
        tab = next((tab for tab in idle if origin not in tab.origins), None)
        if tab is None:
            tab = await self._new(options)
        else:
            idle.remove(tab)
        tab.origins.add(origin)
        try:
            yield tab.page
        finally:
            if await _is_as_new(tab):
                idle.append(tab)
            else:
                await tab.page.context.close()

    async def _new(self, options: Mapping[str, object]) -> Tab:
        context = await self._browser.new_context(**{**COUNTRY, **options})  # type: ignore[arg-type]
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        page = await context.new_page()
        return Tab(page, page.viewport_size, await page.evaluate(SURROUNDINGS))


async def _is_as_new(tab: Tab) -> bool:
    """Leave the page, reset what tests often change, and check whether anything else was changed."""
    page = tab.page
    with suppress(PlaywrightError):
        await page.unroute_all(behavior="ignoreErrors")
        await page.context.set_offline(offline=False)
        await page.goto(BLANK)
        await page.wait_for_function("navigator.onLine")  # the browser notices that later
        await page.mouse.move(0, 0)
        await page.emulate_media(color_scheme="light")
        if tab.size and page.viewport_size != tab.size:
            await page.set_viewport_size(tab.size)
        return page.context.pages == [page] and tab.surroundings == await page.evaluate(SURROUNDINGS)
    return False
