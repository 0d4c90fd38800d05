"""GET /tasks page by page: `limit`, `cursor` and `Link`."""

from itertools import chain
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.services.task_lists import EVERY_TASK, TaskPageQuery
from tests.answer import Answer, Task
from tests.api_client import Api
from tests.databases import Database

FOREIGN = (400, "cursor: must be one that this list gave, with the same filters")


async def live(api: Api, count: int = 23) -> list[Answer]:
    """Create tasks: every third is completed, one deleted and restored, one reopened."""
    tasks = [await api.create(f"Task {number} {'odd' if number % 2 else 'EVEN'}") for number in range(count)]
    for task in tasks[::3]:
        await api.complete(task)
    await api.delete(tasks[4])
    await api.restore(tasks[4])
    await api.reopen(tasks[0])
    return tasks


def tasks_of(answers: list[Answer]) -> list[Task]:
    return list(chain.from_iterable(answer.tasks for answer in answers))


def cursor_of(answer: Answer) -> str:
    (cursor,) = parse_qs(urlsplit(answer.link or "").query)["cursor"]
    return cursor


@pytest.mark.parametrize("limit", [1, 2, 7, 15, 16, 22, 23, 24, 100])
@pytest.mark.parametrize("filters", ["", "&status=active", "&status=completed", "&q=even", "&q=even&status=completed"])
async def test_following_link_gives_the_whole_list(api: Api, limit: int, filters: str) -> None:
    await live(api)

    answers = await api.walk(f"/tasks?limit={limit}{filters}")

    whole = (await api.send("GET", f"/tasks?{filters[1:]}")).tasks
    assert tasks_of(answers) == whole
    assert [len(answer.tasks) for answer in answers[:-1]] == [limit] * (len(answers) - 1)
    assert len(answers) == -(-len(whole) // limit)


async def test_following_link_with_as_of_gives_the_past_list(api: Api) -> None:
    tasks = await live(api)
    moment, then = (await api.entries("limit=1"))[0]["timestamp"], await api.tasks()

    answers = [await api.send("GET", f"/tasks?limit=3&as_of={moment}")]
    while answers[-1].link is not None:
        await api.create("New")
        await api.delete(tasks.pop())
        answers.append(await api.next(answers[-1]))

    assert tasks_of(answers) == then


async def test_without_limit_and_cursor_all_are_listed(api: Api) -> None:
    await live(api, 105)

    answer = await api.send("GET", "/tasks?status=all")

    assert (len(answer.tasks), answer.link) == (105, None)


async def test_a_cursor_without_a_limit_gives_ten(api: Api) -> None:
    await live(api)
    first = await api.send("GET", "/tasks?limit=2")

    second = await api.send("GET", f"/tasks?cursor={cursor_of(first)}")

    assert second.tasks == (await api.tasks())[2:12]
    assert tasks_of(await api.walk(f"/tasks?cursor={cursor_of(first)}")) == (await api.tasks())[2:]


@pytest.mark.parametrize(("count", "limit"), [(0, 1), (1, 1), (3, 3), (3, 100)])
async def test_the_last_page_has_no_link(api: Api, count: int, limit: int) -> None:
    for number in range(count):
        await api.create(f"Task {number}")

    answer = await api.send("GET", f"/tasks?limit={limit}")

    assert (len(answer.tasks), answer.link, answer.popup) == (count, None, None)


async def test_the_link_is_relative_and_keeps_the_query(api: Api) -> None:
    for _ in range(3):
        await api.create("Käse & Brot 100%")

    response = await api.client.get("/tasks", params={"limit": "2", "q": "käse & 100%", "status": "active"})

    address = urlsplit(Answer(response).link or "")
    query = parse_qs(address.query)
    assert (address.scheme, address.netloc, address.path) == ("", "", "")
    assert len(query.pop("cursor")) == 1
    assert query == {"limit": ["2"], "q": ["käse & 100%"], "status": ["active"]}
    assert response.headers["link"].isascii()


async def test_head_names_the_next_page_too(api: Api) -> None:
    await live(api)

    head, get = [await api.raw(method, "/tasks?limit=2") for method in ("HEAD", "GET")]

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["link"] == get.headers["link"]
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_new_tasks_neither_repeat_nor_hide_others(api: Api) -> None:
    await live(api)
    before = await api.tasks()

    answers = [await api.send("GET", "/tasks?limit=3")]
    while answers[-1].link is not None:
        await api.create("New")
        answers.append(await api.next(answers[-1]))

    assert tasks_of(answers) == before


async def test_a_cursor_stays_valid_if_its_task_is_deleted(api: Api) -> None:
    await live(api)
    whole = await api.tasks()
    first = await api.send("GET", "/tasks?limit=5")

    await api.delete(whole[4]["id"])
    second = await api.next(first)

    assert second.tasks == whole[5:10]


async def test_equivalent_words_share_cursors(api: Api) -> None:
    await live(api)
    first = await api.send("GET", "/tasks?limit=2&q=EVEN%20task")

    second = await api.send("GET", f"/tasks?limit=2&q=Even++TASK+even&cursor={cursor_of(first)}")

    assert second.tasks == (await api.send("GET", "/tasks?q=even")).tasks[2:4]


@pytest.mark.parametrize(
    "other",
    ["", "q=task", "q=even+x", "status=active&q=even", "q=even&as_of=2020-01-01T00:00:00Z", "q=even&status=completed"],
)
async def test_a_cursor_of_another_list_is_refused(api: Api, other: str) -> None:
    await live(api)
    first = await api.send("GET", "/tasks?limit=2&q=even")

    answer = await api.send("GET", f"/tasks?{other}&cursor={cursor_of(first)}")

    assert answer.refusal == FOREIGN


async def test_a_cursor_of_the_history_is_refused(api: Api) -> None:
    await live(api)
    page, tasks = await api.send("GET", "/history?limit=2"), await api.send("GET", "/tasks?limit=2")

    assert (await api.send("GET", f"/tasks?cursor={cursor_of(page)}")).refusal == FOREIGN
    assert (await api.send("GET", f"/history?cursor={cursor_of(tasks)}")).refusal == FOREIGN


@settings(max_examples=60, deadline=None)
@given(is_completed=st.booleans(), ticks=st.integers(-(2**63), 2**63 - 1), status=st.sampled_from(["all", "active"]))
async def test_a_forged_position_is_harmless(
    shared_api: Api, shared_database: Database, is_completed: bool, ticks: int, status: str
) -> None:
    selection = EVERY_TASK if status == "all" else type(EVERY_TASK)(is_completed=False)
    cursor = TaskPageQuery(shared_database.workspace(), selection, 1)._cursors.write(is_completed, ticks)

    answer = await shared_api.send("GET", f"/tasks?status={status}&cursor={cursor}")

    assert answer.status == 200 or answer.refusal == FOREIGN


STATES = st.lists(st.tuples(st.sampled_from(["Milk", "Bread", "milk bread"]), st.booleans()), max_size=6)


@settings(max_examples=40, deadline=None)
@given(made=STATES, limit=st.integers(1, 100), status=st.sampled_from(["all", "active", "completed"]), q=st.booleans())
async def test_following_link_gives_the_whole_list_for_any_tasks(
    shared_api: Api, made: list[tuple[str, bool]], limit: int, status: str, q: bool
) -> None:
    for title, is_completed in made:
        task = await shared_api.create(title)
        if is_completed:
            await shared_api.complete(task)
    filters = f"status={status}{'&q=MILK' if q else ''}"

    answers = await shared_api.walk(f"/tasks?limit={limit}&{filters}")

    assert tasks_of(answers) == (await shared_api.send("GET", f"/tasks?{filters}")).tasks
