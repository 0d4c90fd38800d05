"""The page where the API asks for a token."""

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
NOTE_WHAT_IS_TOLD = """() => {
  globalThis.told = [];
  const note = () => told.push(...[...document.querySelectorAll(
    ".connection, .nothing-title, .loading"
  )].map((each) => each.textContent));
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
ASKS = "This server asks for a token"


@pytest.fixture
def settings(database: Database) -> Settings:
    """Ask for a token."""
    tokens = {"api_token": SecretStr(TOKEN), "api_token_read": SecretStr(READ_TOKEN), "log_level": "error"}
    return settings_for(database).model_copy(update=tokens)


async def gives(person: Person, token: str) -> None:
    await person.field("Token").fill(token)
    await person.button("Open").click()


@pytest.fixture
async def person(visit: Visit) -> Person:
    """Let one person come, who is asked for the token."""
    person = await visit(opened=False)
    person.expects_refusals()
    await person.goes_to()
    await expect(person.sees(ASKS)).to_be_visible()
    return person


async def test_the_right_token_opens_the_page_until_the_tab_is_closed(person: Person) -> None:
    await gives(person, TOKEN)
    await person.adds("Buy milk")

    await person.page.reload()
    await person.sees_tasks("Buy milk")

    other = await person.page.context.new_page()
    await other.goto(person.origin)
    await expect(other.get_by_text(ASKS)).to_be_visible()


async def test_a_token_is_kept_while_the_page_is_open_where_the_browser_keeps_nothing(visit: Visit) -> None:
    person = await visit(opened=False)
    person.expects_refusals()
    await person.page.add_init_script(REFUSE_STORAGE)
    await person.goes_to()
    await gives(person, TOKEN)

    await person.adds("Buy milk")

    await person.presses("Tab", "?")
    await person.field("Single keys do something").uncheck()
    await person.presses("Escape", "3")
    await expect(person.page.locator("h1")).to_have_text("Tasks")


async def test_another_server_below_the_same_origin_is_not_given_the_token(person: Person) -> None:
    await gives(person, TOKEN)
    await expect(person.sees(ASKS)).to_have_count(0)
    await person.page.route("**/other/**", lambda route: route.continue_(url=route.request.url.replace("/other/", "/")))
    person.ours += (f"{person.origin}/other/",)

    await person.goes_to("other/")

    await expect(person.sees(ASKS)).to_be_visible()


async def test_after_the_right_token_no_refusal_and_no_loss_is_told(person: Person) -> None:
    await person.page.evaluate(NOTE_WHAT_IS_TOLD)

    await gives(person, TOKEN)
    await expect(person.sees("No tasks yet")).to_be_visible()

    assert {text for text in await person.page.evaluate("told") if text} == {"Reading the tasks …", "No tasks yet"}


async def test_a_wrong_token_is_refused_and_asked_for_again(person: Person) -> None:
    await gives(person, "wrong")
    await expect(person.sees("The token is wrong")).to_be_visible()

    await gives(person, TOKEN)

    await person.adds("Buy milk")
    await expect(person.sees(ASKS)).to_have_count(0)


async def test_every_view_asks_for_it_and_goes_on_with_it(visit: Visit) -> None:
    for view, seen in (("history", "Nothing happened yet"), ("week", "added this week")):
        person = await visit(opened=False)
        person.expects_refusals()
        await person.goes_to(f"#/{view}")
        await gives(person, TOKEN)

        await expect(person.sees(seen)).to_be_visible()


async def test_who_may_only_read_is_told_so(person: Person) -> None:
    await gives(person, READ_TOKEN)
    await person.field("Title").fill("Buy milk")
    await person.presses("Enter")

    await person.is_told("This token may only read")
    await expect(person.field("Title")).to_have_value("Buy milk")


async def test_who_may_only_read_can_use_another_token_and_goes_on(person: Person) -> None:
    await gives(person, READ_TOKEN)
    await person.field("Title").fill("Buy milk")
    await person.presses("Enter")

    await person.button("Use another token").click()
    await expect(person.field("Token")).to_be_focused()
    await person.button("Keep the present one").click()
    await expect(person.field("Title")).to_have_value("Buy milk")
    await person.button("Use another token").click()
    await gives(person, TOKEN)
    await expect(person.field("Title")).to_have_value("Buy milk")
    await person.field("Title").press("Enter")

    await person.sees_tasks("Buy milk")
    await expect(person.button("Use another token")).to_have_count(0)


@pytest.mark.parametrize("unsendable", ["\u200b", "•", "ü", "t0ken t0ken"])
async def test_what_no_header_can_carry_is_refused_beside_the_field(person: Person, unsendable: str) -> None:
    await gives(person, TOKEN + unsendable)

    await expect(person.page.locator("#token-fault")).to_contain_text("This one holds something else")
    await expect(person.field("Token")).to_have_value(TOKEN + unsendable)
    await expect(person.field("Token")).to_be_focused()
    await gives(person, TOKEN)
    await person.adds("Buy milk")


async def test_no_token_is_ever_in_an_address(person: Person) -> None:
    addresses: list[str] = []
    person.page.on("request", lambda request: addresses.append(request.url))

    await gives(person, TOKEN)
    await person.adds("Buy milk")

    assert addresses
    assert not [address for address in addresses if "t0ken" in address]
