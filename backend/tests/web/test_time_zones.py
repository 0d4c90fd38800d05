"""Time zones far from UTC: the week is in UTC, everything else in local time."""

import re

import pytest
from playwright.async_api import Route, expect
from time_machine import travel

from tests.api_client import Api
from tests.web.conftest import Visit
from tests.web.person import Person
from tests.web.test_history_view import sees_entries

pytestmark = pytest.mark.travels

WEST, EAST = "America/Los_Angeles", "Pacific/Auckland"
SPAN = re.compile("Mon,? 16 .*– Sun,? 22 November \\(UTC\\)")
WEEK = [f"{name} {16 + day} November" for day, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))]


async def cells(person: Person, kind: str) -> list[str]:
    texts = await person.page.locator(f".chart tbody {kind}").all_inner_texts()
    return [text.replace(",", "") for text in texts]


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [(WEST, "2026-11-16T00:30:00Z", 0), (EAST, "2026-11-22T23:30:00Z", 6), (EAST, "2026-11-18T12:30:00Z", 2)],
)
async def test_the_days_of_the_week_are_in_utc(visit: Visit, api: Api, zone: str, moment: str, day: int) -> None:
    with travel(moment):
        await api.create("Buy milk")
        person = await visit("#/week", timezone_id=zone)
        await expect(person.page.locator("main > .dim")).to_have_text(SPAN)

    assert await person.page.locator(".weekday").all_text_contents() == [name[:3] for name in WEEK]
    assert [f"{name[:3]} {name.split(' ', 1)[1]}" for name in await cells(person, "th")] == WEEK
    assert await cells(person, "td:nth-of-type(1)") == ["1" if date == day else "0" for date in range(7)]


@pytest.mark.parametrize(("zone", "midnight"), [(WEST, "2026-11-16T08:00:00Z"), (EAST, "2026-11-15T11:00:00Z")])
async def test_the_days_of_the_timeline_begin_at_local_midnight(
    visit: Visit, api: Api, zone: str, midnight: str
) -> None:
    with travel(midnight, tick=False) as clock:
        clock.shift(-0.000001)
        await api.create("Buy milk")
        clock.shift(0.000001)
        await api.create("Buy bread")

    person = await visit("#/history", timezone_id=zone)

    await sees_entries(person, 'Created "Buy bread"', 'Created "Buy milk"')
    rows = [re.compile(row) for row in ("^Monday,? 16 ", "00:00$", "^Sunday,? 15 ", "23:59$")]
    await expect(person.page.locator(".virtual-list > li")).to_have_text(rows)


@pytest.mark.parametrize(("zone", "sent"), [(WEST, "2020-02-03T18:00:00.000Z"), (EAST, "2020-02-02T21:00:00.000Z")])
async def test_a_moment_is_entered_in_local_time_and_sent_in_utc(visit: Visit, zone: str, sent: str) -> None:
    person = await visit("#/tasks?as_of=now", timezone_id=zone)
    await person.field("As of").fill("2020-02-03T10:00:00")

    async with person.page.expect_request(lambda request: "as_of=" in request.url) as asked:
        await person.button("Show").click()

    assert (await asked.value).url.endswith(f"as_of={sent.replace(':', '%3A')}")
    await expect(person.sees("0 tasks, as of 3 Feb 2020, 10:00:00")).to_be_visible()
    await person.page.reload()
    await expect(person.field("As of")).to_have_value("2020-02-03T10:00")


async def test_after_midnight_tasks_of_yesterday_show_their_date(visit: Visit, api: Api) -> None:
    with travel("2026-11-18T22:58:00Z"):
        await api.create("Buy milk")
    person = await visit(opened=False)
    await person.page.clock.install(time="2026-11-18T22:59:45Z")
    await person.goes_to()
    moment = person.row("Buy milk").locator("time")
    await expect(moment).to_have_text("23:58")

    await person.page.clock.run_for(30_000)

    await expect(moment).to_have_text("18 Nov")


async def test_after_the_end_of_the_week_the_next_one_is_shown(visit: Visit, api: Api) -> None:
    async def hang(_route: Route) -> None:
        """Never open the event stream: an entry or a reconnect would refetch the week."""

    with travel("2026-11-22T23:58:00Z") as clock:
        await api.create("Buy milk")
        person = await visit(opened=False)
        await person.page.clock.install(time="2026-11-22T23:59:30Z")
        await person.page.route("**/events", hang)
        await person.goes_to("#/week")
        await expect(person.page.locator("main > .dim")).to_have_text(SPAN)
        clock.shift(180)

        await person.page.clock.run_for(60_000)

        await expect(person.page.locator("main > .dim")).to_have_text(re.compile("^Mon,? 23 "))
        await expect(person.page.locator(".figures dd").first).to_have_text("0")
