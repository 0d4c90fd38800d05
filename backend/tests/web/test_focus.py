"""Each view by keyboard alone: after all that one does, something has the focus, and it is what comes next."""

from asyncio import Event
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Locator, Route, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import Person
from tests.web.test_history_view import sees_entries

SETTLED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(
    document.activeElement.tagName
)))))"""
REFUSED = {"success": False, "data": None, "popup": None, "error": "The server is busy"}


async def nothing_is_lost(person: Person) -> None:
    """Look where the focus is, once the page is drawn."""
    assert await person.page.evaluate(SETTLED) != "BODY"


async def does(person: Person, *keys: str) -> None:
    """Press keys, after none of which the focus may be lost."""
    for key in keys:
        await person.presses(key)
        await nothing_is_lost(person)


async def goes_on_to(person: Person, what: Locator) -> None:
    """Press Tab until it is reached."""
    await expect(what).to_be_visible()
    for _ in range(60):
        await person.presses("Tab")
        if await what.evaluate("(one) => one === document.activeElement"):
            return
    pytest.fail(f"{what} is not reached")


async def enters(person: Person, what: Locator) -> None:
    """Reach it, and press Enter."""
    await goes_on_to(person, what)
    await does(person, "Enter")


def sentence(person: Person, text: str) -> Locator:
    """Find an entry of the history by what it says."""
    return person.page.locator(".entry .sentence").filter(has_text=text)


@pytest.fixture
async def person(visit: Visit, api: Api) -> Person:
    """Let one person come, to whom something has happened."""
    for title in ("one", "two", "three"):
        await api.create(title)
    person = await visit()
    await person.sees_tasks("three", "two", "one")
    return person


async def test_the_tasks(person: Person) -> None:
    person.expects_refusals()
    await does(person, "/")
    await person.page.keyboard.type("nothing like it")
    await enters(person, person.button("Show all tasks"))
    await expect(person.field("Find tasks")).to_be_focused()
    await expect(person.field("Find tasks")).to_have_value("")

    await enters(person, person.link("Done"))
    await expect(person.sees("Nothing is done yet")).to_be_visible()
    await does(person, "n")
    await person.page.keyboard.type(" ")
    await does(person, "Enter")
    await expect(person.field("Title")).to_be_focused()
    await person.field("Title").fill("four")
    await does(person, "Enter")
    await enters(person, person.link("All"))
    await person.sees_tasks("four", "three", "two", "one")

    await does(person, "j", "e")
    await person.page.keyboard.type("4")
    await does(person, "Escape")
    await person.is_told("Edit cancelled")
    await does(person, "Control+z")
    await expect(person.page.locator("#edit-title")).to_be_focused()
    await does(person, "Enter")
    await person.is_told("Task saved")
    await does(person, "x")
    await person.is_told("Task completed")
    await does(person, "d")
    await person.is_told("Task deleted")
    await does(person, "?", "Escape")
    await nothing_is_lost(person)


async def test_the_history(person: Person, api: Api) -> None:
    for number in range(25):
        await api.create(f"Task {number}")
    await api.delete((await api.tasks())[0]["id"])
    await does(person, "2")
    await expect(person.sees("The newest 20 of 29 changes")).to_be_visible()

    await enters(person, person.button("Show older ones"))
    await expect(sentence(person, 'Created "Task 5"')).to_be_focused()
    await expect(person.button("Show older ones")).to_have_count(0)

    await does(person, "Enter")
    await enters(person, person.link("Only this task"))
    await expect(person.page.locator(".chip")).to_be_focused()
    await sees_entries(person, 'Created "Task 5"')
    await nothing_is_lost(person)
    await enters(person, person.link("Show all tasks"))
    await expect(person.field("Action")).to_be_focused()

    await enters(person, person.button("Restore Task 24"))
    await expect(sentence(person, 'Restored "Task 24"')).to_be_visible()
    await expect(sentence(person, 'Deleted "Task 24"')).to_be_focused()
    await nothing_is_lost(person)


async def test_a_version(person: Person, api: Api) -> None:
    await api.update((await api.tasks())[0]["id"], title="third")
    await does(person, "2")
    await goes_on_to(person, sentence(person, 'Created "three"'))
    await does(person, "Enter")
    await enters(person, person.link("Look at version 1"))
    await expect(person.page.get_by_role("dialog")).to_contain_text("three")

    await does(person, "Escape")
    await expect(person.page.get_by_role("dialog")).to_have_count(0)
    await expect(person.page.locator(".chip")).to_be_focused()

    await goes_on_to(person, sentence(person, 'Created "three"'))
    await does(person, "Enter")
    await enters(person, person.link("Look at version 1"))
    await enters(person, person.button("Go back to this version"))
    await person.is_told("Task restored")
    await expect(person.page.get_by_role("dialog")).to_have_count(0)
    await expect(person.link("Look at version 1")).to_be_focused()


async def test_a_version_that_the_address_names(person: Person, api: Api) -> None:
    task = (await api.tasks())[0]["id"]
    await person.goes_to(f"#/history?task_id={task}&version=1")
    await person.page.reload()
    await expect(person.page.get_by_role("dialog")).to_contain_text("three")

    await does(person, "Escape")

    await expect(person.page.get_by_role("dialog")).to_have_count(0)
    await nothing_is_lost(person)


async def test_the_week_and_a_moment(person: Person, api: Api) -> None:
    moment = (await api.entries())[0]["timestamp"]
    await api.delete((await api.tasks())[0]["id"])
    await does(person, "3")
    await expect(person.page.locator(".figures")).to_be_visible()
    await nothing_is_lost(person)

    await does(person, "1")
    await enters(person, person.link("As of …"))
    await expect(person.page.locator("h1")).to_be_focused()
    await goes_on_to(person, person.button("Show"))
    await does(person, "Enter")
    await person.page.evaluate("(moment) => void (location.hash = `#/tasks?as_of=${moment}`)", moment)
    await enters(person, person.button("Restore three"))
    await expect(person.sees("as now")).to_have_count(2)
    await nothing_is_lost(person)
    await expect(person.button("Go back to this: three")).to_be_focused()
    await enters(person, person.link("Back to now"))
    await expect(person.page.locator("h1")).to_be_focused()


async def asked_for_a_token(person: Person) -> None:
    """Have a server that takes one token only."""

    async def check(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer right":
            await route.continue_()
        else:
            await route.fulfill(status=401, json={**REFUSED, "error": "The token is wrong"})

    person.expects_refusals()
    await person.page.route("**/api/v1/**", check)
    await person.page.reload()


async def test_a_token(person: Person) -> None:
    await asked_for_a_token(person)
    await expect(person.field("Token")).to_be_focused()

    await person.page.keyboard.type("wrong")
    await does(person, "Enter")
    await expect(person.sees("The token is wrong")).to_be_visible()
    await expect(person.field("Token")).to_be_focused()
    await person.page.keyboard.type("right")
    await does(person, "Enter")

    await person.sees_tasks("three", "two", "one")
    await expect(person.page.locator("h1")).to_be_focused()


async def test_who_is_asked_for_a_token_while_typing_types_nowhere_else(person: Person) -> None:
    await does(person, "n")
    await person.page.keyboard.type("four")
    await person.page.route(
        "**/tasks", lambda route: route.fulfill(status=401, json={**REFUSED, "error": "The token is wrong"})
    )
    person.expects_refusals()

    await does(person, "Enter")

    await expect(person.field("Token")).to_be_focused()


async def test_what_vanishes_behind_a_dialog_is_not_where_the_focus_returns_to(person: Person, api: Api) -> None:
    await does(person, "j", "?")
    await api.delete((await api.tasks())[0]["id"])
    await person.sees_tasks("two", "one")

    await does(person, "Escape")

    await nothing_is_lost(person)
    await expect(person.row("two").locator("*:focus")).to_have_count(1)


async def test_what_is_left_alone_stays_so(person: Person, api: Api) -> None:
    await does(person, "j")
    await person.page.locator("main").click(position={"x": 5, "y": 5})
    await api.delete((await api.tasks())[0]["id"])

    await person.sees_tasks("two", "one")

    assert await person.page.evaluate(SETTLED) in {"BODY", "MAIN"}


class TestToasts:
    """They can be read, used and heard, whatever one is at."""

    async def test_undo_is_one_key_away_also_without_single_keys(self, person: Person) -> None:
        await person.presses("?")
        await expect(person.page.get_by_role("dialog")).to_contain_text("Ctrl Z")
        await person.field("Single keys do something").uncheck()
        await person.presses("Escape")
        await person.deletes("two")
        await person.is_told("Task deleted")
        await does(person, "u")
        await person.sees_tasks("three", "one")

        await does(person, "Control+z")

        await person.sees_tasks("three", "two", "one")

    async def test_in_a_field_the_same_key_takes_back_what_was_typed(self, person: Person) -> None:
        await person.deletes("two")
        await person.is_told("Task deleted")
        await does(person, "n")
        await person.page.keyboard.type("four")

        await does(person, "Control+z")

        await expect(person.field("Title")).to_have_value("")
        await person.sees_tasks("three", "one")

    async def test_one_goes_after_its_time(self, person: Person) -> None:
        await person.page.clock.install()
        await person.deletes("two")
        await person.is_told("Task deleted")
        await expect(person.toast).to_have_css("opacity", "1")

        await person.page.clock.run_for(60_000)

        await expect(person.toast).to_have_count(0)

    async def test_one_that_has_the_focus_stays_also_when_the_pointer_leaves_it(self, person: Person) -> None:
        await person.page.emulate_media(reduced_motion="reduce")
        await person.page.clock.install()
        await person.deletes("two")
        await person.is_told("Task deleted")
        await person.toast.hover()
        await person.toast.get_by_role("button", name="Undo").focus()
        await person.page.mouse.move(5, 5)

        await person.page.clock.run_for(60_000)

        await person.presses("Enter")
        await person.sees_tasks("three", "two", "one")
        await nothing_is_lost(person)

    async def test_one_at_which_one_points_stays_also_when_the_focus_leaves_it(self, person: Person) -> None:
        await person.page.emulate_media(reduced_motion="reduce")
        await person.page.clock.install()
        await person.deletes("two")
        await person.is_told("Task deleted")
        await person.toast.hover()
        await person.toast.get_by_role("button", name="Undo").focus()
        await person.presses("Shift+Tab")

        await person.page.clock.run_for(60_000)

        await expect(person.toast).to_be_visible()


class TestDialogs:
    """What is behind one is out of reach, so what is said meanwhile is said in it."""

    @pytest.fixture
    async def opened(self, person: Person, api: Api) -> Person:
        """Look at a version."""
        task = (await api.tasks())[0]["id"]
        await api.update(task, title="third")
        await person.goes_to(f"#/history?task_id={task}&version=1")
        await expect(person.button("Go back to this version")).to_be_visible()
        return person

    async def refuses(self, person: Person) -> None:
        """Have a server that restores nothing."""
        person.expects_refusals()
        await person.page.route("**/restore", lambda route: route.fulfill(status=403, json=REFUSED))

    async def test_an_error_is_seen_and_said_in_it(self, opened: Person) -> None:
        await self.refuses(opened)
        await enters(opened, opened.button("Go back to this version"))

        await opened.is_told("The server is busy")
        dialog = opened.page.get_by_role("dialog")
        await expect(dialog.get_by_role("alert").filter(has_text="The server is busy")).to_be_visible()
        await opened.toast.get_by_role("button", name="Close this dialog").click()
        await expect(opened.toast).to_have_count(0)

    async def test_an_error_is_seen_without_the_library_as_well(self, opened: Person) -> None:
        await opened.page.route("**/vendor/sweetalert2.mjs", lambda route: route.abort())
        await self.refuses(opened)
        await opened.page.reload()
        await enters(opened, opened.button("Go back to this version"))

        await expect(opened.page.get_by_role("dialog").get_by_role("alert")).to_have_text("The server is busy")
        await does(opened, "Escape")
        await expect(opened.page.get_by_role("dialog")).to_have_count(0)
        await expect(opened.page.locator(".plain-toast")).to_have_text("The server is busy")

    @pytest.mark.parametrize("leave", ["Escape", "Alt+ArrowLeft"])
    async def test_what_was_said_in_it_outlives_it(self, opened: Person, leave: str) -> None:
        await self.refuses(opened)
        await enters(opened, opened.button("Go back to this version"))
        await opened.is_told("The server is busy")

        await leaving(opened)[leave]()

        await expect(opened.page.get_by_role("dialog")).to_have_count(0)
        await expect(opened.toast).to_be_visible()
        await nothing_is_lost(opened)

    async def test_what_is_waited_for_is_said_in_it(self, opened: Person) -> None:
        answered = Event()

        async def wait(route: Route) -> None:
            await answered.wait()
            await route.continue_()

        await opened.page.route("**/restore", wait)
        await enters(opened, opened.button("Go back to this version"))
        said = opened.page.get_by_role("dialog").get_by_role("status")
        await expect(said).to_have_text("Waiting for the server …")
        answered.set()

        await opened.is_told("Task restored")

    async def test_what_could_not_be_read_is_said_in_it_and_read_when_the_server_is_back(self, opened: Person) -> None:
        opened.expects_refusals()
        for part in ("**/events", "**/tasks/*?version=1"):
            await opened.page.route(part, lambda route: route.abort())
        await opened.page.reload()
        dialog = opened.page.get_by_role("dialog")
        await expect(dialog.locator(".fault")).to_contain_text("The server can’t be reached.")
        await expect(opened.page.locator(".connection p")).to_have_count(1)

        await opened.page.unroute_all()
        await opened.page.evaluate("void dispatchEvent(new Event('online'))")

        await expect(dialog.locator(".version-name")).to_have_text("three")
        await expect(dialog.locator(".fault")).to_have_count(0)

    async def test_what_was_said_before_can_be_used_in_it(self, person: Person) -> None:
        await person.deletes("two")
        await person.is_told("Task deleted")
        await does(person, "?")

        await enters(person, person.page.get_by_role("dialog").get_by_role("button", name="Undo"))

        await does(person, "Escape")
        await person.sees_tasks("three", "two", "one")

    async def test_keys_do_nothing_behind_it(self, person: Person) -> None:
        await person.deletes("two")
        await person.is_told("Task deleted")
        await does(person, "?")
        await person.page.evaluate("document.activeElement.blur()")

        await person.presses("u", "Control+z", "3", "j", "x")

        await expect(person.page.locator("h1")).to_have_text("Tasks")
        await person.presses("Escape")
        await person.sees_tasks("three", "one")


def leaving(person: Person) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Ways out of a dialog."""
    return {"Escape": lambda: person.presses("Escape"), "Alt+ArrowLeft": person.page.go_back}
