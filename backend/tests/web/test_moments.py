"""Validation of the moment."""

from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.web.conftest import Visit
from tests.web.person import Person


@pytest.mark.parametrize("moment", ["+275760-09-13T00:00:00Z", "-000001-01-01T00:00:00Z", "yesterday", "9999-12-31"])
async def test_an_invalid_moment_is_an_error_beside_its_field(visit: Visit, moment: str) -> None:
    person = await visit(f"#/tasks?as_of={quote(moment)}")

    await expect(person.page.locator(".as-of .error")).to_contain_text("As of must be a date and time")
    await expect(person.field("As of")).to_have_attribute("aria-invalid", "true")


async def test_a_year_of_more_than_four_digits_is_not_sent(person: Person) -> None:
    await person.link("As of …").click()
    await person.field("As of").fill("12026-02-03T10:00:00")
    await person.button("Show").click()
    assert await person.field("As of").evaluate("(field) => field.validity.rangeOverflow")

    await person.field("As of").evaluate("(field) => field.removeAttribute('max')")
    await person.button("Show").click()

    await expect(person.page.locator(".as-of .error")).to_contain_text("As of must be a date and time")
    await expect(person.field("As of")).to_have_value("12026-02-03T10:00")
