"""A user of the page, whose methods name what users do and see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import ConsoleMessage, Error, Locator, Page, Request, expect

from tests.web.tabs import Tabs

Row = Locator
LOST = "Connection lost. Reconnecting … This page may be out of date."
ERROR_RESPONSE = {"success": False, "data": None, "popup": None, "error": "The server is busy"}
"""An error envelope."""


class Person:
    """A user with a tab."""

    def __init__(self, page: Page, origin: str) -> None:
        """Record console messages and requests."""
        self.page = page
        self.origin = origin
        self.own_urls = tuple(f"{origin}/{folder}/" for folder in ("api/v1", "web"))
        self.console_errors: list[str] = []
        self.foreign_requests: list[str] = []
        self.console_errors_are_expected = False
        page.on("console", self._hear)
        page.on("pageerror", self._note)
        page.on("request", self._watch)

    def detach(self) -> None:
        """Remove the listeners, since the tab is reused."""
        self.page.remove_listener("console", self._hear)
        self.page.remove_listener("pageerror", self._note)
        self.page.remove_listener("request", self._watch)

    def _note(self, error: Error) -> None:
        self.console_errors.append(str(error))

    def _hear(self, message: ConsoleMessage) -> None:
        """Chromium logs each error response, so tests that provoke one must allow that."""
        is_of_network = message.text.startswith("Failed to load resource")
        if not (is_of_network and self.console_errors_are_expected):
            self.console_errors.append(message.text)

    def _watch(self, request: Request) -> None:
        place, _, _ = request.url.partition("#")
        if place != f"{self.origin}/" and not place.startswith((*self.own_urls, "data:")):
            self.foreign_requests.append(request.url)

    def expects_errors(self) -> None:
        """Allow console messages about error responses and failed requests."""
        self.console_errors_are_expected = True

    async def goes_to(self, where: str = "") -> None:
        """Open a view and wait for its heading."""
        await self.page.goto(f"{self.origin}/{where}")
        await expect(self.page.locator("h1")).to_be_visible()

    def sees(self, text: str) -> Locator:
        return self.page.get_by_text(text, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    @property
    def rows(self) -> Locator:
        return self.page.locator("[data-task] .text > :first-child")

    def row(self, title: str) -> Row:
        """Return the row of a task."""
        return self.page.locator(".row").filter(has=self.page.get_by_text(title, exact=True))

    @property
    def toast(self) -> Locator:
        return self.page.locator(".swal2-toast")

    @property
    def focused(self) -> Locator:
        return self.page.locator("*:focus")

    async def scrolled_entries(self) -> list[int]:
        """Scroll through the history; return the `seq` of each entry in visual order."""
        numbers: list[int] = await self.page.evaluate(
            """async () => {
              const seen = new Map();
              const page = document.scrollingElement;
              for (let top = 0; top < page.scrollHeight; top += innerHeight / 2) {
                scrollTo(0, top);
                await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
                for (const entry of document.querySelectorAll("[data-seq]")) {
                  seen.set(Number(entry.dataset.seq), scrollY + entry.getBoundingClientRect().top);
                }
              }
              return [...seen].sort((one, other) => one[1] - other[1]).map(([seq]) => seq);
            }"""
        )
        return numbers

    async def adds(self, title: str) -> None:
        await self.field("Title").fill(title)
        await self.page.keyboard.press("Enter")
        await expect(self.rows.first).to_have_text(title)

    async def edits(self, title: str) -> None:
        """Open the editor of a task."""
        await self.row(title).locator("[data-part=edit]").click()
        await expect(self.page.locator("#edit-title")).to_be_focused()

    async def types(self, *, title: str | None = None, description: str | None = None) -> None:
        """Fill the fields of the editor."""
        for name, text in (("title", title), ("description", description)):
            if text is not None:
                await self.page.locator(f"#edit-{name}").fill(text)

    async def pastes(self, field: Locator, text: str) -> None:
        """Paste a text into a field."""
        await field.fill(text)
        await self.presses("Control+a", "Control+x")
        await expect(field).to_have_value("")
        await self.presses("Control+v")

    async def saves(self) -> None:
        await self.button("Save").click()

    async def toggles(self, title: str) -> None:
        await self.row(title).get_by_role("checkbox").click()

    async def deletes(self, title: str) -> None:
        await self.row(title).get_by_role("button", name=f"Delete {title}").click()

    async def presses(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def sees_tasks(self, *titles: str) -> None:
        """Wait for exactly these tasks, in this order."""
        await expect(self.rows).to_have_text(list(titles))

    async def sees_toast(self, title: str, text: str | None = None) -> None:
        """Wait for a toast. It follows the response, so the list may change over the event stream before it."""
        await expect(self.toast.locator(".swal2-title")).to_have_text(title)
        if text is not None:
            await expect(self.toast.locator(".swal2-html-container")).to_have_text(text)


@asynccontextmanager
async def visiting(tabs: Tabs, origin: str, **options: object) -> AsyncIterator[Person]:
    """Lend a tab with empty storage; check at the end that it logged no errors and stayed on the origin."""
    async with tabs.acquire(origin, **options) as page:
        person = Person(page, origin)
        try:
            yield person
        finally:
            person.detach()
    assert not person.console_errors, person.console_errors
    assert not person.foreign_requests, person.foreign_requests
