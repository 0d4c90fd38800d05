"""The timeline, tasks as of a moment, and restoring."""

from asyncio import Event
from itertools import count
from typing import cast
from urllib.parse import urlsplit

from playwright.async_api import Route, expect

from tests.api_client import Api, id_of
from tests.databases import Database
from tests.tampering import attack, disarm
from tests.web.conftest import Visit
from tests.web.person import Person


async def sees_entries(person: Person, *sentences: str) -> None:
    """Wait for exactly these entries, in this order."""
    await expect(person.page.locator(".entry .sentence > span")).to_have_text(list(sentences))


async def test_the_timeline_is_newest_first(visit: Visit, api: Api) -> None:
    task = await api.create("Buy milk")
    await api.complete(task)
    person = await visit("#/history")

    await sees_entries(person, 'Completed "Buy milk"', 'Created "Buy milk"')
    await api.delete(task)

    await sees_entries(person, 'Deleted "Buy milk"', 'Completed "Buy milk"', 'Created "Buy milk"')
    await expect(person.sees("3 changes")).to_be_visible()


async def test_an_entry_shows_old_and_new_values(visit: Visit, api: Api) -> None:
    await api.update(await api.create("Buy milk"), title="<b>Buy oat milk</b>", description="two litres")
    person = await visit("#/history")

    await person.page.locator(".sentence").first.click()

    cells = person.page.locator(".entry").first.locator("tbody tr")
    await expect(cells.nth(0)).to_have_text("TitleBuy milk<b>Buy oat milk</b>")
    await expect(cells.nth(1)).to_have_text("Descriptionnonetwo litres")
    await expect(cells.nth(2).get_by_role("rowheader")).to_have_text("Changed")


async def test_the_history_can_be_filtered_by_action(visit: Visit, api: Api) -> None:
    for title in ("Buy milk", "Buy bread"):
        await api.complete(await api.create(title))
    person = await visit("#/history")

    await person.field("Action").select_option("Completed")

    await sees_entries(person, 'Completed "Buy bread"', 'Completed "Buy milk"')
    await api.create("Buy butter")
    await api.complete((await api.tasks())[0]["id"])
    await sees_entries(person, 'Completed "Buy butter"', 'Completed "Buy bread"', 'Completed "Buy milk"')


async def test_the_history_of_a_task_opens_from_its_row_and_from_an_entry(visit: Visit, api: Api) -> None:
    await api.complete(await api.create("Buy milk"))
    await api.create("Buy bread")
    person = await visit()

    await person.link("History of Buy milk").click()
    await sees_entries(person, 'Completed "Buy milk"', 'Created "Buy milk"')
    await person.link("Show all tasks").click()
    await sees_entries(person, 'Created "Buy bread"', 'Completed "Buy milk"', 'Created "Buy milk"')

    await person.page.locator(".sentence").first.click()
    await person.link("Only this task").click()
    await sees_entries(person, 'Created "Buy bread"')


async def test_older_entries_load_page_by_page_while_new_ones_arrive(visit: Visit, api: Api) -> None:
    for number in range(125):
        await api.create(f"Task {number}")
    person = await visit("#/history")
    await expect(person.sees("Newest 20 of 125 changes")).to_be_visible()

    await api.create("Meanwhile")
    await expect(person.sees("Newest 21 of 126 changes")).to_be_visible()
    await person.button("Show older").evaluate("button => (button.click(), button.click())")
    await expect(person.sees("Newest 121 of 126 changes")).to_be_visible()
    await expect(person.button("Show older")).to_be_enabled()
    await person.button("Show older").click()

    await expect(person.sees("126 changes")).to_be_visible()
    await expect(person.button("Show older")).to_have_count(0)
    assert await person.scrolled_entries() == list(range(126, 0, -1))


async def test_a_page_of_the_history_that_arrives_twice_is_shown_once(visit: Visit, api: Api) -> None:
    for number in range(125):
        await api.create(f"Task {number}")
    person = await visit("#/history")
    pages, repeated = count(), Event()

    async def delay_the_second(route: Route) -> None:
        if next(pages) == 1:
            await repeated.wait()
        await route.continue_()

    await person.page.route("**/history?*cursor=*", delay_the_second)
    await person.button("Show older").evaluate("button => (button.click(), button.click())")
    await expect(person.sees("Newest 120 of 125 changes")).to_be_visible()
    await person.button("Show older").click()
    await expect(person.sees("125 changes")).to_be_visible()

    async with person.page.expect_response("**/history?*cursor=*") as response:
        repeated.set()
    await (await response.value).finished()
    await api.create("Afterwards")

    await expect(person.sees("126 changes")).to_be_visible()
    await expect(person.button("Show older")).to_have_count(0)


async def test_a_deleted_task_is_restored_from_its_history(visit: Visit, api: Api) -> None:
    task = await api.create("Buy milk")
    await api.delete(task)
    person = await visit("#/history")

    await person.button("Restore Buy milk").click()

    await person.sees_toast("Task restored")
    await expect(person.button("Restore Buy milk")).to_have_count(0)
    assert await api.titles() == ["Buy milk"]


async def test_a_version_can_be_viewed_and_restored(visit: Visit, api: Api) -> None:
    task = await api.create("Buy milk", "two litres")
    await api.update(task, title="Buy oat milk", description="one litre")
    person = await visit(f"#/history?task_id={id_of(task)}")

    await person.page.locator(".sentence").last.click()
    await person.link("View version 1").click()
    dialog = person.page.get_by_role("dialog", name="Version 1")
    await expect(dialog).to_contain_text("two litres")
    await dialog.get_by_role("button", name="Restore this version").click()

    await person.sees_toast("Task restored")
    await expect(dialog).to_have_count(0)
    assert [(each["title"], each["description"]) for each in await api.tasks()] == [("Buy milk", "two litres")]
    assert await api.history() == ["RESTORED", "UPDATED", "CREATED"]


async def test_an_id_from_the_url_is_encoded(visit: Visit) -> None:
    person = await visit(opened=False)
    person.expects_errors()

    async with person.page.expect_request(lambda request: "version=1" in request.url) as asked:
        await person.goes_to("#/history?task_id=../stats/weekly&version=1")

    assert urlsplit((await asked.value).url).path == "/api/v1/tasks/..%2Fstats%2Fweekly"


async def test_escape_closes_a_version_without_a_change(visit: Visit, api: Api) -> None:
    task = await api.create("Buy milk")
    person = await visit(f"#/history?task_id={id_of(task)}&version=1")
    await expect(person.page.get_by_role("dialog")).to_contain_text("This is the current version.")

    await person.presses("Escape")

    await expect(person.page.get_by_role("dialog")).to_have_count(0)
    assert await api.history() == ["CREATED"]


async def test_tasks_are_shown_as_of_a_moment_and_restored(visit: Visit, api: Api) -> None:
    milk = await api.create("Buy milk")
    await api.create("Buy bread")
    await api.complete(milk)
    moment = (await api.entries())[0]["timestamp"]
    await api.delete(milk)
    await api.create("Buy butter")

    person = await visit(f"#/tasks?as_of={moment}")

    past = person.page.locator(".past .text > :first-child")
    await expect(past).to_have_text(["Buy bread", "Buy milk"])
    await person.button("Restore Buy milk").click()
    await person.sees_toast("Task restored")
    await expect(past).to_have_text(["Buy bread", "Buy milk"])
    await person.link("Back to now").click()
    await person.sees_tasks("Buy butter", "Buy bread", "Buy milk")


async def test_a_moment_is_chosen_by_date_and_time(visit: Visit, api: Api) -> None:
    await api.create("Buy milk")
    person = await visit()

    await person.link("As of …").click()
    await person.field("As of").fill("2020-02-03T10:00:00")
    await person.button("Show").click()

    await expect(person.sees("0 tasks, as of 3 Feb 2020, 10:00:00")).to_be_visible()
    assert "as_of=2020-02-03T09%3A00%3A00.000Z" in person.page.url  # the browser's time zone is an hour east of UTC


async def test_a_future_moment_is_an_error_beside_its_field(person: Person) -> None:
    person.expects_errors()
    await person.link("As of …").click()
    await person.field("As of").fill("2036-02-03T10:00:00")
    await person.button("Show").click()

    await expect(person.page.locator(".as-of .error")).to_have_text("As of must not be later than now")
    await expect(person.field("As of")).to_have_value("2036-02-03T10:00")


async def test_other_errors_are_not_errors_of_the_field(person: Person) -> None:
    person.expects_errors()
    await person.page.route("**/tasks?as_of=*", lambda route: route.abort())
    await person.page.evaluate("void (location.hash = '#/tasks?as_of=2020-02-03T10:00:00Z')")

    fault = person.page.locator(".as-of .error")
    await expect(fault).to_have_text("The server can’t be reached. Please try again.")
    await expect(person.field("As of")).not_to_have_attribute("aria-invalid", "true")


async def test_the_back_button_restores_the_previous_moment_and_its_field(visit: Visit) -> None:
    person = await visit("#/tasks?as_of=2020-02-03T10:00:00Z")
    await person.field("As of").fill("2021-02-03T10:00:00")
    await person.button("Show").click()
    await expect(person.sees("0 tasks, as of 3 Feb 2021, 10:00:00")).to_be_visible()

    await person.page.go_back()

    await expect(person.sees("0 tasks, as of 3 Feb 2020, 11:00:00")).to_be_visible()
    await expect(person.field("As of")).to_have_value("2020-02-03T11:00")


async def test_an_intact_history_is_shown_with_its_newest_hash(visit: Visit, api: Api) -> None:
    await api.create("Buy milk")
    person = await visit("#/history")

    await expect(person.sees("History is intact")).to_be_visible()
    verdict = cast("dict[str, str]", (await api.send("GET", "/history/verify")).data)
    await expect(person.page.locator(".integrity code")).to_have_text(verdict["head_hash"])


async def test_entries_after_the_check_are_shown_as_unchecked(visit: Visit, api: Api) -> None:
    await api.create("Buy milk")
    person = await visit("#/history")
    integrity = person.page.locator(".integrity")
    await expect(integrity).to_contain_text("History is intact · 1 entry · head")
    await expect(integrity).not_to_contain_text("newer")

    for title in ("Buy bread", "Buy butter"):
        await api.create(title)
    await expect(integrity).to_contain_text("2 newer entries not checked yet")

    await person.button("Check again").click()
    await expect(integrity).to_contain_text("History is intact · 3 entries · head")
    await expect(integrity).not_to_contain_text("newer")


async def test_a_tampered_history_shows_the_first_invalid_entry(visit: Visit, api: Api, database: Database) -> None:
    for title in ("Buy milk", "Buy bread", "Buy butter"):
        await api.create(title)
    disarm(database)
    attack(database, "UPDATE task_history SET task_title = %s WHERE seq = 2", "Buy cake")

    person = await visit("#/history")

    await expect(person.page.locator(".integrity")).to_contain_text("History is not intact from entry 2 on")
