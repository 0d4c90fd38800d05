"""Two workspaces in one database: nothing of one is seen or changed through the other, and batches hold both."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from src.batching.preconditions import CommandContext, WritePreconditions
from src.batching.queue import Limits
from src.exceptions.errors import BadRequestError, OverloadedError, TaskNotFoundError
from src.history.doctor import examine_all
from src.models.workspace import WorkspaceId
from src.services.history_service import HistoryService
from src.services.task_lists import Selection
from src.services.task_service import TaskService
from tests.databases import Database
from tests.house import House, Watch, busy, opened, started
from tests.tampering import attack

OTHER = WorkspaceId(UUID("01a20470-0000-7000-8000-00000000beef"))
HEAD: LiteralString = (
    "INSERT INTO history_head (workspace_id, seq, hash, timestamp, created, updated, completed, incompleted, deleted,"
    " restored, erased, living, living_completed) SELECT '01a20470-0000-7000-8000-00000000beef', 0, '" + "0" * 64 + "',"
    " '1970-01-01T00:00:00.000000Z', 0, 0, 0, 0, 0, 0, 0, 0, 0"
)
WORKSPACE: LiteralString = (
    "INSERT INTO workspaces (id, slug, name, created_at) VALUES ('01a20470-0000-7000-8000-00000000beef', 'other',"
    " 'Other', '2026-11-27T10:00:00.000000Z')"
)


@pytest.fixture
def two(database: Database) -> Database:
    """The database with a second workspace."""
    database.run_all([WORKSPACE, HEAD])
    return database


def other_tasks(house: House) -> TaskService:
    return TaskService(house.writer, house.reader, OTHER)


def other_history(house: House) -> HistoryService:
    return HistoryService(house.reader, OTHER)


@pytest.mark.usefixtures("two")
async def test_each_has_a_history_of_its_own(house: House) -> None:
    mine, theirs = await gather(house.tasks.create_task("Mine"), other_tasks(house).create_task("Theirs"))
    await other_tasks(house).mark_complete(theirs.id)

    pages = [await history.get_history_paginated() for history in (house.history, other_history(house))]
    verdicts = [await history.verify() for history in (house.history, other_history(house))]
    weeks = [await history.get_weekly_stats() for history in (house.history, other_history(house))]

    assert [[item.seq for item in page.items] for page in pages] == [[1], [2, 1]]
    assert [page.pagination.total_count for page in pages] == [1, 2]
    assert [(verdict.valid, verdict.entries) for verdict in verdicts] == [(True, 1), (True, 2)]
    assert [week.total_completed for week in weeks] == [0, 1]
    assert await house.tasks.get_all_tasks() == (mine,)
    assert [task.id for task in await other_tasks(house).get_all_tasks()] == [theirs.id]


READS: dict[str, Callable[[TaskService, UUID], Awaitable[object]]] = {
    "get": lambda tasks, task_id: tasks.get_task(task_id),
    "get a version": lambda tasks, task_id: tasks.get_task(task_id, 1),
    "update": lambda tasks, task_id: tasks.update_task(task_id, title="Stolen"),
    "complete": lambda tasks, task_id: tasks.mark_complete(task_id),
    "delete": lambda tasks, task_id: tasks.delete_task(task_id),
    "restore": lambda tasks, task_id: tasks.restore_task(task_id, 1),
    "erase": lambda tasks, task_id: tasks.erase_task(task_id, ("title",)),
}


@pytest.mark.parametrize("use", READS.values(), ids=READS)
async def test_a_task_of_the_other_is_not_found(
    house: House, two: Database, use: Callable[[TaskService, UUID], Awaitable[object]]
) -> None:
    task = await house.tasks.create_task("Mine")

    with two.unchanged(), pytest.raises(TaskNotFoundError):
        await use(other_tasks(house), task.id)


@pytest.mark.usefixtures("two")
async def test_pages_changes_and_the_past_are_of_one(house: House) -> None:
    for number in range(3):
        await gather(house.tasks.create_task(f"Mine {number}"), other_tasks(house).create_task(f"Theirs {number}"))
    now = (await house.tasks.get_all_tasks())[0].created_at

    past = await other_tasks(house).get_all_tasks(Selection(as_of=now))
    found = await other_tasks(house).get_task_page(Selection(words=("theirs",)), 2)
    none = await other_tasks(house).get_task_page(Selection(words=("mine",)), 2)
    changes = await other_history(house).get_changes(0, 100)

    assert {task.title.split()[0] for task in past} == {"Theirs"}
    assert [task.title for task in found.items] == ["Theirs 2", "Theirs 1"]
    assert none.items == ()
    assert [item.task_title for item in changes.items] == ["Theirs 0", "Theirs 1", "Theirs 2"]
    assert found.next_cursor
    with pytest.raises(BadRequestError):
        await house.tasks.get_task_page(Selection(words=("theirs",)), 2, found.next_cursor)


@pytest.mark.usefixtures("two")
async def test_a_key_of_one_is_free_in_the_other(house: House) -> None:
    def under_the_key() -> CommandContext:
        return CommandContext(preconditions=WritePreconditions("k", "f"))

    first = await house.tasks.create_task("Mine", context=under_the_key())
    second = await other_tasks(house).create_task("Theirs", context=under_the_key())
    again = [await tasks.create_task("x", context=under_the_key()) for tasks in (house.tasks, other_tasks(house))]

    assert again == [first, second]


@pytest.mark.usefixtures("two")
async def test_a_batch_of_both_is_one_transaction_with_as_many_statements(house: House) -> None:
    await gather(house.tasks.create_task("First"), other_tasks(house).create_task("First"))
    watch = Watch(house.writing)
    async with busy(house):
        alone = await started(*(house.tasks.create_task(f"Mine {number}") for number in range(4)))
    await gather(*alone)
    of_one, begun = len(watch.on_our_tables), watch.begun
    watch.statements.clear()

    async with busy(house):
        services = (house.tasks, other_tasks(house))
        both = await started(*(tasks.create_task("Both") for tasks in services for _ in range(2)))
    await gather(*both)

    assert watch.begun - begun == 2  # the one that blocked the writer, too
    assert len(watch.on_our_tables) == of_one


def lock_other(connection: psycopg.Connection) -> None:
    """Hold the head of the other workspace, as a batch of another process does."""
    connection.execute("SELECT * FROM history_head WHERE workspace_id = %s FOR UPDATE", [OTHER])


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_head_that_is_not_free_does_not_hold_up_the_rest_of_the_batch(house: House, two: Database) -> None:
    with psycopg.connect(two.url) as another:
        lock_other(another)
        async with busy(house):
            mine, theirs = await started(house.tasks.create_task("Mine"), other_tasks(house).create_task("Theirs"))
        done = await mine
        was_waiting = not theirs.done()
        another.rollback()
        later = await theirs

    assert was_waiting
    assert (done.title, later.title) == ("Mine", "Theirs")
    assert [await history.get_head_seq() for history in (house.history, other_history(house))] == [1, 1]


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_what_was_put_back_goes_before_what_came_later(house: House, two: Database) -> None:
    with psycopg.connect(two.url) as another:
        lock_other(another)
        async with busy(house):
            mine, first = await started(house.tasks.create_task("Mine"), other_tasks(house).create_task("First"))
            second = (await started(other_tasks(house).create_task("Second")))[0]
        await mine
        another.rollback()
        await gather(first, second)

    changes = await other_history(house).get_changes(0, 10)
    assert [item.task_title for item in changes.items] == ["First", "Second"]


async def test_one_can_fill_only_half_of_the_queue(two: Database) -> None:
    async with opened(two, Limits(max_queued=3)) as house, busy(house):
        flood = await started(*(house.tasks.create_task(f"Mine {number}") for number in range(4)))
        others = await started(*(other_tasks(house).create_task(f"Theirs {number}") for number in range(4)))
    outcomes = [await gather(*calls, return_exceptions=True) for calls in (flood, others)]

    assert [[isinstance(each, OverloadedError) for each in some] for some in outcomes] == [[False] * 3 + [True]] * 2


@pytest.mark.usefixtures("two")
async def test_the_doctor_examines_all(house: House, database: Database) -> None:
    await gather(house.tasks.create_task("Mine"), other_tasks(house).create_task("Theirs"))
    with house.reading.connect() as connection:
        well = examine_all(connection)
    attack(database, "UPDATE history_head SET living = 64 WHERE workspace_id = %s", str(OTHER))

    with house.reading.connect() as connection:
        found = examine_all(connection)

    assert (well.problems, well.entries, len(well.heads)) == ([], 2, 2)
    assert found.problems == ["other: The counter living is 64, the history says 1."]
