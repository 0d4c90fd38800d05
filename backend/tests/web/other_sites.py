"""Pages of other sites, and a recorder of the requests that reach the server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from playwright.async_api import Page
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.served import POLL_SECONDS, START_SECONDS
from tests.web.site import Site, serve
from tests.web.tabs import Tabs

BLANK_PAGE = b"<!doctype html><title>Elsewhere</title><link rel=icon href=data:,><p>Nothing here"


@dataclass(frozen=True)
class RecordedRequest:
    """A request and the status of its response."""

    method: str
    path: str
    site: str
    destination: str
    status: int


@dataclass
class Recorder:
    """ASGI middleware that records each request with its status."""

    app: ASGIApp
    answered: list[RecordedRequest] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.decode(): value.decode() for name, value in scope["headers"]}
                site, destination = said.get("sec-fetch-site", ""), said.get("sec-fetch-dest", "")
                self.answered.append(
                    RecordedRequest(scope["method"], scope["path"], site, destination, message["status"])
                )
            await send(message)

        await self.app(scope, receive, note if scope["type"] == "http" else send)

    async def until(self, arrived: Callable[[list[RecordedRequest]], bool]) -> None:
        """Wait for requests that a script cannot await."""
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            if arrived(list(self.answered)):
                return
            await asyncio.sleep(POLL_SECONDS)
        raise AssertionError(self.answered)


async def serve_blank_page(scope: Scope, _receive: Receive, send: Send) -> None:
    """Respond to everything with a blank page for scripts."""
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BLANK_PAGE})


@contextmanager
def another_site(name: str) -> Iterator[str]:
    """Serve a blank page under a host name of this machine; yield its origin."""
    with serve(serve_blank_page) as place:
        yield origin_at(place, name)


def origin_at(place: Site, name: str) -> str:
    """Return a server's origin under another host name."""
    return place.address.removesuffix("/api/v1").replace("127.0.0.1", name)


@asynccontextmanager
async def opened(tabs: Tabs, origin: str) -> AsyncIterator[Page]:
    """Open a page there."""
    async with tabs.acquire(origin) as page:
        await page.goto(f"{origin}/")
        yield page
