"""A frozen PostgreSQL: its processes are stopped, so that connections neither respond nor break."""

from contextlib import ExitStack

import psycopg
import pytest

from src.batching.queue import Limits
from src.exceptions.errors import OutcomeUnknownError, UnavailableError
from src.models.task import TaskSnapshot
from tests.broken_databases import AT_INSERT, frozen
from tests.databases import PostgresDatabase
from tests.house import House, opened, together
from tests.stored_history import assert_whole, titles

pytestmark = pytest.mark.parametrize("server", ["postgresql"], indirect=True)

LIMITS = Limits(request_timeout=1.0, batch_timeout=1.0)
SLEEP = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_notify('asleep', pg_backend_pid()::text); PERFORM pg_sleep(600); RETURN NULL; END $$
"""


def connected(database: PostgresDatabase) -> list[int]:
    """The server's processes that serve the application."""
    rows = database.run(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tasktrail'"
    )
    return [int(str(pid)) for (pid,) in rows]


def whole_server(database: PostgresDatabase) -> list[int]:
    """The postmaster's process and those that serve the application."""
    with psycopg.connect(database.url) as connection:
        row = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
    assert row
    return [int(row[0].split()[0]), *connected(database)]


async def test_a_frozen_connection_is_unknown_and_the_next_write_succeeds_on_another(
    database: PostgresDatabase,
) -> None:
    async with opened(database, LIMITS) as house:
        await house.tasks.create_task("Milk")

        with frozen(connected(database)):
            lost = await together(house.tasks.create_task("Lost"))
            bread = await together(house.tasks.create_task("Bread"))

    assert isinstance(lost[0], OutcomeUnknownError)
    assert isinstance(bread[0], TaskSnapshot)
    assert titles(database) == ["Bread", "Milk"]
    assert_whole(database)


async def test_however_many_connections_freeze_the_next_write_finds_another(
    database: PostgresDatabase,
) -> None:
    async with opened(database, LIMITS) as house:
        with ExitStack() as thaw:
            await house.tasks.create_task("Milk")
            answers = []
            for number in range(4):
                thaw.enter_context(frozen(connected(database)))
                answers += await together(house.tasks.create_task("Lost"))
                answers += await together(house.tasks.create_task(f"Task {number}"))

    assert [type(answer) for answer in answers] == [OutcomeUnknownError, TaskSnapshot] * 4
    assert titles(database) == ["Milk", "Task 0", "Task 1", "Task 2", "Task 3"]


async def test_a_frozen_server_answers_no_write_and_serves_again_when_it_wakes(
    database: PostgresDatabase,
) -> None:
    async with opened(database, LIMITS) as house:
        await house.tasks.create_task("Milk")

        with frozen(whole_server(database)):
            answers = [(await together(house.tasks.create_task("Lost")))[0] for _ in range(2)]
        await eventually_create(house, "Bread")

    assert {isinstance(answer, UnavailableError) for answer in answers} == {True}
    assert titles(database) == ["Bread", "Milk"]
    assert_whole(database)


async def test_a_frozen_connection_keeps_no_read_from_being_served(database: PostgresDatabase) -> None:
    async with opened(database, reads=LIMITS) as house:
        task = await house.tasks.create_task("Milk")
        await house.tasks.get_task(task.id)

        with frozen(connected(database)):
            lost = await together(house.tasks.get_task(task.id))
            found = await together(house.tasks.get_task(task.id), house.tasks.get_all_tasks())

    assert isinstance(lost[0], UnavailableError)
    assert found == [task, (task,)]


async def test_a_statement_that_takes_too_long_is_ended_by_the_server_itself(
    database: PostgresDatabase,
) -> None:
    database.run(SLEEP)
    database.run(AT_INSERT)

    async with opened(database, Limits(batch_timeout=1.0)) as house:
        slow = await together(house.tasks.create_task("Guilty"))
        await house.tasks.create_task("Milk")

    assert isinstance(slow[0], UnavailableError)
    assert titles(database) == ["Milk"]


async def eventually_create(house: House, title: str) -> None:
    """Try until a write succeeds; what the frozen server still had to do may stand in the way of the first."""
    answers = await together(house.tasks.create_task(title))
    while isinstance(answers[0], OutcomeUnknownError):
        answers = await together(house.tasks.create_task(title))
    assert isinstance(answers[0], TaskSnapshot)
