"""Texts with more combining marks in a row than are accepted now, stored by an earlier version."""

from main import create_app
from tests.api_client import running
from tests.conftest import settings_for
from tests.databases import Database
from tests.house import House
from tests.tampering import diagnosis

TITLE = "Zalgo" + "\u0301\u0327" * 40
DESCRIPTION = "\u0488" * 100


async def test_earlier_texts_can_be_read_searched_changed_and_restored(house: House, database: Database) -> None:
    task = await house.tasks.create_task(TITLE, DESCRIPTION)

    async with running(create_app(settings_for(database))) as api:
        read = await api.get(str(task.id))
        found = await api.send("GET", "/tasks?q=zalg")
        completed = await api.complete(str(task.id))
        await api.delete(str(task.id))
        restored = await api.restore(str(task.id))
        of_then = await api.at(str(task.id), 1)

    assert found.tasks == [read.task]
    assert [answer.task["title"] for answer in (read, completed, restored, of_then)] == [TITLE] * 4
    assert restored.task["description"] == DESCRIPTION
    assert diagnosis(database) == []


async def test_such_a_text_can_be_changed_only_into_a_valid_one(house: House, database: Database) -> None:
    task = await house.tasks.create_task(TITLE, DESCRIPTION)

    async with running(create_app(settings_for(database))) as api:
        as_it_was = await api.update(str(task.id), title=TITLE)
        better = await api.update(str(task.id), title="Zalgo")

    assert as_it_was.refusal == (400, "title: must not have more than 30 combining marks in a row")
    assert (better.status, better.task["description"]) == (200, DESCRIPTION)
