"""The examples for browsers in docs/clients.md, served by Vite and used in Chromium, with our server beside it."""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, Response, expect

from tests.api_client import Api
from tests.databases import Database
from tests.programs import free_port
from tests.served import CLEAN_EXIT_CODES, Server, connected, serving
from tests.web.tabs import Tabs
from tests.web.toolchain import Toolchain

VITE = "vite/bin/vite.js --host 127.0.0.1 --strictPort --port {port}"
NAMED, PLAIN, PROXIED = "named", "named, over plain http", "proxied"
HOSTS = {NAMED: "localhost", PLAIN: "tasks.example", PROXIED: "localhost"}
QUERY_FILES = {
    "query.html": '<div id="root"></div><p id="toast"></p><script type="module" src="/query.tsx"></script>',
    "query.tsx": """
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { Tasks } from "./Tasks";

const toast = (text: string) => document.querySelector("#toast")!.replaceChildren(text);
const tasks = <QueryClientProvider client={new QueryClient()}><Tasks toast={toast} /></QueryClientProvider>;
createRoot(document.querySelector("#root")!).render(tasks);
""",
}


class Elsewhere:
    """The examples on Vite's server, and our server, which they call."""

    def __init__(self, origin: str, server: Server, tabs: Tabs) -> None:
        self.origin = origin
        self.server = server
        self._tabs = tabs

    @asynccontextmanager
    async def opened(self, path: str = "/") -> AsyncIterator[tuple[Page, Api]]:
        """Open an example; yield it with a client of our server."""
        async with self._tabs.acquire(self.origin) as page, connected(self.server) as api:
            await page.goto(f"{self.origin}{path}")
            yield page, api
            await page.goto("about:blank")


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str:
    """Return how the page reaches our server; by default its origin is named."""
    return str(getattr(request, "param", NAMED))


@pytest.fixture
def elsewhere(place: str, toolchain: Toolchain, database: Database, tabs: Tabs, tmp_path: Path) -> Iterator[Elsewhere]:
    """Serve both."""
    port = free_port()
    origin = f"http://{HOSTS.get(place, 'localhost')}:{port}"
    with serving(database, FRONTEND_URL=origin if place in {NAMED, PLAIN} else "http://localhost:1") as server:
        ours = server.address.removesuffix("/api/v1")
        folder = toolchain.site(tmp_path.name, "" if place == PROXIED else ours, ours, QUERY_FILES)
        hosts = {"__VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS": "tasks.example"}
        with toolchain.packages.running(VITE.format(port=port), folder, "Local:", **hosts):
            yield Elsewhere(origin, server, tabs)


@pytest.mark.parametrize("place", [NAMED, PLAIN, PROXIED], indirect=True)
async def test_the_page_adds_deletes_undoes_and_follows(elsewhere: Elsewhere, place: str) -> None:
    async with elsewhere.opened() as (page, api):
        await page.get_by_role("button", name="Add").click()
        await expect(page.locator("#toasts")).to_have_text("title: must not be empty")
        await page.get_by_label("Title").fill("Buy milk")
        await page.get_by_role("button", name="Add").click()
        await expect(page.locator("#toasts")).to_have_text("Added")
        await expect(page.locator("#tasks li")).to_have_text(["Buy milk Delete"])
        await api.create("Buy bread")
        await expect(page.locator("#tasks li")).to_have_text(["Buy bread Delete", "Buy milk Delete"])

        await page.locator("#tasks li", has_text="milk").get_by_role("button").click()
        await expect(page.locator("#toasts")).to_have_text("Deleted Undo")
        await expect(page.locator("#tasks li")).to_have_text(["Buy bread Delete"])
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("#toasts")).to_have_text("Restored")
        await expect(page.locator("#tasks li")).to_have_text(["Buy bread Delete", "Buy milk Delete"])

        assert await page.evaluate("typeof crypto.randomUUID") == ("undefined" if place == PLAIN else "function")
        assert await api.history() == ["RESTORED", "DELETED", "CREATED", "CREATED"]


def _ends_the_stream_for_good(response: Response) -> bool:
    return "/events" in response.url and response.status >= 500


@pytest.mark.parametrize("place", [PROXIED], indirect=True)
async def test_the_page_follows_again_after_a_restart(elsewhere: Elsewhere) -> None:
    async with elsewhere.opened() as (page, api):
        await api.create("Buy milk")
        await expect(page.locator("#tasks li")).to_have_text(["Buy milk Delete"])

        async with page.expect_response(_ends_the_stream_for_good):
            elsewhere.server.send_signal(signal.SIGTERM)
            assert elsewhere.server.wait() in CLEAN_EXIT_CODES
        await page.get_by_role("button", name="Add").click()
        await expect(page.locator("#toasts")).to_have_text("No answer")
        elsewhere.server.start()
        async with connected(elsewhere.server) as again:
            await again.create("Buy bread")

        await expect(page.locator("#tasks li")).to_have_text(["Buy bread Delete", "Buy milk Delete"])


@pytest.mark.parametrize("place", ["nobody named it"], indirect=True)
async def test_a_page_that_nobody_named_gets_no_answer(elsewhere: Elsewhere) -> None:
    async with elsewhere.opened() as (page, api):
        await page.get_by_label("Title").fill("Buy milk")
        await page.get_by_role("button", name="Add").click()

        await expect(page.locator("#toasts")).to_have_text("No answer")
        assert await api.history() == []


async def test_the_example_for_tanstack_query_completes_a_task_once(elsewhere: Elsewhere) -> None:
    async with connected(elsewhere.server) as api:
        await api.create("Buy milk")
    async with elsewhere.opened("/query.html") as (page, api):
        await expect(page.locator("li")).to_have_text(["Buy milkDone"])
        await page.get_by_role("button", name="Done").click()

        await expect(page.locator("#toast")).to_have_text("TASK_COMPLETED")
        await expect(page.locator("li")).to_have_count(0)
        assert await api.history() == ["COMPLETED", "CREATED"]
