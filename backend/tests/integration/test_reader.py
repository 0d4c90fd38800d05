"""Concurrent reads share queries, never join one that has begun, and can't write."""

import gc
from asyncio import Task, gather, to_thread
from collections.abc import Iterator
from functools import partial
from threading import Semaphore
from weakref import ref

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DBAPIError

from src.batching.queue import Limits
from src.batching.reader import QUERY_WORKERS, Query
from src.database.connection import snapshots
from src.exceptions.errors import OverloadedError, TaskNotFoundError, UnavailableError
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType, HistoryHead
from src.utils import canonical_json
from src.utils.identifiers import new_id
from src.utils.timestamps import utc_now
from tests.databases import Database
from tests.house import Gate, House, Watch, opened, opening, started, stop_first, together
from tests.many_tasks import INSERT_TASKS

COST_AND_LIST = 2
"""Statements."""


async def test_queued_point_reads_share_a_query(house: House) -> None:
    tasks = await gather(*(house.tasks.create_task(f"Task {number}") for number in range(20)))
    watch = Watch(house.reading)

    answers = await gather(*(house.tasks.get_task(task.id) for task in reversed(tasks)))

    assert answers == tasks[::-1]
    assert len(watch.on_our_tables) == 1


async def test_point_reads_during_a_query_share_the_next_one(house: House) -> None:
    tasks = await gather(*(house.tasks.create_task(f"Task {number}") for number in range(20)))
    watch = Watch(house.reading)

    with opening(stop_first(house.reading, "before_cursor_execute", reads_tasks)) as gate:
        first = await started(house.tasks.get_task(tasks[0].id))
        await gate.reached()
        others = await started(*(house.tasks.get_task(task.id) for task in tasks[1:]))
        gate.open()
        answers = await gather(*first, *others)

    assert answers == tasks
    assert len(watch.on_our_tables) == 2


def reads_tasks(statement: str) -> bool:
    return "FROM tasks" in statement or "JOIN tasks" in statement


async def test_reads_of_existing_and_missing_tasks_share_a_query(house: House) -> None:
    task = await house.tasks.create_task("Milk")
    watch = Watch(house.reading)

    answers = await together(
        house.tasks.get_task(task.id), house.tasks.get_task(new_id()), house.tasks.get_task(task.id)
    )

    assert answers[0] == answers[2] == task
    assert isinstance(answers[1], TaskNotFoundError)
    assert len(watch.on_our_tables) == 1


async def test_a_point_read_sees_what_was_acknowledged_while_an_older_one_was_under_way(house: House) -> None:
    old = await house.tasks.create_task("Milk")

    with opening(stop_first(house.reading, "after_cursor_execute", reads_tasks)) as gate:
        older = await started(house.tasks.get_task(old.id))
        await gate.reached()
        new = await house.tasks.mark_complete(old.id)
        younger = await started(house.tasks.get_task(old.id))
        gate.open()
        await gather(*older, *younger)

    assert (older[0].result(), younger[0].result()) == (old, new)


async def test_a_list_sees_what_was_acknowledged_while_an_equal_query_was_under_way(house: House) -> None:
    with opening(stop_first(house.reading, "after_cursor_execute", reads_tasks)) as gate:
        older = await started(house.tasks.get_all_tasks())
        await gate.reached()
        task = await house.tasks.create_task("Milk")
        younger = await house.tasks.get_all_tasks()
        gate.open()
        await gather(*older)

    assert (older[0].result(), younger) == ((), (task,))


async def test_equal_queries_that_wait_together_are_asked_once(house: House) -> None:
    await house.tasks.create_task("Milk")
    watch = Watch(house.reading)

    answers = await gather(*(house.tasks.get_all_tasks() for _ in range(10)))

    assert len({id(answer) for answer in answers}) == 1
    assert len(watch.on_our_tables) == COST_AND_LIST


async def test_different_queries_that_wait_together_are_each_answered(house: House) -> None:
    task = await house.tasks.create_task("Milk")

    tasks, created, completed = await gather(
        house.tasks.get_all_tasks(),
        house.history.get_history_paginated(action_type=ActionType.CREATED),
        house.history.get_history_paginated(action_type=ActionType.COMPLETED),
    )

    assert tasks == (task,)
    assert (len(created.items), len(completed.items)) == (1, 0)


async def test_the_list_is_one_statement_after_its_cost(house: House) -> None:
    await gather(*(house.tasks.create_task(f"Task {number}") for number in range(30)))
    watch = Watch(house.reading)

    await house.tasks.get_all_tasks()

    assert len(watch.on_our_tables) == COST_AND_LIST
    assert watch.begun == 1


async def test_the_weekly_figures_are_one_statement(house: House) -> None:
    await house.tasks.create_task("Milk")
    watch = Watch(house.reading)

    await house.history.get_weekly_stats()

    assert len(watch.on_our_tables) == 1


@pytest.mark.parametrize("by_task", [False, True])
@pytest.mark.parametrize("action_type", [None, ActionType.CREATED])
async def test_a_page_of_the_history_is_two_statements_in_one_transaction(
    house: House, *, by_task: bool, action_type: ActionType | None
) -> None:
    tasks = await gather(*(house.tasks.create_task(f"Task {number}") for number in range(30)))
    watch = Watch(house.reading)

    page = await house.history.get_history_paginated(
        limit=20, task_id=tasks[0].id if by_task else None, action_type=action_type
    )

    assert len(page.items) == (1 if by_task else 20)
    assert len(watch.on_our_tables) == 2
    assert watch.begun == 1


async def test_one_query_sees_one_snapshot(house: House) -> None:
    with opening(stop_first(house.reading, "after_cursor_execute", lambda sql: "history" in sql)) as gate:
        await house.tasks.create_task("Milk")
        asked = await started(house.history.get_history_paginated())
        await gate.reached()  # the total is read, the items are not
        await house.tasks.create_task("Bread")
        gate.open()
        page = (await gather(*asked))[0]

    assert page.pagination.total_count == len(page.items) == 1


def insert_a_task(connection: Connection) -> None:
    INSERT_TASKS(connection, [canonical_json.encode(TaskSnapshot.create("Milk", None, utc_now()).row())])


def edit_the_head(connection: Connection) -> None:
    connection.execute(update(HistoryHead).where(HistoryHead.workspace_id.is_not(None)).values(seq=1_000))


@pytest.mark.parametrize("write", [insert_a_task, edit_the_head])
async def test_a_reading_connection_refuses_to_write(house: House, database: Database, write: Query[None]) -> None:
    with database.unchanged(), snapshots(house.reading).connect() as connection, pytest.raises(DBAPIError) as refusal:
        write(connection)

    assert "read" in str(refusal.value.orig)


@pytest.mark.parametrize("write", [insert_a_task, edit_the_head])
async def test_a_query_that_writes_is_refused(house: House, database: Database, write: Query[None]) -> None:
    with database.unchanged():
        answers = await together(house.reader.ask(write))

    assert isinstance(answers[0], Exception)


async def test_a_query_that_fails_leaves_those_that_wait_with_it_alone(house: House) -> None:
    def fail(connection: Connection) -> None:  # noqa: ARG001  # a query's only argument
        raise ZeroDivisionError

    answers = await together(house.reader.ask(fail), house.tasks.get_all_tasks())

    assert isinstance(answers[0], ZeroDivisionError)
    assert answers[1] == await house.tasks.get_all_tasks() == ()


async def test_a_read_that_takes_too_long_is_unavailable_and_the_next_is_served(database: Database) -> None:
    gate = Gate()

    def stand_still(connection: Connection) -> None:
        connection.execute(select(HistoryHead.seq).where(HistoryHead.workspace_id.is_not(None))).all()
        gate.pass_through()

    async with opened(database, reads=Limits(batch_timeout=1.0)) as house:
        with opening(gate):
            stuck = await together(house.reader.ask(stand_still))
            served = await house.tasks.get_all_tasks()

    assert isinstance(stuck[0], UnavailableError)
    assert "did not answer in time" in stuck[0].sentence
    assert served == ()


async def test_beyond_the_bound_a_read_is_refused_at_once(database: Database) -> None:
    async with opened(database, reads=Limits(max_queued=2)) as house:
        task = await house.tasks.create_task("Milk")
        with opening(stop_first(house.reading, "before_cursor_execute", reads_tasks)) as gate:
            waiting = await started(house.tasks.get_task(task.id))
            await gate.reached()
            waiting += await started(*(house.tasks.get_task(task.id) for _ in range(2)))

            refused = await together(house.tasks.get_task(task.id))

            gate.open()
            await gather(*waiting)

    assert isinstance(refused[0], OverloadedError)


async def test_equal_queries_that_wait_take_one_place_of_the_queue(database: Database) -> None:
    async with opened(database, reads=Limits(max_queued=1)) as house:
        with opening(Gate()) as gate:
            busy = await occupy(house, gate)

            waiting = await started(*(house.tasks.get_all_tasks() for _ in range(3)))
            refused = await together(house.history.get_history_paginated())

            gate.open()
            answers = await gather(*waiting, *busy)

    assert isinstance(refused[0], OverloadedError)
    assert answers[:3] == [(), (), ()]


async def test_a_caller_that_leaves_does_not_cancel_those_that_ask_the_same(house: House) -> None:
    with opening(Gate()) as gate:
        busy = await occupy(house, gate)
        first, *others = await started(*(house.tasks.get_all_tasks() for _ in range(3)))

        first.cancel()
        gate.open()
        answers = await gather(*others, *busy)

    assert first.cancelled()
    assert answers[:2] == [(), ()]


async def test_a_query_is_answered_before_the_rest_of_its_batch(house: House) -> None:
    def slow(connection: Connection) -> None:  # noqa: ARG001  # a query's only argument
        last.pass_through()

    with opening(Gate()) as gate, opening(Gate()) as last:
        busy = await occupy(house, gate)
        waiting = await started(house.tasks.get_all_tasks(), house.reader.ask(slow))

        gate.open()

        assert await waiting[0] == ()
        assert not waiting[1].done()
        last.open()
        await gather(*waiting, *busy)


async def occupy(house: House, gate: Gate) -> list[Task[None]]:
    """Hold each of the query workers until the gate opens."""

    def hold(connection: Connection) -> None:  # noqa: ARG001  # a query's only argument
        begun.release()
        gate.pass_through()

    begun = Semaphore(0)
    busy = []
    for _ in range(QUERY_WORKERS):
        busy += await started(house.reader.ask(partial(hold)))
        await to_thread(begun.acquire, timeout=60)
    return busy


def fail_as_expected(connection: Connection) -> None:  # noqa: ARG001  # a query's only argument
    raise TaskNotFoundError


def ask_nothing(_connection: Connection) -> None:
    """Its partials differ from each other, so they are not merged."""


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collection")
async def test_an_error_is_freed_without_a_garbage_collection(house: House) -> None:
    """Its traceback keeps everything that its callers hold, such as a list of megabytes."""
    kept = None

    try:
        await house.reader.ask(fail_as_expected)
    except TaskNotFoundError as error:
        kept = ref(error)
    for _ in range(QUERY_WORKERS):  # a worker forgets its last batch when it gets the next one
        await together(*(house.reader.ask(partial(ask_nothing)) for _ in range(QUERY_WORKERS)))

    assert kept
    assert kept() is None
