"""Pages of other sites, and what arrives at the server of what they send."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from playwright.async_api import Page
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.served import POLL_SECONDS, START_SECONDS
from tests.web.site import Site, served_here
from tests.web.tabs import Tabs

BLANK_PAGE = b"<!doctype html><title>Elsewhere</title><link rel=icon href=data:,><p>Nothing here"


@dataclass(frozen=True)
class Asked:
    """A request that has been answered."""

    method: str
    path: str
    site: str
    destination: str
    status: int


@dataclass
class Recorder:
    """Stands before an application and remembers how each request was answered."""

    app: ASGIApp
    answered: list[Asked] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.decode(): value.decode() for name, value in scope["headers"]}
                site, destination = said.get("sec-fetch-site", ""), said.get("sec-fetch-dest", "")
                self.answered.append(Asked(scope["method"], scope["path"], site, destination, message["status"]))
            await send(message)

        await self.app(scope, receive, note if scope["type"] == "http" else send)

    async def until(self, arrived: Callable[[list[Asked]], bool]) -> None:
        """Wait for requests that no script can wait for."""
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            if arrived(list(self.answered)):
                return
            await asyncio.sleep(POLL_SECONDS)
        raise AssertionError(self.answered)


async def serve_blank_page(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer everything with a page on which a test can run its script."""
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BLANK_PAGE})


@contextmanager
def another_site(name: str) -> Iterator[str]:
    """Serve a page at a name of this machine, and give its origin."""
    with served_here(serve_blank_page) as place:
        yield origin_at(place, name)


def origin_at(place: Site, name: str) -> str:
    """Give the origin of a server by another name of this machine."""
    return place.address.removesuffix("/api/v1").replace("127.0.0.1", name)


@asynccontextmanager
async def opened(tabs: Tabs, origin: str) -> AsyncIterator[Page]:
    """Open a page there."""
    async with tabs.lent(origin) as page:
        await page.goto(f"{origin}/")
        yield page
