"""GET /changes: the entries after a `seq`, oldest first."""

from asyncio import create_task, gather
from typing import TypedDict, cast

import pytest

from tests.answer import Entry
from tests.api_client import Api

FEWEST, MOST = 1, 1_000


class ChangeFeedPage(TypedDict):
    """The answer's data."""

    items: list[Entry]
    next_since: int


async def changes(api: Api, query: str = "") -> ChangeFeedPage:
    return cast("ChangeFeedPage", (await api.send("GET", f"/changes?{query}")).content)


def seqs(growth: ChangeFeedPage) -> list[int]:
    return [entry["seq"] for entry in growth["items"]]


async def make(api: Api, count: int) -> None:
    await gather(*(api.create(f"Task {number}") for number in range(count)))


async def test_without_entries_there_is_nothing_to_read(api: Api) -> None:
    answer = await api.send("GET", "/changes")

    assert (answer.status, answer.popup, answer.data) == (200, None, {"items": [], "next_since": 0})


async def test_the_entries_of_the_history_come_oldest_first(api: Api) -> None:
    task = await api.create("Buy milk", "Two litres")
    await api.complete(task)
    await api.delete(task)

    growth = await changes(api)

    assert growth["items"] == list(reversed(await api.entries()))
    assert growth["next_since"] == 3


async def test_since_is_exclusive(api: Api) -> None:
    await make(api, 5)

    growths = [await changes(api, f"since={since}") for since in range(6)]

    assert [seqs(growth) for growth in growths] == [list(range(since + 1, 6)) for since in range(6)]
    assert [growth["next_since"] for growth in growths] == [5] * 6


async def test_limit_bounds_a_page_and_next_since_continues_it(api: Api) -> None:
    await make(api, 5)

    first = await changes(api, "limit=2")
    second = await changes(api, f"limit=2&since={first['next_since']}")
    third = await changes(api, f"limit=2&since={second['next_since']}")

    assert [seqs(page) for page in (first, second, third)] == [[1, 2], [3, 4], [5]]
    assert [page["next_since"] for page in (first, second, third)] == [2, 4, 5]


async def test_a_page_has_a_hundred_entries_by_default_and_a_thousand_at_most(api: Api) -> None:
    await make(api, MOST + 1)

    usual, most = await changes(api), await changes(api, f"limit={MOST}")

    assert seqs(usual) == list(range(1, 101))
    assert (seqs(most), most["next_since"]) == (list(range(1, MOST + 1)), MOST)


@pytest.mark.parametrize("query", [f"limit={FEWEST - 1}", f"limit={MOST + 1}", f"since={2**63 - 1}", f"since={2**63}"])
async def test_numbers_out_of_bounds_are_refused(shared_api: Api, query: str) -> None:
    answer = await shared_api.send("GET", f"/changes?{query}")

    assert answer.status == 400
    assert str(answer.error).startswith(query.partition("=")[0] + ": ")


async def test_since_may_be_the_newest_entry_but_not_beyond(api: Api) -> None:
    await make(api, 3)

    newest = await changes(api, "since=3")
    beyond = await api.send("GET", "/changes?since=4")

    assert newest == {"items": [], "next_since": 3}
    assert beyond.refusal == (400, "since: is beyond the newest entry")


@pytest.mark.parametrize("query", ["page=1", "since=0&since=0", "Since=0", "limit=1&limit=2", "last_event_id=0"])
async def test_unknown_and_repeated_parameters_are_refused(shared_api: Api, query: str) -> None:
    answer = await shared_api.send("GET", f"/changes?{query}")

    assert answer.status == 400
    assert str(answer.error).startswith("query: ")


@pytest.mark.parametrize("limit", [1, 7, 1_000])
async def test_reading_during_writes_gives_no_gap_and_no_repeat(api: Api, limit: int) -> None:
    async def write(writer: int) -> None:
        for number in range(15):
            task = await api.create(f"Writer {writer}, task {number}")
            await api.complete(task)

    writing = [create_task(write(writer)) for writer in range(8)]
    seen: list[int] = []
    while not all(task.done() for task in writing) or len(seen) < 240:
        growth = await changes(api, f"since={len(seen)}&limit={limit}")
        seen += seqs(growth)
        assert growth["next_since"] == len(seen)

    await gather(*writing)
    assert seen == list(range(1, 241))


async def test_reading_again_gives_the_same(api: Api) -> None:
    await make(api, 10)
    before = await changes(api, "since=3&limit=4")

    await make(api, 10)
    after = await changes(api, "since=3&limit=4")

    assert after == before
    assert seqs(after) == [4, 5, 6, 7]
