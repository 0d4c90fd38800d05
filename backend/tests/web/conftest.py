"""A browser for the tests of the page, and people who use it."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from playwright.async_api import Browser, async_playwright, expect
from playwright.async_api import Error as PlaywrightError

from config import Settings
from tests.api_client import Api
from tests.conftest import settings_for
from tests.databases import Database
from tests.served import START_SECONDS
from tests.web.npm import Packages, install
from tests.web.person import Person, visiting
from tests.web.site import Site, served_here
from tests.web.tabs import Tabs
from tests.web.what_is_there import missing
from tests.web.workshop import Workshop, fit_out

FLAGS = [
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.example 127.0.0.1",  # names that to the browser are not this machine's
]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MILLISECONDS = 20_000
"""A machine may be busy with other things."""
Visit = Callable[..., Awaitable[Person]]


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have SQLite alone where a test does not name its databases: the page knows of none."""
    named = any(mark.args[0] == "server" for mark in metafunc.definition.iter_markers("parametrize"))
    if "server" in metafunc.fixturenames and not named:
        metafunc.definition.add_marker(pytest.mark.parametrize("server", ["sqlite"], indirect=True))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start Debian's Chromium, or whichever is there, once."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("Chromium")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    async with async_playwright() as playwright:
        try:
            started = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        except PlaywrightError:
            missing("Chromium that starts")
        yield started
        await started.close()


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    """Keep what it has opened."""
    return Tabs(browser)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Install what npm brings, once."""
    return install(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="session")
def workshop(packages: Packages) -> Workshop:
    """Make clients from the document."""
    return fit_out(packages)


@pytest.fixture
def settings(database: Database) -> Settings:
    """Say less: what a test shows of a failure is to be read."""
    return settings_for(database).model_copy(update={"log_level": "error"})


@pytest.fixture
def site(app: FastAPI) -> Iterator[Site]:
    """Serve the page."""
    with served_here(app) as place:
        yield place


@pytest.fixture
async def api(site: Site) -> AsyncIterator[Api]:
    """Speak to the same server without the page."""
    async with AsyncClient(base_url=site.address, timeout=START_SECONDS) as client:
        yield Api(client)


@pytest.fixture
async def visit(tabs: Tabs, site: Site) -> AsyncIterator[Visit]:
    """Let people come, each with a browser as if of their own; none of them may meet an error or leave the origin."""
    async with AsyncExitStack() as people:

        async def come(where: str = "", *, opened: bool = True, **options: object) -> Person:
            person = await people.enter_async_context(visiting(tabs, site.address.removesuffix("/api/v1"), **options))
            if opened:
                await person.goes_to(where)
            return person

        yield come


@pytest.fixture
async def person(visit: Visit) -> Person:
    """Let one person open the page, before there is a task."""
    return await visit()


@pytest.fixture
async def busy(visit: Visit, api: Api) -> Person:
    """Let one person come who has three tasks."""
    for title in ("one", "two", "three"):
        await api.create(title)
    busy = await visit()
    await busy.sees_tasks("three", "two", "one")
    return busy
