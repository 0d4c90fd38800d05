"""Several tabs, and a server that stops and starts again."""

from asyncio import Event
from collections.abc import Iterator
from itertools import count

import pytest
from playwright.async_api import Route, expect

from config import Settings
from main import create_app
from tests.api_client import Api
from tests.databases import Database, SqliteDatabase
from tests.web.conftest import Visit
from tests.web.keyboard import AFTER_RENDER
from tests.web.person import LOST, Person
from tests.web.site import Site, serving_here
from tests.web.test_history_view import sees_entries


def replace_database(database: Database) -> None:
    """Delete the database, so that the restarted server has another history."""
    assert isinstance(database, SqliteDatabase)
    for file in database.path.parent.glob(f"{database.path.name}*"):
        file.unlink()


@pytest.fixture
async def other(visit: Visit) -> Person:
    """Open the page a second time."""
    return await visit()


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_changes_appear_in_other_tabs(person: Person, other: Person) -> None:
    await person.adds("Buy milk")
    await other.sees_tasks("Buy milk")

    await other.edits("Buy milk")
    await other.types(title="Buy oat milk")
    await other.saves()
    await person.sees_tasks("Buy oat milk")

    await person.toggles("Buy oat milk")
    await expect(other.row("Buy oat milk").get_by_role("checkbox")).to_be_checked()

    await other.deletes("Buy oat milk")
    await other.sees_toast("Task deleted")
    await expect(person.sees("No tasks yet")).to_be_visible()

    await other.presses("u")
    await person.sees_tasks("Buy oat milk")
    await expect(person.row("Buy oat milk").get_by_role("checkbox")).to_be_checked()


async def test_many_changes_by_others_are_all_applied(person: Person, api: Api) -> None:
    tasks = [await api.create(f"Task {number}") for number in range(9)]
    for task in tasks[::3]:
        await api.delete(task)
    for task in tasks[1::3]:
        await api.complete(task)
    await api.restore(tasks[0])

    await person.sees_tasks(*await api.titles())


async def test_changes_by_others_show_no_toast(person: Person, other: Person) -> None:
    await other.adds("Buy milk")
    await other.sees_toast("Task added")

    await person.sees_tasks("Buy milk")
    await expect(person.toast).to_have_count(0)


class TestWithARestartedServer:
    """The server is killed and started again."""

    @pytest.fixture
    def site(self, settings: Settings) -> Iterator[Site]:
        """Serve an application that can be started again."""
        with serving_here(lambda: create_app(settings)) as place:
            yield place

    async def test_a_lost_connection_is_shown_and_restored(self, person: Person, api: Api, site: Site) -> None:
        person.expects_errors()
        await person.adds("Buy milk")
        await expect(person.sees(LOST)).to_have_count(0)

        site.kill()
        await expect(person.sees(LOST)).to_be_visible()
        await person.sees_tasks("Buy milk")
        asked: list[str] = []
        person.page.on("request", lambda request: asked.append(request.url))
        site.start()
        await api.create("Buy bread")

        await person.sees_tasks("Buy bread", "Buy milk")
        await expect(person.sees(LOST)).to_have_count(0)
        assert not [url for url in asked if url.endswith("/tasks")]

    async def test_a_server_killed_during_an_edit_loses_nothing(self, person: Person, api: Api, site: Site) -> None:
        person.expects_errors()
        await person.adds("Buy milk")
        await person.edits("Buy milk")
        await person.types(title="Buy oat milk", description="one litre")
        site.kill()
        await person.saves()
        await expect(person.sees("Waiting for the server … Your text is kept.")).to_be_visible()
        await expect(person.page.locator("#edit-title")).to_have_value("Buy oat milk")
        site.start()

        await person.sees_toast("Task saved")
        await person.sees_tasks("Buy oat milk")
        assert await api.history() == ["UPDATED", "CREATED"]

    async def test_a_replaced_history_is_loaded_again(
        self, visit: Visit, api: Api, site: Site, database: Database
    ) -> None:
        person, reader = await visit(), await visit("#/history")
        for one in (person, reader):
            one.expects_errors()
        await expect(reader.page.locator(".integrity")).to_contain_text("History is intact")
        await person.adds("Buy milk")
        await sees_entries(reader, 'Created "Buy milk"')
        await expect(reader.page.locator(".integrity")).to_contain_text("1 newer entry")
        for one in (person, reader):
            await one.page.context.set_offline(True)
        site.kill()
        replace_database(database)
        site.start()
        for title in ("Buy bread", "Buy butter"):
            await api.create(title)

        for one in (person, reader):
            await one.page.context.set_offline(False)

        await person.sees_tasks("Buy butter", "Buy bread")
        await sees_entries(reader, 'Created "Buy butter"', 'Created "Buy bread"')
        await expect(reader.page.locator(".integrity")).to_contain_text("History is intact · 2 entries")
        await person.adds("Buy milk")
        await sees_entries(reader, 'Created "Buy milk"', 'Created "Buy butter"', 'Created "Buy bread"')

    async def test_a_check_of_another_history_is_ignored(
        self, person: Person, api: Api, site: Site, database: Database
    ) -> None:
        person.expects_errors()
        numbers, read, answer = count(1), Event(), Event()

        async def hold_the_first(route: Route) -> None:
            is_first = next(numbers) == 1
            found = await route.fetch()
            if is_first:
                read.set()
                await answer.wait()
            await route.fulfill(response=found)

        await api.create("Only once")
        await person.page.route("**/history/verify", hold_the_first)
        await person.link("History").click()
        await read.wait()
        site.kill()
        replace_database(database)
        site.start()
        await expect(person.sees("No changes yet")).to_be_visible()
        await expect(person.page.locator(".integrity")).to_contain_text("History is intact · 0 entries")
        answer.set()
        await person.page.evaluate(AFTER_RENDER)

        await expect(person.page.locator(".integrity")).to_contain_text("History is intact · 0 entries")

    @pytest.mark.parametrize("kept", [0, 1])
    async def test_a_shorter_history_is_loaded_again(
        self, person: Person, api: Api, site: Site, database: Database, kept: int
    ) -> None:
        person.expects_errors()
        for title in ("Buy milk", "Buy bread"):
            await person.adds(title)
        await person.page.context.set_offline(True)
        site.kill()
        replace_database(database)
        site.start()
        for _ in range(kept):
            await api.create("Buy butter")

        await person.page.context.set_offline(False)

        await person.sees_tasks(*["Buy butter"] * kept)

    async def test_a_new_task_waits_for_the_server_and_is_added_once(
        self, person: Person, api: Api, site: Site
    ) -> None:
        person.expects_errors()
        site.kill()
        await person.field("Title").fill("Buy milk")
        await person.presses("Enter")
        await expect(person.sees(LOST)).to_be_visible()
        site.start()

        await person.sees_tasks("Buy milk")
        assert await api.history() == ["CREATED"]


async def test_a_write_without_a_response_is_retried_with_the_same_key(visit: Visit) -> None:
    person = await visit()
    person.expects_errors()
    keys: list[str] = []

    async def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await person.page.route(
        lambda url: url.endswith("/tasks"),
        lambda route: lose_the_first_answer(route) if route.request.method == "POST" else route.continue_(),
    )
    await person.field("Title").fill("Buy milk")
    await person.presses("Enter")

    await person.sees_toast("Task added")
    await person.sees_tasks("Buy milk")
    assert len(keys) == 2
    assert len(set(keys)) == 1
