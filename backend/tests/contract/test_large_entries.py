"""Pages of large entries end at about 1 MB, and say where to go on."""

from typing import cast

import pytest

from src.services import entries
from tests.answer import Answer, Entry
from tests.api_client import Api

LARGEST = "🥛" * 5_000
ENTRIES = 70
"""Of 40 KB each, but for the first."""
PAGE_BYTES = 1_300_000


@pytest.fixture(scope="module")
async def api(shared_api: Api) -> Api:
    """One task whose description has been replaced again and again."""
    task = await shared_api.create("Buy milk")
    for number in range(1, ENTRIES):
        await shared_api.update(task, description=LARGEST[1:] + str(number % 10))
    return shared_api


def seqs_of(answers: list[Answer]) -> list[int]:
    return [entry["seq"] for answer in answers for entry in items_of(answer)]


def items_of(answer: Answer) -> list[Entry]:
    return cast("dict[str, list[Entry]]", answer.content)["items"]


def sizes_of(answers: list[Answer]) -> list[int]:
    return [len(answer.response.content) for answer in answers]


@pytest.mark.parametrize("limit", [ENTRIES, 100, 1_000])
async def test_changes_end_at_the_bound_and_link_leads_on(api: Api, limit: int) -> None:
    answers = await api.walk(f"/changes?limit={limit}")

    assert seqs_of(answers) == list(range(1, ENTRIES + 1))
    assert min(sizes_of(answers)[:-1]) > 1_000_000
    assert max(sizes_of(answers)) < PAGE_BYTES


async def test_next_since_leads_on_as_link_does(api: Api) -> None:
    by_link = await api.walk("/changes?limit=1000")

    by_number, since = [], 0
    while items_of(answer := await api.send("GET", f"/changes?since={since}&limit=1000")):
        by_number.append(answer)
        since = cast("dict[str, int]", answer.content)["next_since"]

    assert [answer.content for answer in by_number] == [answer.content for answer in by_link]


async def test_link_keeps_the_limit_and_names_where_the_page_ended(api: Api) -> None:
    whole, last = (
        await api.send("GET", "/changes?since=3&limit=2"),
        await api.send("GET", f"/changes?since={ENTRIES - 1}"),
    )
    empty = await api.send("GET", f"/changes?since={ENTRIES}")

    assert [answer.link for answer in (whole, last, empty)] == ["?limit=2&since=5", None, None]


@pytest.mark.parametrize(
    "path", ["/history?limit=100", "/tasks/{id}/history?limit=100", "/history?action_type=UPDATED&limit=99"]
)
async def test_pages_of_the_history_end_at_the_bound_and_link_leads_on(api: Api, path: str) -> None:
    path = path.format(id=(await api.tasks())[0]["id"])
    oldest = 2 if "UPDATED" in path else 1

    answers = await api.walk(path)

    assert seqs_of(answers) == list(range(ENTRIES, oldest - 1, -1))
    assert max(sizes_of(answers)) < PAGE_BYTES
    figures = [answer.page["pagination"] for answer in answers]
    assert {each["total_count"] for each in figures} == {ENTRIES + 1 - oldest}
    assert [each["has_next"] for each in figures] == [True] * (len(answers) - 1) + [False]
    assert [each["has_prev"] for each in figures] == [False] + [True] * (len(answers) - 1)


async def test_pages_by_number_begin_where_their_number_says(api: Api) -> None:
    second = await api.send("GET", "/history?page=2&limit=35")

    assert seqs_of([second]) == list(range(ENTRIES - 35, 0, -1))[: len(items_of(second))]
    assert (second.page["pagination"]["current_page"], second.page["pagination"]["has_next"]) == (2, True)


@pytest.mark.parametrize("path", ["/changes", "/history"])
async def test_an_entry_that_is_larger_than_the_bound_has_a_page_of_its_own(
    api: Api, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(entries, "PAGE_BYTES", 1)

    answers = await api.walk(path)

    assert sorted(seqs_of(answers)) == list(range(1, ENTRIES + 1))
    assert {len(items_of(answer)) for answer in answers} == {1}
