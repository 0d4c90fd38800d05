"""The browser and its users, for the tests of the page."""

import os
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
from tests.web.npm import Packages, install, node_for, once
from tests.web.person import Person, visiting
from tests.web.prerequisites import missing
from tests.web.site import Site, serve
from tests.web.tabs import TIMEOUT_MILLISECONDS, Tabs
from tests.web.toolchain import Toolchain

FLAGS = [
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.example 127.0.0.1",  # names that the browser does not take for this machine
]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
Visit = Callable[..., Awaitable[Person]]


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Use SQLite only, unless a test names its databases: the page does not depend on them."""
    named = any(mark.args[0] == "server" for mark in metafunc.definition.iter_markers("parametrize"))
    if "server" in metafunc.fixturenames and not named:
        metafunc.definition.add_marker(pytest.mark.parametrize("server", ["sqlite"], indirect=True))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium once."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("Chromium")
    expect.set_options(timeout=TIMEOUT_MILLISECONDS)
    async with async_playwright() as playwright:
        try:
            started = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        except PlaywrightError:
            missing("Chromium that starts")
        yield started
        await started.close()


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    """Pool the tabs of the browser."""
    return Tabs(browser)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Install the npm packages once, for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packages"
    with once(folder) as is_first:
        if is_first:
            install(folder)
    return Packages(folder, node_for(folder))


@pytest.fixture(scope="session")
def toolchain(packages: Packages) -> Toolchain:
    """Generate the clients once, for all processes of a run."""
    toolchain = Toolchain(packages, packages.folder / "toolchain")
    with once(toolchain.folder) as is_first:
        if is_first:
            toolchain.set_up()
    return toolchain


@pytest.fixture
def settings(database: Database) -> Settings:
    """Log errors only, to keep the output of failed tests short."""
    return settings_for(database).model_copy(update={"log_level": "error"})


@pytest.fixture
def site(app: FastAPI) -> Iterator[Site]:
    """Serve the page."""
    with serve(app) as place:
        yield place


@pytest.fixture
async def api(site: Site) -> AsyncIterator[Api]:
    """Call the same server without the page."""
    async with AsyncClient(base_url=site.address, timeout=START_SECONDS) as client:
        yield Api(client)


@pytest.fixture
async def visit(tabs: Tabs, site: Site) -> AsyncIterator[Visit]:
    """Open the page for users, each with separate storage; fail on console errors and on requests to other origins."""
    async with AsyncExitStack() as people:

        async def open_page(where: str = "", *, opened: bool = True, **options: object) -> Person:
            person = await people.enter_async_context(visiting(tabs, site.address.removesuffix("/api/v1"), **options))
            if opened:
                await person.goes_to(where)
            return person

        yield open_page


@pytest.fixture
async def person(visit: Visit) -> Person:
    """Open the page without any tasks."""
    return await visit()


@pytest.fixture
async def owner(visit: Visit, api: Api) -> Person:
    """Open the page with three tasks."""
    for title in ("one", "two", "three"):
        await api.create(title)
    owner = await visit()
    await owner.sees_tasks("three", "two", "one")
    return owner
