"""What one does by keyboard alone, and that the focus is never lost over it."""

import pytest
from playwright.async_api import Locator, expect

from tests.web.person import Person

SETTLED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(
    document.activeElement.tagName
)))))"""


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
