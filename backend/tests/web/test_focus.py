"""Each view by keyboard alone: after every action the next useful element has the focus."""

from playwright.async_api import Locator, Route, expect

from tests.api_client import Api
from tests.web.keyboard import AFTER_RENDER, activate, keeps_focus, press, tab_to
from tests.web.person import ERROR_RESPONSE, Person
from tests.web.test_history_view import sees_entries


def sentence(owner: Person, text: str) -> Locator:
    """Return the button of an entry with this description."""
    return owner.page.locator(".entry .sentence").filter(has_text=text)


async def test_the_tasks(owner: Person) -> None:
    owner.expects_errors()
    await press(owner, "/")
    await owner.page.keyboard.type("nothing like it")
    await activate(owner, owner.button("Show all tasks"))
    await expect(owner.field("Find tasks")).to_be_focused()
    await expect(owner.field("Find tasks")).to_have_value("")

    await activate(owner, owner.link("Done"))
    await expect(owner.sees("Nothing done yet")).to_be_visible()
    await press(owner, "n")
    await owner.page.keyboard.type(" ")
    await press(owner, "Enter")
    await expect(owner.field("Title")).to_be_focused()
    await owner.field("Title").fill("four")
    await press(owner, "Enter")
    await activate(owner, owner.link("All"))
    await owner.sees_tasks("four", "three", "two", "one")

    await press(owner, "j", "e")
    await owner.page.keyboard.type("4")
    await press(owner, "Escape")
    await owner.sees_toast("Edit cancelled")
    await press(owner, "Control+z")
    await expect(owner.page.locator("#edit-title")).to_be_focused()
    await press(owner, "Enter")
    await owner.sees_toast("Task saved")
    await press(owner, "x")
    await owner.sees_toast("Task completed")
    await press(owner, "d")
    await owner.sees_toast("Task deleted")
    await press(owner, "?", "Escape")
    await keeps_focus(owner)


async def test_the_history(owner: Person, api: Api) -> None:
    for number in range(25):
        await api.create(f"Task {number}")
    await api.delete((await api.tasks())[0]["id"])
    await press(owner, "2")
    await expect(owner.sees("Newest 20 of 29 changes")).to_be_visible()

    await activate(owner, owner.button("Show older"))
    await expect(sentence(owner, 'Created "Task 5"')).to_be_focused()
    await expect(owner.button("Show older")).to_have_count(0)

    await press(owner, "Enter")
    await activate(owner, owner.link("Only this task"))
    await expect(owner.page.locator(".chip")).to_be_focused()
    await sees_entries(owner, 'Created "Task 5"')
    await keeps_focus(owner)
    await activate(owner, owner.link("Show all tasks"))
    await expect(owner.field("Action")).to_be_focused()

    await activate(owner, owner.button("Restore Task 24"))
    await expect(sentence(owner, 'Restored "Task 24"')).to_be_visible()
    await expect(sentence(owner, 'Deleted "Task 24"')).to_be_focused()
    await keeps_focus(owner)


async def test_a_version(owner: Person, api: Api) -> None:
    await api.update((await api.tasks())[0]["id"], title="third")
    await press(owner, "2")
    await tab_to(owner, sentence(owner, 'Created "three"'))
    await press(owner, "Enter")
    await activate(owner, owner.link("View version 1"))
    await expect(owner.page.get_by_role("dialog")).to_contain_text("three")

    await press(owner, "Escape")
    await expect(owner.page.get_by_role("dialog")).to_have_count(0)
    await expect(owner.page.locator(".chip")).to_be_focused()

    await tab_to(owner, sentence(owner, 'Created "three"'))
    await press(owner, "Enter")
    await activate(owner, owner.link("View version 1"))
    await activate(owner, owner.button("Restore this version"))
    await owner.sees_toast("Task restored")
    await expect(owner.page.get_by_role("dialog")).to_have_count(0)
    await expect(owner.link("View version 1")).to_be_focused()


async def test_a_version_that_the_address_names(owner: Person, api: Api) -> None:
    task = (await api.tasks())[0]["id"]
    await owner.goes_to(f"#/history?task_id={task}&version=1")
    await owner.page.reload()
    await expect(owner.page.get_by_role("dialog")).to_contain_text("three")

    await press(owner, "Escape")

    await expect(owner.page.get_by_role("dialog")).to_have_count(0)
    await keeps_focus(owner)


async def test_the_week_and_a_moment(owner: Person, api: Api) -> None:
    moment = (await api.entries())[0]["timestamp"]
    await api.delete((await api.tasks())[0]["id"])
    await press(owner, "3")
    await expect(owner.page.locator(".figures")).to_be_visible()
    await keeps_focus(owner)

    await press(owner, "1")
    await activate(owner, owner.link("As of …"))
    await expect(owner.page.locator("h1")).to_be_focused()
    await tab_to(owner, owner.button("Show"))
    await press(owner, "Enter")
    await owner.page.evaluate("(moment) => void (location.hash = `#/tasks?as_of=${moment}`)", moment)
    await activate(owner, owner.button("Restore three"))
    await expect(owner.sees("unchanged")).to_have_count(2)
    await keeps_focus(owner)
    await expect(owner.button("Restore this version: three")).to_be_focused()
    await activate(owner, owner.link("Back to now"))
    await expect(owner.page.locator("h1")).to_be_focused()


async def require_token(owner: Person) -> None:
    """Require a token."""

    async def check(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer right":
            await route.continue_()
        else:
            await route.fulfill(status=401, json={**ERROR_RESPONSE, "error": "The token is wrong"})

    owner.expects_errors()
    await owner.page.route("**/api/v1/**", check)
    await owner.page.reload()


async def test_a_token(owner: Person) -> None:
    await require_token(owner)
    await expect(owner.field("Token")).to_be_focused()

    await owner.page.keyboard.type("wrong")
    await press(owner, "Enter")
    await expect(owner.sees("The token is wrong")).to_be_visible()
    await expect(owner.field("Token")).to_be_focused()
    await owner.page.keyboard.type("right")
    await press(owner, "Enter")

    await owner.sees_tasks("three", "two", "one")
    await expect(owner.page.locator("h1")).to_be_focused()


async def test_the_token_form_takes_the_focus_from_a_field_that_it_replaces(owner: Person) -> None:
    await press(owner, "n")
    await owner.page.keyboard.type("four")
    await owner.page.route(
        "**/tasks", lambda route: route.fulfill(status=401, json={**ERROR_RESPONSE, "error": "The token is wrong"})
    )
    owner.expects_errors()

    await press(owner, "Enter")

    await expect(owner.field("Token")).to_be_focused()


async def test_the_focus_returns_from_a_dialog_although_its_task_was_deleted(owner: Person, api: Api) -> None:
    await press(owner, "j", "?")
    await api.delete((await api.tasks())[0]["id"])
    await owner.sees_tasks("two", "one")

    await press(owner, "Escape")

    await keeps_focus(owner)
    await expect(owner.row("two").locator("*:focus")).to_have_count(1)


async def test_the_page_takes_no_focus_that_the_user_gave_up(owner: Person, api: Api) -> None:
    await press(owner, "j")
    await owner.page.locator("main").click(position={"x": 5, "y": 5})
    await api.delete((await api.tasks())[0]["id"])

    await owner.sees_tasks("two", "one")

    assert await owner.page.evaluate(AFTER_RENDER) in {"BODY", "MAIN"}
