"""Long histories: only visible entries are rendered, and all can be reached."""

import asyncio

from playwright.async_api import Locator, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import Person

MANY = 520
AT_ONCE = 500
MAX_RENDERED = 60
TO_THE_END = """async () => {
  const page = document.scrollingElement;
  for (let before = -1; before !== page.scrollHeight; ) {
    before = page.scrollHeight;
    scrollTo(0, before);
    await new Promise((done) => setTimeout(done, 200));
  }
}"""
"""Repeated, since rows may be higher than estimated once they are rendered."""


async def create_many(api: Api, count: int = MANY) -> None:
    """Create many tasks."""
    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*(api.create(f"Task {number}") for number in range(first, min(first + AT_ONCE, count))))


def entry(person: Person, seq: int) -> Locator:
    return person.page.locator(f"[data-seq='{seq}']")


async def renders_few_rows(person: Person) -> None:
    assert await person.page.locator("[data-seq]").count() <= MAX_RENDERED


async def place_of(one: Locator) -> float:
    """Return the distance from the top of the window."""
    box = await one.bounding_box()
    assert box is not None
    return box["y"]


async def test_only_visible_entries_are_rendered_as_new_ones_arrive(visit: Visit, api: Api) -> None:
    await api.create("The first one")
    person = await visit("#/history")
    await expect(person.sees("1 change")).to_be_visible()

    await create_many(api)

    await expect(person.sees("521 changes")).to_be_visible()
    await expect(entry(person, MANY + 1)).to_be_visible()
    await renders_few_rows(person)
    await person.presses("End")
    await expect(entry(person, 1)).to_be_in_viewport()
    await renders_few_rows(person)


async def test_older_entries_can_be_loaded_to_the_first(visit: Visit, api: Api) -> None:
    await create_many(api)
    person = await visit("#/history")
    await expect(person.sees("Newest 20 of 520 changes")).to_be_visible()

    for seen in range(20, MANY, 100):
        await expect(person.page.get_by_text(f"Newest {seen:,} of")).to_be_visible()
        await person.button("Show older").click()

    await expect(person.sees("520 changes")).to_be_visible()
    await person.presses("End")
    await expect(entry(person, 1)).to_be_in_viewport()
    await renders_few_rows(person)


async def test_new_entries_do_not_move_the_visible_ones(visit: Visit, api: Api) -> None:
    await create_many(api, 100)
    person = await visit("#/history")
    await person.button("Show older").click()
    await expect(person.sees("100 changes")).to_be_visible()
    await person.page.evaluate("scrollTo(0, 1500)")
    await expect(entry(person, 70)).to_be_in_viewport()
    before = await place_of(entry(person, 70))

    await api.create("Meanwhile")
    await expect(person.sees("101 changes")).to_have_count(1)

    assert abs(await place_of(entry(person, 70)) - before) < 1


async def test_expanded_and_focused_entries_survive_scrolling(visit: Visit, api: Api) -> None:
    await create_many(api, 100)
    person = await visit("#/history")
    await person.button("Show older").click()
    await expect(person.sees("100 changes")).to_be_visible()
    await person.page.evaluate("scrollTo(0, 0)")
    sentence = entry(person, 98).locator(".sentence")
    await sentence.click()
    await entry(person, 96).locator(".sentence").click()

    await person.page.evaluate(TO_THE_END)
    await expect(entry(person, 1)).to_be_in_viewport()
    await expect(entry(person, 98)).to_have_count(0)
    await expect(entry(person, 96).locator(".sentence")).to_be_focused()
    await person.page.evaluate("scrollTo(0, 0)")

    await expect(sentence).to_have_attribute("aria-expanded", "true")
    await expect(entry(person, 98).locator(".details tbody")).to_be_visible()
