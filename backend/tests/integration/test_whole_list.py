"""The whole list: one statement in one snapshot, shared by concurrent requests; complete, or an error."""

import gc
import sys
from asyncio import gather

import pytest

from src.batching.reader import QUERY_WORKERS
from src.exceptions.errors import UnavailableError
from src.services.rendered_list import TASKS_AT_ONCE
from src.services.task_lists import Selection
from tests.databases import Database, PostgresDatabase
from tests.house import House, Watch, opening, started, stop_first, together
from tests.many_tasks import fill

MANY = 2 * TASKS_AT_ONCE + 1


async def test_a_long_list_is_one_statement_after_its_cost_in_one_transaction(house: House, database: Database) -> None:
    fill(database, MANY)
    watch = Watch(house.reading)

    await house.tasks.render_all_tasks()

    assert len(watch.on_our_tables) == 2
    assert watch.begun == 1


async def test_equal_lists_that_wait_together_are_read_once(house: House, database: Database) -> None:
    fill(database, MANY)
    watch = Watch(house.reading)

    one, other, active = await gather(
        house.tasks.render_all_tasks(),
        house.tasks.render_all_tasks(),
        house.tasks.render_all_tasks(Selection(is_completed=False)),
    )

    assert one is other
    assert one != active
    assert len(watch.on_our_tables) == 2 * 2


async def test_a_later_request_reads_the_list_again(house: House) -> None:
    await house.tasks.create_task("Milk")
    with opening(stop_first(house.reading, "after_cursor_execute", lambda sql: "FROM tasks" in sql)) as gate:
        older = await started(house.tasks.render_all_tasks())
        await gate.reached()
        await house.tasks.create_task("Bread")
        younger = await house.tasks.render_all_tasks()
        gate.open()
        found = await older[0]

    assert b"".join(found.parts).count(b"Bread") == 0
    assert b"".join(younger.parts).count(b"Bread") == 1


@pytest.mark.filterwarnings("ignore:<psycopg.ServerCursor:ResourceWarning")  # it can't be closed on a lost connection
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_database_that_dies_in_the_middle_is_unavailable(house: House, database: Database) -> None:
    assert isinstance(database, PostgresDatabase)
    fill(database, MANY)

    with opening(stop_first(house.reading, "after_cursor_execute", lambda sql: "FROM tasks" in sql)) as gate:
        reading = await started(house.tasks.render_all_tasks())
        await gate.reached()
        database.shut()
        gate.open()
        broken = [type(answer) for answer in await together(*reading)]
    database.open()
    del reading
    whole = await house.tasks.render_all_tasks()
    gc.collect()

    assert broken == [UnavailableError]
    assert b"".join(whole.parts).count(b'"id"') == MANY


async def test_an_idle_worker_holds_nothing_of_its_last_list(house: House, database: Database) -> None:
    fill(database, MANY)

    rendered = await house.tasks.render_all_tasks()
    await gather(*(house.tasks.get_all_tasks() for _ in range(QUERY_WORKERS)))  # so that the first worker is idle again
    gc.collect()

    assert sys.getrefcount(rendered) <= 2  # this test's own name and the argument
