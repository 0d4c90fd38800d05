"""Each view by keyboard alone: after all that one does, something has the focus, and it is what comes next."""

from playwright.async_api import Locator, Route, expect

from tests.api_client import Api
from tests.web.by_keyboard import SETTLED, does, enters, goes_on_to, nothing_is_lost
from tests.web.person import REFUSED, Person
from tests.web.test_history_view import sees_entries


def sentence(busy: Person, text: str) -> Locator:
    """Find an entry of the history by what it says."""
    return busy.page.locator(".entry .sentence").filter(has_text=text)


async def test_the_tasks(busy: Person) -> None:
    busy.expects_refusals()
    await does(busy, "/")
    await busy.page.keyboard.type("nothing like it")
    await enters(busy, busy.button("Show all tasks"))
    await expect(busy.field("Find tasks")).to_be_focused()
    await expect(busy.field("Find tasks")).to_have_value("")

    await enters(busy, busy.link("Done"))
    await expect(busy.sees("Nothing is done yet")).to_be_visible()
    await does(busy, "n")
    await busy.page.keyboard.type(" ")
    await does(busy, "Enter")
    await expect(busy.field("Title")).to_be_focused()
    await busy.field("Title").fill("four")
    await does(busy, "Enter")
    await enters(busy, busy.link("All"))
    await busy.sees_tasks("four", "three", "two", "one")

    await does(busy, "j", "e")
    await busy.page.keyboard.type("4")
    await does(busy, "Escape")
    await busy.is_told("Edit cancelled")
    await does(busy, "Control+z")
    await expect(busy.page.locator("#edit-title")).to_be_focused()
    await does(busy, "Enter")
    await busy.is_told("Task saved")
    await does(busy, "x")
    await busy.is_told("Task completed")
    await does(busy, "d")
    await busy.is_told("Task deleted")
    await does(busy, "?", "Escape")
    await nothing_is_lost(busy)


async def test_the_history(busy: Person, api: Api) -> None:
    for number in range(25):
        await api.create(f"Task {number}")
    await api.delete((await api.tasks())[0]["id"])
    await does(busy, "2")
    await expect(busy.sees("The newest 20 of 29 changes")).to_be_visible()

    await enters(busy, busy.button("Show older ones"))
    await expect(sentence(busy, 'Created "Task 5"')).to_be_focused()
    await expect(busy.button("Show older ones")).to_have_count(0)

    await does(busy, "Enter")
    await enters(busy, busy.link("Only this task"))
    await expect(busy.page.locator(".chip")).to_be_focused()
    await sees_entries(busy, 'Created "Task 5"')
    await nothing_is_lost(busy)
    await enters(busy, busy.link("Show all tasks"))
    await expect(busy.field("Action")).to_be_focused()

    await enters(busy, busy.button("Restore Task 24"))
    await expect(sentence(busy, 'Restored "Task 24"')).to_be_visible()
    await expect(sentence(busy, 'Deleted "Task 24"')).to_be_focused()
    await nothing_is_lost(busy)


async def test_a_version(busy: Person, api: Api) -> None:
    await api.update((await api.tasks())[0]["id"], title="third")
    await does(busy, "2")
    await goes_on_to(busy, sentence(busy, 'Created "three"'))
    await does(busy, "Enter")
    await enters(busy, busy.link("Look at version 1"))
    await expect(busy.page.get_by_role("dialog")).to_contain_text("three")

    await does(busy, "Escape")
    await expect(busy.page.get_by_role("dialog")).to_have_count(0)
    await expect(busy.page.locator(".chip")).to_be_focused()

    await goes_on_to(busy, sentence(busy, 'Created "three"'))
    await does(busy, "Enter")
    await enters(busy, busy.link("Look at version 1"))
    await enters(busy, busy.button("Go back to this version"))
    await busy.is_told("Task restored")
    await expect(busy.page.get_by_role("dialog")).to_have_count(0)
    await expect(busy.link("Look at version 1")).to_be_focused()


async def test_a_version_that_the_address_names(busy: Person, api: Api) -> None:
    task = (await api.tasks())[0]["id"]
    await busy.goes_to(f"#/history?task_id={task}&version=1")
    await busy.page.reload()
    await expect(busy.page.get_by_role("dialog")).to_contain_text("three")

    await does(busy, "Escape")

    await expect(busy.page.get_by_role("dialog")).to_have_count(0)
    await nothing_is_lost(busy)


async def test_the_week_and_a_moment(busy: Person, api: Api) -> None:
    moment = (await api.entries())[0]["timestamp"]
    await api.delete((await api.tasks())[0]["id"])
    await does(busy, "3")
    await expect(busy.page.locator(".figures")).to_be_visible()
    await nothing_is_lost(busy)

    await does(busy, "1")
    await enters(busy, busy.link("As of …"))
    await expect(busy.page.locator("h1")).to_be_focused()
    await goes_on_to(busy, busy.button("Show"))
    await does(busy, "Enter")
    await busy.page.evaluate("(moment) => void (location.hash = `#/tasks?as_of=${moment}`)", moment)
    await enters(busy, busy.button("Restore three"))
    await expect(busy.sees("as now")).to_have_count(2)
    await nothing_is_lost(busy)
    await expect(busy.button("Go back to this: three")).to_be_focused()
    await enters(busy, busy.link("Back to now"))
    await expect(busy.page.locator("h1")).to_be_focused()


async def asked_for_a_token(busy: Person) -> None:
    """Have a server that takes one token only."""

    async def check(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer right":
            await route.continue_()
        else:
            await route.fulfill(status=401, json={**REFUSED, "error": "The token is wrong"})

    busy.expects_refusals()
    await busy.page.route("**/api/v1/**", check)
    await busy.page.reload()


async def test_a_token(busy: Person) -> None:
    await asked_for_a_token(busy)
    await expect(busy.field("Token")).to_be_focused()

    await busy.page.keyboard.type("wrong")
    await does(busy, "Enter")
    await expect(busy.sees("The token is wrong")).to_be_visible()
    await expect(busy.field("Token")).to_be_focused()
    await busy.page.keyboard.type("right")
    await does(busy, "Enter")

    await busy.sees_tasks("three", "two", "one")
    await expect(busy.page.locator("h1")).to_be_focused()


async def test_who_is_asked_for_a_token_while_typing_types_nowhere_else(busy: Person) -> None:
    await does(busy, "n")
    await busy.page.keyboard.type("four")
    await busy.page.route(
        "**/tasks", lambda route: route.fulfill(status=401, json={**REFUSED, "error": "The token is wrong"})
    )
    busy.expects_refusals()

    await does(busy, "Enter")

    await expect(busy.field("Token")).to_be_focused()


async def test_what_vanishes_behind_a_dialog_is_not_where_the_focus_returns_to(busy: Person, api: Api) -> None:
    await does(busy, "j", "?")
    await api.delete((await api.tasks())[0]["id"])
    await busy.sees_tasks("two", "one")

    await does(busy, "Escape")

    await nothing_is_lost(busy)
    await expect(busy.row("two").locator("*:focus")).to_have_count(1)


async def test_what_is_left_alone_stays_so(busy: Person, api: Api) -> None:
    await does(busy, "j")
    await busy.page.locator("main").click(position={"x": 5, "y": 5})
    await api.delete((await api.tasks())[0]["id"])

    await busy.sees_tasks("two", "one")

    assert await busy.page.evaluate(SETTLED) in {"BODY", "MAIN"}
