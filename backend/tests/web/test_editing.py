"""Drafts are kept until they are stored, however late the response is."""

from asyncio import Event
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, Route, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import Person

Hold = Callable[[str], Awaitable[Event]]


@pytest.fixture
async def person(visit: Visit, api: Api) -> Person:
    """Open the page with two tasks."""
    for title in ("Buy bread", "Buy milk"):
        await api.create(title)
    person = await visit()
    await person.sees_tasks("Buy milk", "Buy bread")
    return person


@pytest.fixture
def hold(person: Person) -> Hold:
    """Hold requests of a method until an event is set."""

    async def begin(method: str) -> Event:
        gate = Event()

        async def wait(route: Route) -> None:
            if route.request.method == method:
                await gate.wait()
            await route.fallback()

        await person.page.route("**/api/v1/tasks**", wait)
        return gate

    return begin


def editor(person: Person) -> Locator:
    return person.page.locator("#edit-title")


async def test_a_late_conflict_leaves_another_edit_alone(person: Person, api: Api, hold: Hold) -> None:
    person.expects_errors()
    answer = await hold("PUT")
    await person.edits("Buy milk")
    await person.types(title="Buy oat milk")
    await person.saves()
    await person.button("Cancel").click()
    await person.edits("Buy bread")
    await person.types(title="Buy half")
    await api.update((await api.tasks())[0]["id"], title="Buy soy milk")

    answer.set()

    await expect(person.toast.locator(".swal2-title")).to_contain_text("The task is at version 2 now")
    await expect(editor(person)).to_have_value("Buy half")
    assert await api.titles() == ["Buy soy milk", "Buy bread"]


async def test_a_late_response_closes_no_other_edit(person: Person, api: Api, hold: Hold) -> None:
    answer = await hold("PUT")
    await person.edits("Buy milk")
    await person.types(title="Buy oat milk")
    await person.saves()
    await person.button("Cancel").click()
    await person.sees_toast("Still saving")
    await person.edits("Buy bread")
    await person.types(title="Buy half")

    answer.set()

    await person.sees_toast("Task saved")
    await expect(editor(person)).to_have_value("Buy half")
    assert await api.titles() == ["Buy oat milk", "Buy bread"]


async def test_text_typed_during_a_save_stays(person: Person, api: Api, hold: Hold) -> None:
    answer = await hold("PUT")
    await person.edits("Buy milk")
    await person.types(title="Buy oat milk")
    await person.saves()
    await person.types(title="Buy oat milk and")

    answer.set()
    await person.sees_toast("Task saved")
    await expect(editor(person)).to_have_value("Buy oat milk and")
    assert await api.titles() == ["Buy oat milk", "Buy bread"]
    await person.types(title="Buy oat milk and honey")
    await person.saves()

    await expect(editor(person)).to_have_count(0)
    assert await api.titles() == ["Buy oat milk and honey", "Buy bread"]


async def test_an_unsaved_draft_is_not_replaced_by_another_task(person: Person) -> None:
    await person.edits("Buy milk")
    await person.types(title="Buy oat milk")

    await person.row("Buy bread").locator("[data-part=edit]").click()

    await person.sees_toast("Save or cancel the task you are editing first")
    await expect(editor(person)).to_have_value("Buy oat milk")
    await expect(editor(person)).to_be_focused()


async def test_a_cancelled_edit_can_be_undone(person: Person) -> None:
    await person.edits("Buy milk")
    await person.types(title="Buy oat milk")
    await person.presses("Escape")
    await person.sees_toast("Edit cancelled")

    await person.presses("u")

    await expect(editor(person)).to_have_value("Buy oat milk")


async def test_a_draft_refused_after_cancelling_can_be_reopened(person: Person, hold: Hold) -> None:
    person.expects_errors()
    answer = await hold("PUT")
    await person.edits("Buy milk")
    await person.types(title="x" * 256)
    await person.presses("Enter", "Escape")
    await person.sees_toast("Still saving")
    answer.set()
    await person.sees_toast("title: must be at most 255 characters long")

    await person.presses("u")

    await expect(editor(person)).to_have_value("x" * 256)


async def test_a_held_key_deletes_one_task_and_undo_is_a_stack(person: Person, api: Api) -> None:
    await person.presses("j")
    await expect(person.row("Buy milk").locator("[data-part=edit]")).to_be_focused()
    await person.page.keyboard.down("d")
    await person.sees_tasks("Buy bread")
    await expect(person.row("Buy bread").locator("[data-part=edit]")).to_be_focused()
    await person.page.keyboard.down("d")
    await person.page.keyboard.up("d")
    await person.presses("?", "Escape")
    assert await api.history() == ["DELETED", "CREATED", "CREATED"]

    async with person.page.expect_response(
        lambda answer: answer.request.method == "DELETE"
    ):  # its undo is added with the response
        await person.presses("d")
    await person.sees_tasks()
    await person.presses("u")
    await person.sees_tasks("Buy bread")
    await person.presses("u")

    await person.sees_tasks("Buy milk", "Buy bread")


async def test_restoring_a_task_changed_before_its_deletion_is_a_conflict(person: Person, api: Api) -> None:
    person.expects_errors()
    await person.edits("Buy milk")
    await person.types(title="Buy oat milk")
    task = await api.update((await api.tasks())[0]["id"], title="Buy soy milk")
    await api.delete(task)

    await person.button("Restore and save").click()

    await expect(person.page.locator(".conflict .quote")).to_have_text(["Buy soy milk", "Buy oat milk"])
    await person.sees_toast("Task restored")


async def test_text_typed_while_a_task_is_added_stays(person: Person, api: Api, hold: Hold) -> None:
    answer = await hold("POST")
    await person.field("Title").fill("Buy oats")
    await person.presses("Enter")
    await expect(person.page.locator("form.add")).to_have_attribute("aria-busy", "true")
    await person.field("Title").fill("Buy honey")

    answer.set()

    await person.sees_toast("Task added")
    await expect(person.field("Title")).to_have_value("Buy honey")
    assert await api.titles() == ["Buy oats", "Buy milk", "Buy bread"]


async def test_the_draft_of_a_new_task_survives_navigation(person: Person) -> None:
    await person.field("Title").fill("Buy oats")
    await person.link("Week").click()
    await expect(person.page.locator("h1")).to_have_text("Week")
    await person.link("Tasks").click()

    await expect(person.field("Title")).to_have_value("Buy oats")


async def test_a_retry_after_no_response_reuses_the_key(person: Person, api: Api) -> None:
    person.expects_errors()
    keys: list[str] = []

    async def lose_the_answers(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        await route.fetch()
        await route.abort() if len(keys) < 3 else await route.continue_()

    await person.page.route(
        lambda url: url.endswith("/tasks"),
        lambda route: lose_the_answers(route) if route.request.method == "POST" else route.continue_(),
    )
    await person.field("Title").fill("Buy oats")
    await person.presses("Enter")
    await expect(person.toast.locator(".swal2-title")).to_contain_text("The server can’t be reached")
    await expect(person.page.locator("form.add")).to_have_attribute("aria-busy", "false")
    await person.field("Title").press("Enter")

    await person.sees_toast("Task added")
    assert len(set(keys)) == 1
    assert await api.titles() == ["Buy oats", "Buy milk", "Buy bread"]


async def test_a_late_response_does_not_revive_a_deleted_task(person: Person, api: Api) -> None:
    answer = Event()

    async def hold_the_answer(route: Route) -> None:
        stored = await route.fetch()
        await answer.wait()
        await route.fulfill(response=stored)

    await person.page.route("**/complete", hold_the_answer)
    await person.toggles("Buy milk")
    await expect(person.row("Buy milk").get_by_role("checkbox")).to_be_checked()
    await api.delete((await api.tasks())[1]["id"])
    await person.sees_tasks("Buy bread")

    answer.set()

    await person.sees_toast("Task completed")
    await person.sees_tasks("Buy bread")
