"""The page, /docs and the API behind a proxy with a path prefix."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from config import Settings
from main import create_app
from tests.api_client import Api
from tests.prefix import PREFIX, WAYS, Proxy
from tests.web.conftest import Visit
from tests.web.site import Site, serve
from tests.web.tabs import Tabs


@pytest.fixture(params=WAYS)
def site(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Serve the application behind such a proxy."""
    root_path, change = WAYS[request.param]
    app = create_app(settings.model_copy(update={"root_path": root_path}))
    with serve(Proxy(app, change)) as place:
        place.address = place.address.replace("/api/v1", f"{PREFIX}/api/v1")
        yield place


async def test_the_page_works_below_a_path(visit: Visit, api: Api) -> None:
    for number in range(25):
        await api.create(f"Task {number}")
    person = await visit()

    await person.adds("Buy milk")
    await person.sees_toast("Task added")
    await api.create("Buy bread")
    await expect(person.rows.first).to_have_text("Buy bread")
    await person.field("Find tasks").fill("buy")
    await person.sees_tasks("Buy bread", "Buy milk")

    await person.link("History").click()
    await expect(person.sees("Newest 20 of 27 changes")).to_be_visible()
    await person.button("Show older").click()
    await expect(person.sees("27 changes")).to_be_visible()
    await person.link("Week").click()
    await expect(person.page.locator(".figures dd").first).to_have_text("27")


async def test_the_docs_work_below_a_path(tabs: Tabs, site: Site) -> None:
    origin = site.address.removesuffix(f"{PREFIX}/api/v1")
    async with tabs.acquire(origin) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))

        await page.goto(f"{origin}{PREFIX}/docs")
        await page.get_by_role("button", name="GET /api/v1/health", exact=False).first.click()
        await page.get_by_role("button", name="Try it out").click()
        async with page.expect_response(lambda response: response.url.endswith("/health")) as tried:
            await page.get_by_role("button", name="Execute").click()

    assert (await tried.value).status == 200
    assert f"{origin}{PREFIX}/openapi.json" in asked
    assert [url for url in asked if not url.startswith((f"{origin}{PREFIX}/", "data:"))] == []


async def test_the_api_is_the_same_below_a_path(api: Api) -> None:
    options = await api.raw("OPTIONS", "/tasks")
    wrong = await api.send("DELETE", "/tasks")
    page = await api.raw("GET", str(api.client.base_url).removesuffix("api/v1/"))

    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert wrong.allow == {"GET", "HEAD", "OPTIONS", "POST"}
    assert page.status_code == 200
    assert page.headers.get_list("cache-control") == ["no-cache"]
