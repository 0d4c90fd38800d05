"""Keyboard navigation that checks after each step that the focus was not lost."""

import pytest
from playwright.async_api import Locator, expect

from tests.web.person import Person

AFTER_RENDER = """async () => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  await new Promise((done) => setTimeout(done));
  return document.activeElement.tagName;
}"""


async def keeps_focus(person: Person) -> None:
    """Check after the next render that an element has the focus."""
    assert await person.page.evaluate(AFTER_RENDER) != "BODY"


async def press(person: Person, *keys: str) -> None:
    """Press keys one by one, without losing the focus."""
    for key in keys:
        await person.presses(key)
        await keeps_focus(person)


async def tab_to(person: Person, what: Locator) -> None:
    """Press Tab until an element has the focus."""
    await expect(what).to_be_visible()
    for _ in range(60):
        await person.presses("Tab")
        if await what.evaluate("(one) => one === document.activeElement"):
            return
    pytest.fail(f"{what} is not reached")


async def activate(person: Person, what: Locator) -> None:
    """Focus an element with Tab and press Enter."""
    await tab_to(person, what)
    await press(person, "Enter")
