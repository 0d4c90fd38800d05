"""GET /tasks of many tasks is serialized from the rows, and equals its model to the byte."""

from itertools import pairwise

import pytest
from pydantic import TypeAdapter

from src.models.task import TaskSnapshot
from src.schemas.task import TaskList
from src.services.rendered_list import TASKS_AT_ONCE
from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database
from tests.faults.naughty_strings import CATALOGUE, INJECTIONS, WORDS
from tests.faults.texts import as_description, as_title
from tests.house import opened
from tests.many_tasks import fill

BORDERS = [0, 1, TASKS_AT_ONCE - 1, TASKS_AT_ONCE, TASKS_AT_ONCE + 1, 2 * TASKS_AT_ONCE + 1]
_ENVELOPE = TypeAdapter(TaskList)


def rendered(tasks: tuple[TaskSnapshot, ...]) -> bytes:
    """Serialize the answer as pydantic does."""
    return _ENVELOPE.dump_json(_ENVELOPE.validate_python({"data": tasks}, from_attributes=True))


async def listed(database: Database) -> tuple[TaskSnapshot, ...]:
    async with opened(database) as house:
        return await house.tasks.get_all_tasks()


@pytest.mark.parametrize("count", BORDERS)
async def test_a_list_of_any_length_equals_its_model_to_the_byte(api: Api, database: Database, count: int) -> None:
    fill(database, count)

    response = await api.raw("GET", "/tasks")

    assert len(Answer(response).tasks) == count
    assert response.content == rendered(await listed(database))
    assert response.headers["content-length"] == str(len(response.content))


async def test_any_text_is_serialized_as_its_model_does(api: Api, database: Database) -> None:
    strings = [*CATALOGUE, *INJECTIONS.values(), *WORDS.values(), "\x7f", "\u2028", "a\r\n\tb", '"\\/', "</script>"]
    for text in strings:
        title, description = as_title(text) or "x", as_description(text)
        task = await api.create(title, description)
        if len(text) % 2:
            await api.complete(task)

    response = await api.raw("GET", "/tasks")

    assert response.content == rendered(await listed(database))


async def test_a_past_list_is_serialized_the_same(api: Api) -> None:
    for number in range(3):
        await api.create(f"Task {number}")
    moment, now = (await api.entries("limit=1"))[0]["timestamp"], await api.raw("GET", "/tasks")
    await api.create("New")

    then = await api.raw("GET", f"/tasks?as_of={moment}")

    assert then.content == now.content


async def test_a_long_list_is_filtered_and_ordered_like_a_short_one(api: Api, database: Database) -> None:
    fill(database, 3 * TASKS_AT_ONCE)
    everything = await api.tasks()

    active = (await api.send("GET", "/tasks?status=active")).tasks
    some = (await api.send("GET", "/tasks?q=TASK&status=completed")).tasks

    assert active == [task for task in everything if not task["is_completed"]]
    assert some == [task for task in everything if task["is_completed"]]
    assert all(one["created_at"] > other["created_at"] for one, other in pairwise(active))
    assert len(active) == 2 * TASKS_AT_ONCE


async def test_head_of_a_long_list_has_its_headers_and_no_body(api: Api, database: Database) -> None:
    fill(database, TASKS_AT_ONCE + 1)

    head, get = await api.raw("HEAD", "/tasks"), await api.raw("GET", "/tasks")

    ours = {"x-request-id"}
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, **dict.fromkeys(ours)} == {**get.headers, **dict.fromkeys(ours)}
