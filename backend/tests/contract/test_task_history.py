"""GET /tasks/{id}/history: one task's history, paged like the whole one."""

from uuid import uuid4

import pytest

from tests.answer import Answer
from tests.api_client import Api


async def live(api: Api) -> Answer:
    """Leave seven entries of one task, interleaved with those of another."""
    task, other = await api.create("Milk"), await api.create("Bread")
    await api.update(task, title="Oat milk")
    await api.complete(task)
    await api.complete(other)
    await api.reopen(task)
    await api.delete(task)
    await api.delete(other)
    await api.restore(task)
    await api.delete(task)
    return task


async def test_only_entries_of_the_task_are_listed(api: Api) -> None:
    task = await live(api)

    answer = await api.story(task)

    items = answer.page["items"]
    assert (answer.status, answer.popup) == (200, None)
    assert [entry["action_type"] for entry in items] == [
        "DELETED",
        "RESTORED",
        "DELETED",
        "INCOMPLETED",
        "COMPLETED",
        "UPDATED",
        "CREATED",
    ]
    assert [entry["version"] for entry in items] == [7, 6, 5, 4, 3, 2, 1]
    assert items == [entry for entry in await api.entries() if entry["task_id"] == task.task["id"]]


@pytest.mark.parametrize(
    "query", ["", "page=1", "page=2&limit=3", "limit=1", "offset=2&limit=3", "page=1&offset=5", "page=9", "offset=7"]
)
async def test_it_is_paged_as_the_whole_history(api: Api, query: str) -> None:
    task = await live(api)

    answer = await api.story(task, query)

    assert answer.page == await api.page(f"{query}&task_id={task.task['id']}".lstrip("&"))
    assert answer.page["pagination"]["total_count"] == 7


async def test_pages_have_no_overlap_and_no_gap(api: Api) -> None:
    task = await live(api)

    pages = [(await api.story(task, f"page={number}&limit=3")).page for number in (1, 2, 3, 4)]

    assert [[entry["version"] for entry in page["items"]] for page in pages] == [[7, 6, 5], [4, 3, 2], [1], []]
    assert pages[2]["pagination"] == {
        "total_count": 7,
        "total_pages": 3,
        "current_page": 3,
        "page_size": 3,
        "has_next": False,
        "has_prev": True,
    }


async def test_an_unknown_task_has_no_history(api: Api) -> None:
    await live(api)

    answer = await api.story(str(uuid4()))

    assert answer.refusal == (404, "Task not found")


@pytest.mark.parametrize("query", ["task_id={id}", "action_type=CREATED", "as_of=2020-01-01T00:00:00Z", "Page=1", "=1"])
async def test_other_parameters_are_refused(shared_api: Api, query: str) -> None:
    task = await shared_api.create()

    answer = await shared_api.story(task, query.format(id=task.task["id"]))

    assert answer.refusal == (400, "query: has an unknown parameter, known are page, limit, offset and cursor")


async def test_a_parameter_can_not_be_given_twice_and_an_id_must_be_one(api: Api) -> None:
    task = await api.create()

    twice = await api.story(task, "limit=1&limit=1")
    bad_id = await api.story("1")

    assert twice.refusal == (400, "query: must not have the same parameter twice")
    assert bad_id.refusal == (400, "id: must be a UUID of 8-4-4-4-12 hexadecimal digits")
