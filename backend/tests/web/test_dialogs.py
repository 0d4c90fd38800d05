"""What is behind a dialog is out of reach, so what is said meanwhile is said in it."""

from asyncio import Event
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.api_client import Api
from tests.web.by_keyboard import does, enters, nothing_is_lost
from tests.web.person import REFUSED, Person


@pytest.fixture
async def opened(busy: Person, api: Api) -> Person:
    """Look at a version."""
    task = (await api.tasks())[0]["id"]
    await api.update(task, title="third")
    await busy.goes_to(f"#/history?task_id={task}&version=1")
    await expect(busy.button("Go back to this version")).to_be_visible()
    return busy


async def refuses(busy: Person) -> None:
    """Have a server that restores nothing."""
    busy.expects_refusals()
    await busy.page.route("**/restore", lambda route: route.fulfill(status=403, json=REFUSED))


async def test_an_error_is_seen_and_said_in_it(opened: Person) -> None:
    await refuses(opened)
    await enters(opened, opened.button("Go back to this version"))

    await opened.is_told("The server is busy")
    dialog = opened.page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert").filter(has_text="The server is busy")).to_be_visible()
    await opened.toast.get_by_role("button", name="Close this dialog").click()
    await expect(opened.toast).to_have_count(0)


async def test_an_error_is_seen_without_the_library_as_well(opened: Person) -> None:
    await opened.page.route("**/vendor/sweetalert2.mjs", lambda route: route.abort())
    await refuses(opened)
    await opened.page.reload()
    await enters(opened, opened.button("Go back to this version"))

    await expect(opened.page.get_by_role("dialog").get_by_role("alert")).to_have_text("The server is busy")
    await does(opened, "Escape")
    await expect(opened.page.get_by_role("dialog")).to_have_count(0)
    await expect(opened.page.locator(".plain-toast")).to_have_text("The server is busy")


@pytest.mark.parametrize("leave", ["Escape", "Alt+ArrowLeft"])
async def test_what_was_said_in_it_outlives_it(opened: Person, leave: str) -> None:
    await refuses(opened)
    await enters(opened, opened.button("Go back to this version"))
    await opened.is_told("The server is busy")

    await leaving(opened)[leave]()

    await expect(opened.page.get_by_role("dialog")).to_have_count(0)
    await expect(opened.toast).to_be_visible()
    await nothing_is_lost(opened)


async def test_what_is_waited_for_is_said_in_it(opened: Person) -> None:
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


async def test_what_could_not_be_read_is_said_in_it_and_read_when_the_server_is_back(opened: Person) -> None:
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


async def test_what_was_said_before_can_be_used_in_it(busy: Person) -> None:
    await busy.deletes("two")
    await busy.is_told("Task deleted")
    await does(busy, "?")

    await enters(busy, busy.page.get_by_role("dialog").get_by_role("button", name="Undo"))

    await does(busy, "Escape")
    await busy.sees_tasks("three", "two", "one")


async def test_keys_do_nothing_behind_it(busy: Person) -> None:
    await busy.deletes("two")
    await busy.is_told("Task deleted")
    await does(busy, "?")
    await busy.page.evaluate("document.activeElement.blur()")

    await busy.presses("u", "Control+z", "3", "j", "x")

    await expect(busy.page.locator("h1")).to_have_text("Tasks")
    await busy.presses("Escape")
    await busy.sees_tasks("three", "one")


def leaving(busy: Person) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Ways out of a dialog."""
    return {"Escape": lambda: busy.presses("Escape"), "Alt+ArrowLeft": busy.page.go_back}
