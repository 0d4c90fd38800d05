"""Toasts and shortcuts while a modal dialog is open."""

from asyncio import Event
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.api_client import Api
from tests.web.keyboard import activate, keeps_focus, press
from tests.web.person import ERROR_RESPONSE, Person


@pytest.fixture
async def opened(owner: Person, api: Api) -> Person:
    """Open a version."""
    task = (await api.tasks())[0]["id"]
    await api.update(task, title="third")
    await owner.goes_to(f"#/history?task_id={task}&version=1")
    await expect(owner.button("Restore this version")).to_be_visible()
    return owner


async def refuses(owner: Person) -> None:
    """Make restores fail."""
    owner.expects_errors()
    await owner.page.route("**/restore", lambda route: route.fulfill(status=403, json=ERROR_RESPONSE))


async def test_an_error_is_shown_and_announced_in_the_dialog(opened: Person) -> None:
    await refuses(opened)
    await activate(opened, opened.button("Restore this version"))

    await opened.sees_toast("The server is busy")
    dialog = opened.page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert").filter(has_text="The server is busy")).to_be_visible()
    await opened.toast.get_by_role("button", name="Close this dialog").click()
    await expect(opened.toast).to_have_count(0)


async def test_the_fallback_toast_is_shown_in_the_dialog(opened: Person) -> None:
    await opened.page.route("**/vendor/sweetalert2.mjs", lambda route: route.abort())
    await refuses(opened)
    await opened.page.reload()
    await activate(opened, opened.button("Restore this version"))

    await expect(opened.page.get_by_role("dialog").get_by_role("alert")).to_have_text("The server is busy")
    await press(opened, "Escape")
    await expect(opened.page.get_by_role("dialog")).to_have_count(0)
    await expect(opened.page.locator(".plain-toast")).to_have_text("The server is busy")


@pytest.mark.parametrize("leave", ["Escape", "Alt+ArrowLeft"])
async def test_a_toast_outlives_the_dialog(opened: Person, leave: str) -> None:
    await refuses(opened)
    await activate(opened, opened.button("Restore this version"))
    await opened.sees_toast("The server is busy")

    await leaving(opened)[leave]()

    await expect(opened.page.get_by_role("dialog")).to_have_count(0)
    await expect(opened.toast).to_be_visible()
    await keeps_focus(opened)


async def test_the_dialog_shows_that_it_is_waiting(opened: Person) -> None:
    answered = Event()

    async def wait(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await opened.page.route("**/restore", wait)
    await activate(opened, opened.button("Restore this version"))
    said = opened.page.get_by_role("dialog").get_by_role("status")
    await expect(said).to_have_text("Waiting for the server …")
    answered.set()

    await opened.sees_toast("Task restored")


async def test_a_failed_version_shows_an_error_and_loads_after_a_reconnect(opened: Person) -> None:
    opened.expects_errors()
    for part in ("**/events", "**/tasks/*?version=1"):
        await opened.page.route(part, lambda route: route.abort())
    await opened.page.reload()
    dialog = opened.page.get_by_role("dialog")
    await expect(dialog.locator(".error")).to_contain_text("The server can’t be reached.")
    await expect(opened.page.locator(".connection p")).to_have_count(1)

    await opened.page.unroute_all()
    await opened.page.evaluate("void dispatchEvent(new Event('online'))")

    await expect(dialog.locator(".version-name")).to_have_text("three")
    await expect(dialog.locator(".error")).to_have_count(0)


async def test_an_earlier_toast_can_be_used_in_the_dialog(owner: Person) -> None:
    await owner.deletes("two")
    await owner.sees_toast("Task deleted")
    await press(owner, "?")

    await activate(owner, owner.page.get_by_role("dialog").get_by_role("button", name="Undo"))

    await press(owner, "Escape")
    await owner.sees_tasks("three", "two", "one")


async def test_shortcuts_are_inactive_behind_a_dialog(owner: Person) -> None:
    await owner.deletes("two")
    await owner.sees_toast("Task deleted")
    await press(owner, "?")
    await owner.page.evaluate("document.activeElement.blur()")

    await owner.presses("u", "Control+z", "3", "j", "x")

    await expect(owner.page.locator("h1")).to_have_text("Tasks")
    await owner.presses("Escape")
    await owner.sees_tasks("three", "one")


def leaving(owner: Person) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return the ways to close a dialog."""
    return {"Escape": lambda: owner.presses("Escape"), "Alt+ArrowLeft": owner.page.go_back}
