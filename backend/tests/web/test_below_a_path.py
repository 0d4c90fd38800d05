"""The page behind a proxy that serves it, and the API, below a path of its own."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from playwright.async_api import expect
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.site import Site, served_here

PREFIX = "/tasks-app"


class Proxy:
    """Passes on what is asked for below its path, with or without telling what it took away."""

    def __init__(self, app: ASGIApp, *, tells: bool) -> None:
        """Stand before an application."""
        self._app = app
        self._tells = tells

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            assert scope["path"].startswith(f"{PREFIX}/"), scope["path"]
            scope = {
                **scope,
                **({"root_path": PREFIX} if self._tells else {"path": scope["path"].removeprefix(PREFIX)}),
            }
        await self._app(scope, receive, send)


@pytest.fixture(params=[False, True], ids=["stripped", "root_path"])
def site(app: FastAPI, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Serve it below a path: one that the application does not know of, or is told of as ASGI has it."""
    with served_here(Proxy(app, tells=request.param)) as place:
        place.address = place.address.replace("/api/v1", f"{PREFIX}/api/v1")
        yield place


async def test_the_page_works_below_a_path(visit: Visit, api: Api) -> None:
    for number in range(25):
        await api.create(f"Task {number}")
    person = await visit()

    await person.adds("Buy milk")
    await person.is_told("Task added")
    await api.create("Buy bread")
    await expect(person.rows.first).to_have_text("Buy bread")
    await person.field("Find tasks").fill("buy")
    await person.sees_tasks("Buy bread", "Buy milk")

    await person.link("History").click()
    await expect(person.sees("The newest 20 of 27 changes")).to_be_visible()
    await person.button("Show older ones").click()
    await expect(person.sees("27 changes")).to_be_visible()
    await person.link("Week").click()
    await expect(person.page.locator(".figures dd").first).to_have_text("27")


async def test_the_api_answers_below_a_path_as_without(api: Api) -> None:
    options = await api.raw("OPTIONS", "/tasks")
    wrong = await api.send("DELETE", "/tasks")
    page = await api.raw("GET", str(api.client.base_url).removesuffix("api/v1/"))

    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert wrong.allow == {"GET", "HEAD", "OPTIONS", "POST"}
    assert page.status_code == 200
    assert page.headers.get_list("cache-control") == ["no-cache"]
