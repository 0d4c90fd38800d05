"""The weekly statistics and their chart."""

from datetime import datetime

from playwright.async_api import Locator, expect

from tests.answer import Week
from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import Person

FILL = "(bar) => getComputedStyle(bar).fill"
BORDER = "(key) => getComputedStyle(key).borderTopWidth"


async def figures(person: Person) -> dict[str, int]:
    """Read the figures that are shown."""
    names = await person.page.locator(".figures dt").all_text_contents()
    values = await person.page.locator(".figures dd").all_text_contents()
    return dict(zip(names, map(int, values), strict=True))


def bars(person: Person, kind: str) -> Locator:
    return person.page.locator(f".chart rect.{kind}")


async def test_the_figures_are_those_of_the_api(visit: Visit, api: Api) -> None:
    for number in range(3):
        await api.create(f"Task {number}")
    await api.complete((await api.tasks())[0]["id"])

    person = await visit("#/week")
    await expect(person.page.locator(".figures dt")).to_have_count(5)

    week: Week = await api.week()
    assert await figures(person) == {
        "added this week": week["tasks_created_this_week"],
        "completed this week": week["tasks_completed_this_week"],
        "to do": week["total_incomplete"],
        "done": week["total_completed"],
        "total": week["total_tasks"],
    }
    first, last = (datetime.fromisoformat(week[edge]).day for edge in ("week_start", "week_end"))
    await expect(person.page.locator("main > .dim")).to_contain_text(str(first))
    await expect(person.page.locator("main > .dim")).to_contain_text(f"Sun {last}")


async def test_each_day_has_bars_and_a_table_row(visit: Visit, api: Api) -> None:
    await api.complete(await api.create("Buy milk"))
    await api.create("Buy bread")
    days = (await api.send("GET", "/stats/daily")).data
    assert isinstance(days, list)

    person = await visit("#/week")

    await expect(bars(person, "created")).to_have_count(7)
    heights = [float(await bar.get_attribute("height") or 0) for bar in await bars(person, "created").all()]
    assert [height > 0 for height in heights] == [day["created"] > 0 for day in days]
    rows = await person.page.locator(".chart tbody tr").all()
    shown = [[int(await cell.inner_text()) for cell in await row.locator("td").all()] for row in rows]
    assert shown == [[day["created"], day["completed"]] for day in days]


async def test_the_two_kinds_of_bars_differ_by_more_than_their_colour(visit: Visit) -> None:
    person = await visit("#/week")

    fills = [await bars(person, kind).first.evaluate(FILL) == "none" for kind in ("created", "completed")]
    keys = [await person.page.locator(f".chart .key.{kind}").evaluate(BORDER) for kind in ("created", "completed")]

    assert fills == [True, False]
    assert keys == ["2px", "0px"]


async def test_the_figures_follow_changes_by_others(visit: Visit, api: Api) -> None:
    person = await visit("#/week")
    await expect(person.page.locator(".figures dd")).to_have_text(["0", "0", "0", "0", "0"])

    await api.complete(await api.create("Buy milk"))

    await expect(person.page.locator(".figures dd")).to_have_text(["1", "1", "0", "1", "1"])
    await expect(person.page.locator(".chart .value:not(.none)")).to_have_text(["1", "1"])
