"""The page where the API requires a token."""

import pytest
from playwright.async_api import expect
from pydantic import SecretStr

from config import Settings
from tests.conftest import settings_for
from tests.databases import Database
from tests.web.conftest import Visit
from tests.web.person import Person

TOKEN = "t0ken-" + "full" * 10
READ_TOKEN = "t0ken-" + "read" * 10
REFUSE_STORAGE = """for (const place of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(globalThis, place, { get: () => { throw new DOMException("No", "SecurityError"); } });
}"""
RECORD_MESSAGES = """() => {
  globalThis.told = [];
  const note = () => told.push(...[...document.querySelectorAll(
    ".connection, .empty-state-title, .loading"
  )].map((each) => each.textContent));
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
ASKS = "This server requires a token"


@pytest.fixture
def settings(database: Database) -> Settings:
    """Require a token."""
    tokens = {"api_token": SecretStr(TOKEN), "api_token_read": SecretStr(READ_TOKEN), "log_level": "error"}
    return settings_for(database).model_copy(update=tokens)


async def enters_token(person: Person, token: str) -> None:
    await person.field("Token").fill(token)
    await person.button("Open").click()


@pytest.fixture
async def person(visit: Visit) -> Person:
    """Open the page and wait for the token form."""
    person = await visit(opened=False)
    person.expects_errors()
    await person.goes_to()
    await expect(person.sees(ASKS)).to_be_visible()
    return person


async def test_the_right_token_opens_the_page_until_the_tab_is_closed(person: Person) -> None:
    await enters_token(person, TOKEN)
    await person.adds("Buy milk")

    await person.page.reload()
    await person.sees_tasks("Buy milk")

    other = await person.page.context.new_page()
    await other.goto(person.origin)
    await expect(other.get_by_text(ASKS)).to_be_visible()


async def test_a_token_is_kept_in_memory_where_storage_is_denied(visit: Visit) -> None:
    person = await visit(opened=False)
    person.expects_errors()
    await person.page.add_init_script(REFUSE_STORAGE)
    await person.goes_to()
    await enters_token(person, TOKEN)

    await person.adds("Buy milk")

    await person.presses("Tab", "?")
    await person.field("Enable keyboard shortcuts").uncheck()
    await person.presses("Escape", "3")
    await expect(person.page.locator("h1")).to_have_text("Tasks")


async def test_another_server_on_the_same_origin_does_not_get_the_token(person: Person) -> None:
    await enters_token(person, TOKEN)
    await expect(person.sees(ASKS)).to_have_count(0)
    await person.page.route("**/other/**", lambda route: route.continue_(url=route.request.url.replace("/other/", "/")))
    person.own_urls += (f"{person.origin}/other/",)

    await person.goes_to("other/")

    await expect(person.sees(ASKS)).to_be_visible()


async def test_the_right_token_shows_no_error_and_no_lost_connection(person: Person) -> None:
    await person.page.evaluate(RECORD_MESSAGES)

    await enters_token(person, TOKEN)
    await expect(person.sees("No tasks yet")).to_be_visible()

    assert {text for text in await person.page.evaluate("told") if text} == {"Loading tasks …", "No tasks yet"}


async def test_a_wrong_token_is_refused_and_asked_for_again(person: Person) -> None:
    await enters_token(person, "wrong")
    await expect(person.sees("The token is wrong")).to_be_visible()

    await enters_token(person, TOKEN)

    await person.adds("Buy milk")
    await expect(person.sees(ASKS)).to_have_count(0)


async def test_every_view_asks_for_the_token_and_continues(visit: Visit) -> None:
    for view, seen in (("history", "No changes yet"), ("week", "added this week")):
        person = await visit(opened=False)
        person.expects_errors()
        await person.goes_to(f"#/{view}")
        await enters_token(person, TOKEN)

        await expect(person.sees(seen)).to_be_visible()


async def test_a_write_with_a_read_only_token_shows_an_error(person: Person) -> None:
    await enters_token(person, READ_TOKEN)
    await person.field("Title").fill("Buy milk")
    await person.presses("Enter")

    await person.sees_toast("This token may only read")
    await expect(person.field("Title")).to_have_value("Buy milk")


async def test_a_read_only_token_can_be_replaced(person: Person) -> None:
    await enters_token(person, READ_TOKEN)
    await person.field("Title").fill("Buy milk")
    await person.presses("Enter")

    await person.button("Use another token").click()
    await expect(person.field("Token")).to_be_focused()
    await person.button("Keep the current one").click()
    await expect(person.field("Title")).to_have_value("Buy milk")
    await person.button("Use another token").click()
    await enters_token(person, TOKEN)
    await expect(person.field("Title")).to_have_value("Buy milk")
    await person.field("Title").press("Enter")

    await person.sees_tasks("Buy milk")
    await expect(person.button("Use another token")).to_have_count(0)


@pytest.mark.parametrize("unsendable", ["\u200b", "•", "ü", "t0ken t0ken"])
async def test_a_token_that_no_header_can_carry_is_an_error_beside_its_field(person: Person, unsendable: str) -> None:
    await enters_token(person, TOKEN + unsendable)

    await expect(person.page.locator("#token-error")).to_contain_text("This one contains something else")
    await expect(person.field("Token")).to_have_value(TOKEN + unsendable)
    await expect(person.field("Token")).to_be_focused()
    await enters_token(person, TOKEN)
    await person.adds("Buy milk")


async def test_no_token_is_ever_in_a_url(person: Person) -> None:
    addresses: list[str] = []
    person.page.on("request", lambda request: addresses.append(request.url))

    await enters_token(person, TOKEN)
    await person.adds("Buy milk")

    assert addresses
    assert not [address for address in addresses if "t0ken" in address]
