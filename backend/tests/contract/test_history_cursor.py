"""GET /history and GET /tasks/{id}/history by cursor: `Link` names the next page, even if entries are added."""

from base64 import urlsafe_b64encode
from struct import pack
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.api.examples import PARAMETERS
from src.services.history_queries import HistoryPageQuery
from src.utils.validators import MAX_LIMIT, MAX_PAGE
from tests.answer import Answer, Entry, Pagination
from tests.api_client import Api
from tests.databases import Database

FOREIGN = (400, "cursor: must be one that this list gave, with the same filters")
ACTIONS = ["CREATED", "UPDATED", "COMPLETED", "INCOMPLETED", "DELETED", "RESTORED"]


async def live(api: Api) -> Answer:
    """Leave twenty entries, seven of them of one task."""
    task = await api.create("Milk")
    for number in range(3):
        other = await api.create(f"Bread {number}")
        await api.complete(other)
        await api.update(task, title=f"Milk {number}")
        await api.delete(other)
    await api.complete(task)
    await api.delete(task)
    await api.restore(task)
    for number in range(4):
        await api.create(f"Butter {number}")
    return task


def entries_of(answers: list[Answer]) -> list[Entry]:
    return [entry for answer in answers for entry in answer.page["items"]]


def seqs_of(answers: list[Answer]) -> list[int]:
    return [entry["seq"] for entry in entries_of(answers)]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 19, 20, 21, 100])
async def test_following_link_gives_every_entry_once_in_order(api: Api, limit: int) -> None:
    await live(api)

    answers = await api.walk(f"/history?limit={limit}")

    assert seqs_of(answers) == list(range(20, 0, -1))
    assert [len(answer.page["items"]) for answer in answers[:-1]] == [limit] * (len(answers) - 1)
    assert len(answers) == -(-20 // limit)


@pytest.mark.parametrize("action", ACTIONS)
async def test_following_link_with_an_action_gives_its_entries(api: Api, action: str) -> None:
    await live(api)

    answers = await api.walk(f"/history?limit=2&action_type={action}")

    assert entries_of(answers) == await api.entries(f"limit=100&action_type={action}")


@pytest.mark.parametrize("query", ["limit=2", "limit=2&action_type=UPDATED", ""])
async def test_following_link_with_a_task_gives_its_entries(api: Api, query: str) -> None:
    task_id = (await live(api)).task["id"]

    answers = await api.walk(f"/history?task_id={task_id}&{query}")

    assert entries_of(answers) == await api.entries(f"task_id={task_id}&{query}&limit=100".replace("&limit=2", ""))


async def test_following_link_in_a_tasks_history_gives_every_entry(api: Api) -> None:
    task = await live(api)

    answers = await api.walk(f"/tasks/{task.task['id']}/history?limit=3")

    assert [entry["version"] for entry in entries_of(answers)] == [7, 6, 5, 4, 3, 2, 1]


async def test_a_page_by_cursor_has_ten_entries_by_default(api: Api) -> None:
    await live(api)

    answers = await api.walk("/history")

    assert [len(answer.page["items"]) for answer in answers] == [10, 10]


async def test_pages_by_cursor_have_the_figures_of_pages_by_number(api: Api) -> None:
    await live(api)

    answers = await api.walk("/history?limit=6")

    assert [answer.page for answer in answers] == [await api.page(f"limit=6&page={number}") for number in range(1, 5)]


@pytest.mark.parametrize("asked", ["page=2&limit=5", "offset=5&limit=5", "page=2&offset=99&limit=5"])
async def test_pages_by_number_and_offset_link_to_a_cursor(api: Api, asked: str) -> None:
    await live(api)

    answers = await api.walk(f"/history?{asked}")

    assert seqs_of(answers) == list(range(15, 0, -1))
    assert set(parse_qs(urlsplit(answers[0].link or "").query)) == {"limit", "cursor"}


@pytest.mark.parametrize("query", ["limit=20", "limit=100", "page=3&limit=10", "offset=20", "action_type=RESTORED"])
async def test_the_last_page_and_those_beyond_have_no_link(api: Api, query: str) -> None:
    await live(api)

    answer = await api.send("GET", f"/history?{query}")

    assert (answer.link, answer.page["pagination"]["has_next"]) == (None, False)


async def test_the_link_is_relative_and_keeps_the_filters(api: Api) -> None:
    task = await live(api)

    answer = await api.send("GET", f"/history?limit=2&task_id={task.task['id'].upper()}&action_type=UPDATED")

    address = urlsplit(answer.link or "")
    query = parse_qs(address.query)
    assert (address.scheme, address.netloc, address.path) == ("", "", "")
    assert len(query.pop("cursor")) == 1
    assert query == {"limit": ["2"], "task_id": [task.task["id"].upper()], "action_type": ["UPDATED"]}


@pytest.mark.parametrize("action", [None, "CREATED"])
async def test_writes_between_pages_neither_repeat_nor_hide_entries(api: Api, action: str | None) -> None:
    await live(api)
    query = f"&action_type={action}" if action else ""
    before = await api.entries(f"limit=100{query}")

    answers = [await api.send("GET", f"/history?limit=3{query}")]
    while answers[-1].link is not None:
        for number in range(4):
            await api.create(f"New {number}")
        answers.append(await api.next(answers[-1]))

    assert entries_of(answers) == before


async def test_the_figures_include_entries_written_between_pages(api: Api) -> None:
    await live(api)
    first = await api.send("GET", "/history?limit=10&action_type=CREATED")
    assert first.link is None

    first = await api.send("GET", "/history?limit=4&action_type=CREATED")
    for number in range(8):
        await api.create(f"New {number}")
    second = await api.next(first)

    expected: Pagination = {
        "total_count": 16,
        "total_pages": 4,
        "current_page": 2,
        "page_size": 4,
        "has_next": False,
        "has_prev": True,
    }
    assert len(second.page["items"]) == 4
    assert second.page["pagination"] == expected
    assert second.link is None


async def test_the_limit_may_change_between_pages(api: Api) -> None:
    await live(api)
    first = await api.send("GET", "/history?limit=4")

    second = await api.send("GET", f"/history{first.link}".replace("limit=4", "limit=100"))

    assert seqs_of([first, second]) == list(range(20, 0, -1))


async def test_both_paths_give_the_same_history_of_a_task(api: Api) -> None:
    task = await live(api)
    first = await api.story(task, "limit=3")

    second = await api.page(f"limit=3&task_id={task.task['id']}&cursor={cursor_of(first)}")

    assert [entry["version"] for entry in second["items"]] == [4, 3, 2]


def cursor_of(answer: Answer) -> str:
    (cursor,) = parse_qs(urlsplit(answer.link or "").query)["cursor"]
    return cursor


@pytest.mark.parametrize("query", ["task_id={id}", "action_type=CREATED", "task_id={other}", "task_id={id}&limit=1"])
async def test_a_cursor_of_another_list_is_refused(api: Api, query: str) -> None:
    task = await live(api)
    first = await api.send("GET", "/history?limit=2&action_type=UPDATED")

    filled = query.format(id=task.task["id"], other=uuid4())
    answer = await api.send("GET", f"/history?{filled}&cursor={cursor_of(first)}")

    assert answer.refusal == FOREIGN


async def test_a_cursor_of_another_tasks_history_is_refused(api: Api) -> None:
    task, other = await live(api), await api.create()
    first = await api.story(task, "limit=3")

    answers = [
        await api.story(other, f"cursor={cursor_of(first)}"),
        await api.story(str(uuid4()), f"cursor={cursor_of(first)}"),
        await api.send("GET", f"/history?cursor={cursor_of(first)}"),
    ]

    assert [answer.refusal for answer in answers] == [FOREIGN] * 3


async def test_any_altered_character_of_a_cursor_is_detected(api: Api) -> None:
    await live(api)
    cursor = cursor_of(await api.send("GET", "/history?limit=3"))

    for place in range(len(cursor)):
        other = "A" if cursor[place] != "A" else "B"
        changed = f"{cursor[:place]}{other}{cursor[place + 1 :]}"
        assert (await api.send("GET", f"/history?cursor={changed}")).refusal == FOREIGN
    for changed in (cursor[:-1], cursor + "A", cursor + "=", cursor + "%0A", f"%20{cursor}", cursor.lower()):
        assert (await api.send("GET", f"/history?cursor={changed}")).refusal == FOREIGN


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=st.integers(-(2**63), 2**63 - 1), had=st.integers(-(2**63), 2**63 - 1), limit=st.sampled_from([1, 100]))
async def test_a_forged_position_is_harmless(
    shared_api: Api, shared_database: Database, seq: int, had: int, limit: int
) -> None:
    cursors = HistoryPageQuery(shared_database.workspace(), 0, limit, 1, None, None)._cursors

    answer = await shared_api.send("GET", f"/history?limit={limit}&cursor={cursors.write(seq, had)}")

    if seq >= 1 and 0 <= had <= MAX_PAGE * MAX_LIMIT:
        assert answer.status == 200
    else:
        assert answer.refusal == FOREIGN


@pytest.mark.parametrize("place", [(2**63 - 1, 2**63 - 1), (10**6, 2**63 - 1), (5, -1), (0, 10), (-(2**63), 0)])
async def test_an_impossible_position_is_refused(api: Api, database: Database, place: tuple[int, int]) -> None:
    cursor = HistoryPageQuery(database.workspace(), 0, 1, 1, None, None)._cursors.write(*place)
    await live(api)

    assert (await api.send("GET", f"/history?limit=1&cursor={cursor}")).refusal == FOREIGN


@pytest.mark.parametrize("version", [2**31, 2**40, 2**63 - 1])
async def test_an_impossible_version_is_refused(api: Api, database: Database, version: int) -> None:
    task = await live(api)
    cursor = HistoryPageQuery(database.workspace(), 0, 1, 1, UUID(task.task["id"]), None)._cursors.write(version, 0)

    for path in (f"/tasks/{task.task['id']}/history?limit=1", f"/history?limit=1&task_id={task.task['id']}"):
        assert (await api.send("GET", f"{path}&cursor={cursor}")).refusal == FOREIGN


async def test_a_forged_position_of_another_layout_is_refused(shared_api: Api, shared_database: Database) -> None:
    cursors = HistoryPageQuery(shared_database.workspace(), 0, 10, 1, None, None)._cursors

    for packed in (b"", pack(">q", 1), pack(">qqq", 1, 1, 1)):
        cursor = cursors._with_checksum(packed)
        assert (await shared_api.send("GET", f"/history?cursor={cursor}")).refusal == FOREIGN
        bare = urlsafe_b64encode(packed).decode()
        assert (await shared_api.send("GET", f"/history?cursor={bare}")).refusal == FOREIGN


async def test_the_documented_example_is_of_another_workspace(shared_api: Api, shared_database: Database) -> None:
    answer = await shared_api.send("GET", f"/history?cursor={PARAMETERS['cursor']}")
    of_this_one = HistoryPageQuery(shared_database.workspace(), 0, 10, 1, None, None)._cursors.write(2, 1)

    assert answer.refusal == FOREIGN
    assert len(of_this_one) == len(PARAMETERS["cursor"])
