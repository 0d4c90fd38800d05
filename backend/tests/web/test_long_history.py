"""Thousands of entries: only what is seen is drawn, whatever comes in, and all of it can be reached."""

import asyncio

from playwright.async_api import Locator, expect

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import Person

MANY = 2_000
AT_ONCE = 500
MOST_DRAWN = 60
TO_THE_END = """async () => {
  const page = document.scrollingElement;
  for (let before = -1; before !== page.scrollHeight; ) {
    before = page.scrollHeight;
    scrollTo(0, before);
    await new Promise((done) => setTimeout(done, 200));
  }
}"""
"""Rows turn out higher once they are drawn."""


async def flood(api: Api, count: int = MANY) -> None:
    """Write so many entries."""
    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*(api.create(f"Task {number}") for number in range(first, min(first + AT_ONCE, count))))


def entry(person: Person, seq: int) -> Locator:
    return person.page.locator(f"[data-seq='{seq}']")


async def sees_few_rows(person: Person) -> None:
    assert await person.page.locator("[data-seq]").count() <= MOST_DRAWN


async def place_of(one: Locator) -> float:
    """Say how far from the top of the window it is."""
    box = await one.bounding_box()
    assert box is not None
    return box["y"]


async def test_of_entries_that_come_in_only_those_that_are_seen_are_drawn(visit: Visit, api: Api) -> None:
    await api.create("The first one")
    person = await visit("#/history")
    await expect(person.sees("1 change")).to_be_visible()

    await flood(api)

    await expect(person.sees("2,001 changes")).to_be_visible()
    await expect(entry(person, MANY + 1)).to_be_visible()
    await sees_few_rows(person)
    await person.presses("End")
    await expect(entry(person, 1)).to_be_in_viewport()
    await sees_few_rows(person)


async def test_older_ones_can_be_read_to_the_first_of_them(visit: Visit, api: Api) -> None:
    await flood(api)
    person = await visit("#/history")
    await expect(person.sees("The newest 20 of 2,000 changes")).to_be_visible()

    for seen in range(20, MANY, 100):
        await expect(person.page.get_by_text(f"The newest {seen:,} of")).to_be_visible()
        await person.button("Show older ones").click()

    await expect(person.sees("2,000 changes")).to_be_visible()
    await person.presses("End")
    await expect(entry(person, 1)).to_be_in_viewport()
    await sees_few_rows(person)


async def test_what_is_being_read_stays_in_its_place_when_others_come_in(visit: Visit, api: Api) -> None:
    await flood(api, 100)
    person = await visit("#/history")
    await person.button("Show older ones").click()
    await expect(person.sees("100 changes")).to_be_visible()
    await person.page.evaluate("scrollTo(0, 1500)")
    await expect(entry(person, 70)).to_be_in_viewport()
    before = await place_of(entry(person, 70))

    await api.create("Meanwhile")
    await expect(person.sees("101 changes")).to_have_count(1)

    assert abs(await place_of(entry(person, 70)) - before) < 1


async def test_what_was_opened_and_has_the_focus_stays_so_when_it_is_scrolled_away(visit: Visit, api: Api) -> None:
    await flood(api, 100)
    person = await visit("#/history")
    await person.button("Show older ones").click()
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
