"""No axe violations in any view, light or dark, and no horizontal overflow at any width."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.api_client import Api, id_of
from tests.web.conftest import Visit
from tests.web.person import ERROR_RESPONSE, Person

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND = """async (rules) => {
    const { violations } = await axe.run({ runOnly: rules });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}"""
SHADES = """() => {
    const { backgroundColor, color } = getComputedStyle(document.body);
    return [backgroundColor, color].map((one) => Number(one.match(/\\d+/)[0]));
}"""
"""The red channel of background and text."""
PHONE = {"width": 375, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 375, 768, 1280, 1920)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3


async def tasks(person: Person, _api: Api) -> None:
    await person.goes_to("#/tasks")
    await expect(person.rows).to_have_count(4)


async def empty(person: Person, api: Api) -> None:
    for task in await api.tasks():
        await api.delete(task["id"])
    await person.goes_to("#/tasks")
    await expect(person.sees("No tasks yet")).to_be_visible()


async def edit(person: Person, api: Api) -> None:
    await tasks(person, api)
    await person.edits("Buy milk")


async def fault(person: Person, api: Api) -> None:
    await tasks(person, api)
    await person.button("Description").click()
    await person.field("Title").fill(" ")
    await person.presses("Enter")
    await expect(person.page.locator(".error")).to_be_visible()


async def conflict(person: Person, api: Api) -> None:
    await edit(person, api)
    await api.update((await api.tasks())[0]["id"], title="Buy oat milk", description="one litre")
    await person.types(title="Buy soy milk", description="three litres")
    await person.saves()
    await expect(person.sees("Somebody else changed this task")).to_be_visible()


async def toast(person: Person, api: Api) -> None:
    await tasks(person, api)
    await person.deletes("Buy milk")
    await person.sees_toast("Task deleted")
    await expect(person.toast).to_have_css("opacity", "1")


async def plain_toast(person: Person, api: Api) -> None:
    await person.page.route("**/vendor/sweetalert2.mjs", lambda route: route.abort())
    await tasks(person, api)
    await person.deletes("Buy milk")
    await expect(person.page.locator(".plain-toast")).to_contain_text("Task deleted")


async def error(person: Person, api: Api) -> None:
    await person.page.route("**/tasks/*", lambda route: route.fulfill(status=503, json=ERROR_RESPONSE))
    await toast_of_an_error(person, api)


async def toast_of_an_error(person: Person, api: Api) -> None:
    await tasks(person, api)
    await person.deletes("Buy milk")
    await person.sees_toast(str(ERROR_RESPONSE["error"]))


async def history(person: Person, _api: Api) -> None:
    await person.goes_to("#/history")
    await expect(person.sees("History is intact")).to_be_visible()
    await person.page.locator(".sentence").nth(1).click()
    await expect(person.page.locator(".details table")).to_be_visible()


async def version(person: Person, api: Api) -> None:
    task = (await api.tasks())[0]["id"]
    await person.goes_to(f"#/history?task_id={task}&version=1")
    await expect(person.page.get_by_role("dialog")).to_contain_text("Buy milk")


async def week(person: Person, _api: Api) -> None:
    await person.goes_to("#/week")
    await expect(person.page.locator(".chart rect")).to_have_count(14)


async def as_of(person: Person, api: Api) -> None:
    moment = (await api.entries())[0]["timestamp"]
    await api.delete((await api.tasks())[0]["id"])
    await person.goes_to(f"#/tasks?as_of={moment}")
    await expect(person.page.locator(".past")).to_have_count(4)


async def shortcuts(person: Person, api: Api) -> None:
    await tasks(person, api)
    await person.presses("?")
    await expect(person.page.get_by_role("dialog")).to_be_visible()


async def lost(person: Person, api: Api) -> None:
    await person.page.route("**/events", lambda route: route.abort())
    await tasks(person, api)
    await expect(person.page.locator(".connection p")).to_be_visible()


async def token(person: Person, _api: Api) -> None:
    asked = {**ERROR_RESPONSE, "error": "The token is wrong"}
    await person.page.route("**/api/v1/**", lambda route: route.fulfill(status=401, json=asked))
    await person.goes_to()
    await person.field("Token").fill("wrong")
    await person.button("Open").click()
    await expect(person.sees("The token is wrong")).to_be_visible()


async def may_only_read(person: Person, api: Api) -> None:
    await tasks(person, api)
    await person.page.evaluate("void dispatchEvent(new Event('token-read-only'))")
    await expect(person.button("Use another token")).to_be_visible()


View = Callable[[Person, Api], Awaitable[None]]
VIEWS: list[View] = [
    tasks,
    empty,
    edit,
    fault,
    conflict,
    toast,
    plain_toast,
    error,
    history,
    version,
    week,
    as_of,
    shortcuts,
    lost,
    token,
    may_only_read,
]


async def violations(person: Person, scheme: Literal["light", "dark"]) -> list[str]:
    """Run axe."""
    await person.page.emulate_media(color_scheme=scheme)
    await person.page.evaluate(AXE)
    found: list[str] = await person.page.evaluate(FIND, RULES)
    return found


@pytest.fixture
async def api(api: Api) -> Api:
    """Create data for every view."""
    done = await api.create("Call the dentist")
    await api.complete(done)
    await api.create(LONG)
    await api.create("Buy bread")
    milk = await api.create("Buy milk", "two litres")
    await api.update(milk, description="two litres, semi-skimmed")
    assert id_of(milk)
    return api


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(visit: Visit, api: Api, view: View) -> None:
    person = await visit(opened=False, viewport=DESKTOP, reduced_motion="reduce")
    person.expects_errors()
    await view(person, api)

    found = {scheme: await violations(person, scheme) for scheme in SCHEMES}
    assert found == {"light": [], "dark": []}
    for width in WIDTHS:
        await person.page.set_viewport_size({"width": width, "height": 740})
        assert await person.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width


async def test_the_colours_follow_the_system(person: Person) -> None:
    shades = {}
    for scheme in SCHEMES:
        await person.page.emulate_media(color_scheme=scheme)
        shades[scheme] = await person.page.evaluate(SHADES)

    assert [shade > 128 for shade in shades["light"]] == [True, False]
    assert [shade > 128 for shade in shades["dark"]] == [False, True]


async def test_axe_detects_violations(person: Person) -> None:
    await person.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    await person.page.evaluate("document.querySelector('h1').style.color = '#aaa'")

    found = await violations(person, "light")

    assert [each.split(":")[0] for each in found] == ["button-name", "color-contrast"]


async def test_every_action_works_by_touch(visit: Visit, api: Api) -> None:
    person = await visit(viewport=PHONE, has_touch=True, is_mobile=True)

    await person.row("Buy milk").get_by_role("checkbox").tap()
    await person.sees_toast("Task completed")
    await person.row("Buy bread").locator("[data-part=edit]").tap()
    await person.types(title="Buy brown bread")
    await person.button("Save").tap()
    await person.sees_toast("Task saved")
    await person.row("Buy brown bread").get_by_role("button", name="Delete Buy brown bread").tap()
    await person.toast.get_by_role("button", name="Undo").tap()
    await person.sees_toast("Task restored")

    assert await api.titles() == ["Buy brown bread", LONG, "Buy milk", "Call the dentist"]


async def test_touch_targets_are_large_enough(visit: Visit, api: Api) -> None:
    assert await api.titles()
    person = await visit(viewport=PHONE)

    boxes = await person.page.locator("main :is(button, a, input):visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map(({ width, height }) => Math.min(width, height))"
    )

    assert boxes
    assert min(boxes) >= 24
