"""Everything works with the keyboard alone."""

import pytest
from playwright.async_api import expect

from tests.api_client import Api
from tests.web.keyboard import keeps_focus
from tests.web.person import Person


@pytest.fixture
def person(owner: Person) -> Person:
    """Open the page with three tasks."""
    return owner


async def has_focus_on(person: Person, title: str, part: str = "edit") -> None:
    """Wait until a part of a task's row has the focus."""
    await expect(person.row(title).locator(f"[data-part={part}]")).to_be_focused()


async def test_everything_can_be_reached_with_tab(person: Person) -> None:
    await person.presses("Tab")
    await expect(person.link("Skip to content")).to_be_focused()
    await person.presses("Enter")
    await expect(person.page.locator("main")).to_be_focused()

    reached = []
    for _ in range(9):
        await person.presses("Tab")
        reached.append(
            await person.focused.evaluate("one => one.ariaLabel ?? one.labels?.[0]?.innerText ?? one.innerText")
        )

    assert [name.strip() for name in reached] == [
        "Title",
        "Description",
        "Add",
        "Find tasks",
        "All",
        "To do",
        "Done",
        "As of …",
        "Done: three",
    ]


async def test_a_task_is_added_edited_completed_and_deleted(person: Person, api: Api) -> None:
    await person.presses("n")
    await person.page.keyboard.type("four")
    await person.presses("Enter")
    await person.sees_tasks("four", "three", "two", "one")

    await person.presses("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "j")
    await has_focus_on(person, "four")
    await person.presses("ArrowDown", "e")
    await expect(person.page.locator("#edit-title")).to_be_focused()
    await person.presses("End")
    await person.page.keyboard.type(" and a half")
    await person.presses("Enter")
    await has_focus_on(person, "three and a half")

    await person.presses("x")
    await person.sees_tasks("four", "two", "one", "three and a half")
    await has_focus_on(person, "two")
    await person.presses("d")
    await person.sees_tasks("four", "one", "three and a half")
    await has_focus_on(person, "one")
    await person.presses("u")
    await person.sees_tasks("four", "two", "one", "three and a half")
    await has_focus_on(person, "one")
    assert await api.titles() == ["four", "two", "one", "three and a half"]


async def test_the_focus_goes_up_and_down_the_list_and_stays_at_its_ends(person: Person) -> None:
    await person.presses("j")
    await has_focus_on(person, "three")
    await person.presses("k")
    await has_focus_on(person, "three")
    await person.presses("j", "j", "j")
    await has_focus_on(person, "one")


async def test_the_focus_returns_from_an_edit_that_is_cancelled(person: Person) -> None:
    await person.presses("j", "j", "Enter")
    await expect(person.page.locator("#edit-title")).to_be_focused()
    await person.presses("Escape")

    await has_focus_on(person, "two")


async def test_after_the_last_deletion_the_heading_is_focused_and_undo_works(
    person: Person,
) -> None:
    await person.presses("j", "j", "j")
    await has_focus_on(person, "one")
    await person.presses("Delete")
    await has_focus_on(person, "two")
    await person.presses("Delete")
    await has_focus_on(person, "three")
    await person.presses("Delete")

    await expect(person.page.locator("h1")).to_be_focused()
    await person.presses("u")
    await person.sees_tasks("three")


async def test_the_focus_follows_a_task_moved_by_others(person: Person, api: Api) -> None:
    await person.presses("j", "j")
    await has_focus_on(person, "two")

    await api.create("four")
    await person.sees_tasks("four", "three", "two", "one")
    await has_focus_on(person, "two")
    await api.complete((await api.tasks())[2]["id"])

    await person.sees_tasks("four", "three", "one", "two")
    await has_focus_on(person, "two")


async def test_changing_the_view_focuses_its_heading(person: Person) -> None:
    for key, title in (("2", "History"), ("3", "Week"), ("1", "Tasks")):
        await person.presses(key)
        await expect(person.page.locator("h1")).to_have_text(title)
        await expect(person.page.locator("h1")).to_be_focused()
        await expect(person.page).to_have_title(f"{title} · Tasktrail")


async def test_the_history_of_a_task_is_one_key_away(person: Person) -> None:
    await person.presses("j", "h")

    await expect(person.page.locator(".entry .sentence > span")).to_have_text(['Created "three"'])


async def test_the_search_field_is_one_key_away_from_every_view(person: Person) -> None:
    await person.presses("3", "/")

    await expect(person.field("Find tasks")).to_be_focused()
    await expect(person.field("Find tasks")).to_have_value("")


async def test_the_shortcuts_are_shown_and_give_the_focus_back(person: Person) -> None:
    await person.presses("j", "?")

    dialog = person.page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog).to_contain_text("Undo the last deletion or cancelled edit")
    await expect(dialog.locator("section").filter(has_text="On a task")).not_to_contain_text("Enter")
    await person.presses("Escape")
    await expect(dialog).to_have_count(0)
    await has_focus_on(person, "three")


async def test_single_key_shortcuts_can_be_turned_off_and_on(person: Person) -> None:
    switch = person.field("Enable keyboard shortcuts")
    await person.presses("?")
    await switch.uncheck()
    await person.presses("Escape")
    await person.presses("3")
    await expect(person.page.locator("h1")).to_have_text("Tasks")

    await person.button("Keyboard shortcuts").click()
    await switch.check()
    await person.presses("Escape", "3")
    await expect(person.page.locator("h1")).to_have_text("Week")


async def test_typing_into_fields_triggers_no_shortcuts(person: Person) -> None:
    await person.presses("n")
    await person.page.keyboard.type("dune 123 x?")

    await expect(person.field("Title")).to_have_value("dune 123 x?")
    await person.sees_tasks("three", "two", "one")


COMPOSE = """(field) => {
  const key = { key: "Escape", isComposing: true, bubbles: true };
  field.dispatchEvent(new KeyboardEvent("keydown", key));
}"""


async def test_keys_of_an_input_method_are_ignored(person: Person) -> None:
    await person.presses("j", "e")
    await person.types(title="さん")
    await person.page.locator("#edit-title").evaluate(COMPOSE)
    await keeps_focus(person)
    await expect(person.page.locator("#edit-title")).to_have_value("さん")

    await person.field("Find tasks").fill("three")
    await person.field("Find tasks").evaluate(COMPOSE)
    await keeps_focus(person)

    await expect(person.field("Find tasks")).to_have_value("three")


async def test_toasts_never_take_the_focus(person: Person) -> None:
    await person.presses("j", "x")
    await person.sees_toast("Task completed")

    await has_focus_on(person, "two")
