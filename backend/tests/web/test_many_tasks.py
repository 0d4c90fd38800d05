"""Long lists: only visible tasks are rendered, and all can be reached."""

import asyncio
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from main import create_app
from src.services.task_service import TaskService
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.databases import Database
from tests.web.conftest import Visit
from tests.web.person import Person
from tests.web.site import Site, serve

MANY = 10_000
AT_ONCE = 500
MAX_RENDERED = 60


@pytest.fixture(scope="module")
async def full_database(shared_database: Database) -> Database:
    """Fill one database for all tests of the file."""
    app = create_app(settings_for(shared_database))
    async with running(app):
        tasks: TaskService = app.state.tasks
        for first in range(0, MANY, AT_ONCE):
            numbers = range(first, first + AT_ONCE)
            await asyncio.gather(*(tasks.create_task(f"Task {number}") for number in numbers))
    return shared_database


@pytest.fixture
def site(full_database: Database) -> Iterator[Site]:
    """Serve it."""
    settings = settings_for(full_database).model_copy(update={"log_level": "error"})
    with serve(create_app(settings)) as place:
        yield place


@pytest.fixture
async def person(visit: Visit) -> Person:
    """Open the page with all of them."""
    person = await visit()
    await expect(person.page.locator(".group")).to_have_text("To do 10,000")
    return person


async def test_only_visible_rows_are_rendered(person: Person) -> None:
    await expect(person.page.locator(".row").first).to_be_visible()

    assert await person.page.locator(".virtual-list > li").count() <= MAX_RENDERED
    height = await person.page.locator(".virtual-list").evaluate("list => list.offsetHeight")
    assert height == 56 * MANY + 44


async def test_the_last_one_can_be_scrolled_to_and_changed(person: Person, api: Api) -> None:
    last = (await api.titles())[-1]

    await person.presses("End")
    await expect(person.row(last)).to_be_in_viewport()
    await person.edits(last)
    await person.types(description="the last one")
    await person.saves()

    await person.sees_toast("Task saved")
    assert (await api.tasks())[-1]["description"] == "the last one"
    assert await person.page.locator(".virtual-list > li").count() <= MAX_RENDERED


async def test_the_focused_task_survives_scrolling(person: Person, api: Api) -> None:
    first = (await api.titles())[0]
    await person.presses("j")
    edit = person.row(first).locator("[data-part=edit]")
    await expect(edit).to_be_focused()

    await person.page.evaluate("scrollTo(0, 300_000)")
    await expect(person.row(first)).not_to_be_in_viewport()
    await expect(edit).to_be_focused()
    await person.presses("j")

    await expect(person.row((await api.titles())[1])).to_be_in_viewport()


async def test_the_edited_task_survives_scrolling(person: Person, api: Api) -> None:
    await person.edits((await api.titles())[0])
    await person.types(title="Not saved yet")

    await person.page.evaluate("scrollTo(0, 300_000)")
    await person.page.evaluate("scrollTo(0, 0)")

    await expect(person.page.locator("#edit-title")).to_have_value("Not saved yet")


async def test_each_row_has_its_position_and_the_set_size(person: Person) -> None:
    row = person.page.locator(".virtual-list > li").nth(1)

    await expect(row).to_have_attribute("aria-setsize", str(MANY + 1))
    await expect(row).to_have_attribute("aria-posinset", "2")
