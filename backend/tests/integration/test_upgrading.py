"""Migrations by another version while this one is running."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from alembic import command

from src.database.connection import write_engine
from src.database.migrations import prepare_schema
from src.exceptions.errors import StartError
from tests.api_client import Api
from tests.databases import Database
from tests.house import options_of
from tests.integration.test_schema import migrate

OVERTAKEN = (503, "The database's schema is not this version's; nothing was changed")
OLDER = "UPDATE alembic_version SET version_num = '0004'"
NEWER = "UPDATE alembic_version SET version_num = '9999'"
WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
LONGEST_SECONDS = 20


async def test_an_outdated_version_neither_reads_nor_writes(api: Api, database: Database) -> None:
    task = await api.create()
    current = database.run("SELECT version_num FROM alembic_version")
    database.run(NEWER)

    with database.unchanged():
        answers = [
            await api.create(),
            await api.update(task, title="Bread"),
            await api.complete(task),
            await api.delete(task),
            await api.send(
                "PATCH", f"/tasks/{task.task['id']}/incomplete", headers={"Idempotency-Key": "changes-nothing"}
            ),
        ]
    read = await api.get(task)
    ready = await api.send("GET", "/health/ready")
    database.run_all(["DELETE FROM alembic_version", f"INSERT INTO alembic_version VALUES ('{current[0][0]}')"])
    then = await api.create()

    assert [answer.refusal for answer in answers] == [OVERTAKEN] * len(answers)
    assert (read.status, ready.refusal, then.status) == (200, OVERTAKEN, 201)


async def test_changed_tables_are_a_503(api: Api, database: Database) -> None:
    before = database.state()
    database.run_all([NEWER, "ALTER TABLE daily_counts RENAME COLUMN created TO added"])

    answers = await asyncio.gather(*(api.create() for _ in range(5)))

    assert [answer.status for answer in answers] == [503] * 5
    assert database.state() == before


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_batch_that_waited_for_a_migration_notices_it(api: Api, database: Database) -> None:
    before = database.state()

    with batch_of_another(database) as other:
        other.execute(NEWER)
        answer = asyncio.create_task(api.create())
        await asyncio.to_thread(until_somebody_waits, database)
        other.commit()

    assert (await answer).refusal == OVERTAKEN
    assert database.state() == before


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_migration_waits_for_the_batch_under_way(database: Database) -> None:
    before = database.run("SELECT version_num FROM alembic_version")
    engine = write_engine(options_of(database))

    with ThreadPoolExecutor(1) as thread:
        with batch_of_another(database) as other:
            migration = thread.submit(migrate, engine, command.downgrade, "-1")
            until_somebody_waits(database)
            meanwhile = database.run("SELECT version_num FROM alembic_version")
            other.commit()
        migration.result(LONGEST_SECONDS)

    assert meanwhile == before
    assert database.run("SELECT version_num FROM alembic_version") < before


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_migration_gives_up_on_a_long_read(database: Database) -> None:
    before = database.run_all([OLDER, "SELECT version_num FROM alembic_version"])[1]

    engine = write_engine(options_of(database))

    with psycopg.connect(database.url) as reader:
        reader.execute("SELECT count(*) FROM task_history")
        with pytest.raises(StartError, match="is being read"):
            prepare_schema(engine, migrate=True)
    engine.dispose()

    assert database.run("SELECT version_num FROM alembic_version") == before


@contextmanager
def batch_of_another(database: Database) -> Iterator[psycopg.Connection]:
    """Hold the head's lock, as a batch of another process does."""
    with psycopg.connect(database.url) as connection:
        connection.execute("SELECT * FROM history_head FOR UPDATE")
        yield connection


def until_somebody_waits(database: Database) -> None:
    """Return once somebody waits for a lock."""
    ends = time.monotonic() + LONGEST_SECONDS
    while database.run(WAITING) == [(0,)]:
        assert time.monotonic() < ends
        time.sleep(0.01)
