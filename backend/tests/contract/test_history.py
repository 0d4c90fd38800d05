"""GET /history: pages, filters and their bounds."""

from itertools import chain
from uuid import uuid4

import pytest

from tests.answer import Pagination
from tests.api_client import Api

NOTHING: Pagination = {
    "total_count": 0,
    "total_pages": 0,
    "current_page": 1,
    "page_size": 10,
    "has_next": False,
    "has_prev": False,
}


async def make(api: Api, count: int) -> None:
    """Create tasks, titled by the `seq` of their entries."""
    for number in range(1, count + 1):
        await api.create(f"Task {number}")


async def seqs(api: Api, query: str) -> list[int]:
    """The `seq` of each entry of a page."""
    return [entry["seq"] for entry in await api.entries(query)]


async def test_without_entries_there_are_no_pages(api: Api) -> None:
    answer = await api.send("GET", "/history")

    assert (answer.status, answer.popup) == (200, None)
    assert answer.data == {"items": [], "pagination": NOTHING}


async def test_a_page_has_ten_entries_by_default(api: Api) -> None:
    await make(api, 12)

    page = await api.page()

    assert [entry["seq"] for entry in page["items"]] == list(range(12, 2, -1))
    assert page["pagination"] == {**NOTHING, "total_count": 12, "total_pages": 2, "has_next": True}


async def test_the_last_page_has_the_rest(api: Api) -> None:
    await make(api, 12)

    page = await api.page("page=2&limit=10")

    assert [entry["seq"] for entry in page["items"]] == [2, 1]
    assert page["pagination"] == {**NOTHING, "total_count": 12, "total_pages": 2, "current_page": 2, "has_prev": True}


async def test_pages_have_no_overlap_and_no_gap(api: Api) -> None:
    await make(api, 11)

    pages = [await seqs(api, f"page={number}&limit=4") for number in (1, 2, 3)]

    assert list(chain(*pages)) == list(range(11, 0, -1))


async def test_a_full_last_page_has_no_next_page(api: Api) -> None:
    await make(api, 6)

    pagination = (await api.page("page=2&limit=3"))["pagination"]

    assert (pagination["total_pages"], pagination["has_next"], pagination["has_prev"]) == (2, False, True)


async def test_beyond_the_last_page_there_are_no_items(api: Api) -> None:
    await make(api, 3)

    answer = await api.send("GET", "/history?page=5&limit=2")

    assert (answer.status, answer.page["items"]) == (200, [])
    assert answer.page["pagination"] == {
        **NOTHING,
        "total_count": 3,
        "total_pages": 2,
        "current_page": 5,
        "page_size": 2,
        "has_prev": True,
    }


@pytest.mark.parametrize(
    ("query", "current_page"),
    [("page=3", 3), ("page=1000000000", 10**9), ("offset=25", 3), ("offset=1000000000", 10**8 + 1)],
)
async def test_any_page_of_no_entries_is_empty(api: Api, query: str, current_page: int) -> None:
    page = await api.page(query)

    assert page["items"] == []
    assert page["pagination"] == {**NOTHING, "current_page": current_page}


@pytest.mark.parametrize(
    ("offset", "expected", "current_page", "has_next", "has_prev"),
    [
        (0, [7, 6, 5], 1, True, False),
        (1, [6, 5, 4], 1, True, True),
        (3, [4, 3, 2], 2, True, True),
        (4, [3, 2, 1], 2, False, True),
        (6, [1], 3, False, True),
        (7, [], 3, False, True),
        (1_000_000_000, [], 333_333_334, False, True),
    ],
)
async def test_an_offset_skips_entries(
    api: Api,
    offset: int,
    expected: list[int],
    current_page: int,
    has_next: bool,
    has_prev: bool,
) -> None:
    await make(api, 7)

    page = await api.page(f"offset={offset}&limit=3")

    assert [entry["seq"] for entry in page["items"]] == expected
    assert page["pagination"] == {
        **NOTHING,
        "total_count": 7,
        "total_pages": 3,
        "current_page": current_page,
        "page_size": 3,
        "has_next": has_next,
        "has_prev": has_prev,
    }


async def test_page_wins_over_offset(api: Api) -> None:
    await make(api, 5)

    both = await api.page("page=2&offset=0&limit=2")

    assert both == await api.page("page=2&limit=2")
    assert [entry["seq"] for entry in both["items"]] == [3, 2]


async def test_page_one_wins_over_offset_too(api: Api) -> None:
    await make(api, 5)

    both = await api.page("offset=3&page=1&limit=2")

    assert both == await api.page("page=1&limit=2")


async def test_an_offset_is_validated_even_if_page_wins(api: Api) -> None:
    answer = await api.send("GET", "/history?page=1&offset=-1")

    assert answer.refusal == (400, "offset: must be at least 0")


async def test_the_largest_page_holds_a_hundred(api: Api) -> None:
    await make(api, 101)

    page = await api.page("limit=100")

    assert len(page["items"]) == 100
    assert (page["pagination"]["total_pages"], page["pagination"]["page_size"]) == (2, 100)


async def test_the_smallest_page_holds_one(api: Api) -> None:
    await make(api, 2)

    page = await api.page("limit=1")

    assert [entry["seq"] for entry in page["items"]] == [2]
    assert page["pagination"]["total_pages"] == 2


async def test_entries_are_filtered_by_task(api: Api) -> None:
    milk, _ = await api.create("Buy milk"), await api.create("Buy bread")
    await api.complete(milk)

    page = await api.page(f"task_id={milk.task['id']}")

    assert [entry["action_type"] for entry in page["items"]] == ["COMPLETED", "CREATED"]
    assert {entry["task_id"] for entry in page["items"]} == {milk.task["id"]}
    assert page["pagination"]["total_count"] == 2


async def test_a_task_id_in_upper_case_finds_the_same(api: Api) -> None:
    task = await api.create()

    assert await api.history(f"task_id={task.task['id'].upper()}") == ["CREATED"]


@pytest.mark.parametrize("action", ["", "&action_type=CREATED"], ids=["any action", "one action"])
async def test_an_unknown_task_has_an_empty_page(api: Api, action: str) -> None:
    await api.create()

    answer = await api.send("GET", f"/history?task_id={uuid4()}{action}")

    assert (answer.status, answer.data) == (200, {"items": [], "pagination": NOTHING})


@pytest.mark.parametrize(
    ("action", "expected"),
    [("CREATED", [2, 1]), ("UPDATED", [3]), ("COMPLETED", [4]), ("INCOMPLETED", [5]), ("DELETED", [6])],
)
async def test_entries_are_filtered_by_action(api: Api, action: str, expected: list[int]) -> None:
    await record_every_action(api)

    page = await api.page(f"action_type={action}")

    assert [entry["seq"] for entry in page["items"]] == expected
    assert {entry["action_type"] for entry in page["items"]} == {action}
    assert page["pagination"]["total_count"] == len(expected)


async def record_every_action(api: Api) -> None:
    """Leave six entries: two creations, then an update, a completion, a reopening and a deletion of the second task."""
    await api.create("Buy bread")
    task = await api.create("Buy milk")
    await api.update(task, title="Buy oat milk")
    await api.complete(task)
    await api.reopen(task)
    await api.delete(task)


async def test_filters_can_be_combined(api: Api) -> None:
    milk, bread = await api.create("Buy milk"), await api.create("Buy bread")
    await api.complete(milk)
    await api.complete(bread)

    entries = await api.entries(f"task_id={bread.task['id']}&action_type=COMPLETED")

    assert [entry["seq"] for entry in entries] == [4]


async def test_filtered_entries_are_paged(api: Api) -> None:
    milk, _ = await api.create("Buy milk"), await api.create("Buy bread")
    for title in ("Two", "Three", "Four"):
        await api.update(milk, title=title)

    page = await api.page(f"task_id={milk.task['id']}&page=2&limit=2")

    assert [entry["seq"] for entry in page["items"]] == [3, 1]
    assert (page["pagination"]["total_count"], page["pagination"]["total_pages"]) == (4, 2)
