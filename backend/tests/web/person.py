"""Somebody who uses the page, as they would say it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import ConsoleMessage, Error, Locator, Page, Request, expect

from tests.web.tabs import Tabs

Row = Locator
LOST = "The connection is lost. What you see may be old; trying again …"
REFUSED = {"success": False, "data": None, "popup": None, "error": "The server is busy"}
"""The answer of a server that does nothing."""


class Person:
    """One person with one tab."""

    def __init__(self, page: Page, origin: str) -> None:
        """Watch over what the page says and fetches."""
        self.page = page
        self.origin = origin
        self.ours = tuple(f"{origin}/{folder}/" for folder in ("api/v1", "web"))
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.refusals_are_expected = False
        page.on("console", self._hear)
        page.on("pageerror", self._note)
        page.on("request", self._watch)

    def leaves(self) -> None:
        """Watch no longer."""
        self.page.remove_listener("console", self._hear)
        self.page.remove_listener("pageerror", self._note)
        self.page.remove_listener("request", self._watch)

    def _note(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _hear(self, message: ConsoleMessage) -> None:
        """Chromium itself complains of each answer that is an error, so a test that wants one says so."""
        is_of_network = message.text.startswith("Failed to load resource")
        if not (is_of_network and self.refusals_are_expected):
            self.complaints.append(message.text)

    def _watch(self, request: Request) -> None:
        place, _, _ = request.url.partition("#")
        if place != f"{self.origin}/" and not place.startswith((*self.ours, "data:")):
            self.foreign.append(request.url)

    def expects_refusals(self) -> None:
        """Allow the browser to complain of answers that are errors, and of a server that is away."""
        self.refusals_are_expected = True

    async def goes_to(self, where: str = "") -> None:
        """Open a view, and wait until it is there."""
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
        """Give the row of a task."""
        return self.page.locator(".row").filter(has=self.page.get_by_text(title, exact=True))

    @property
    def toast(self) -> Locator:
        return self.page.locator(".swal2-toast")

    @property
    def focused(self) -> Locator:
        return self.page.locator("*:focus")

    async def entries_from_top_to_end(self) -> list[int]:
        """Scroll through the history, and tell each entry's number in the order in which they stand."""
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
        """Open a task in its place."""
        await self.row(title).locator("[data-part=edit]").click()
        await expect(self.page.locator("#edit-title")).to_be_focused()

    async def types(self, *, title: str | None = None, description: str | None = None) -> None:
        """Change what is being edited."""
        for name, text in (("title", title), ("description", description)):
            if text is not None:
                await self.page.locator(f"#edit-{name}").fill(text)

    async def pastes(self, field: Locator, text: str) -> None:
        """Cut a text, and paste it over what is in the field."""
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
        """Wait until these are the tasks, in this order."""
        await expect(self.rows).to_have_text(list(titles))

    async def is_told(self, title: str, text: str | None = None) -> None:
        """Wait for a toast; one that the page shows after an answer may come later than the change over the feed."""
        await expect(self.toast.locator(".swal2-title")).to_have_text(title)
        if text is not None:
            await expect(self.toast.locator(".swal2-html-container")).to_have_text(text)


@asynccontextmanager
async def visiting(tabs: Tabs, origin: str, **options: object) -> AsyncIterator[Person]:
    """Let somebody come who was never here, and ask them at the end whether all was well."""
    async with tabs.lent(origin, **options) as page:
        person = Person(page, origin)
        try:
            yield person
        finally:
            person.leaves()
    assert not person.complaints, person.complaints
    assert not person.foreign, person.foreign
