"""Idempotency keys are kept for 24 hours, survive a restart, and are deleted in batches, by an index."""

import sqlite3
from contextlib import closing

import pytest
import time_machine
from fastapi import FastAPI

from main import create_app
from src.batching.preconditions import CommandContext, WritePreconditions
from tests.api_client import Api, running
from tests.conftest import settings_for
from tests.databases import Database, SqliteDatabase
from tests.house import House, Watch

pytestmark = pytest.mark.travels

TITLE = '{"title": "Buy bread"}'
MONDAY = "2026-11-16T10:00:00+00:00"
FUTURE = "2099-11-16T10:00:00+00:00"
MANY_OLD_KEYS = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
    INSERT INTO idempotency_keys (workspace_id, actor_id, key, fingerprint, snapshot, created_at)
    SELECT workspaces.id, principals.id, 'old-' || n, 'x', 'null', '2026-01-01T00:00:00.000000Z'
    FROM numbers, workspaces, principals WHERE kind = 'shared'
"""


async def send(api: Api, key: str, body: str = TITLE) -> tuple[str, str | None]:
    """Create a task under the key; give its id and whether that is a replay."""
    answer = await api.write("POST", "/tasks", body, key=key)
    return answer.task["id"], answer.replayed


def keys(database: Database) -> list[object]:
    """Read which keys are remembered, without the old ones of this file."""
    rows = database.run("SELECT key FROM idempotency_keys WHERE key NOT LIKE 'old-%' ORDER BY key")
    return [key for (key,) in rows]


def old_keys(database: Database) -> object:
    """Count the old keys of this file that are still stored."""
    return database.run("SELECT count(*) FROM idempotency_keys WHERE key LIKE 'old-%'")[0][0]


async def test_a_key_is_kept_for_24_hours(api: Api) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        first, _ = await send(api, "k")
        clock.shift(24 * 3600 - 1)

        again = await send(api, "k")

    assert again == (first, "true")


async def test_after_24_hours_a_key_is_free_again(api: Api, database: Database) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        first, _ = await send(api, "k")
        database.run(MANY_OLD_KEYS)  # more than one write clears
        clock.shift(24 * 3600)

        second, replayed = await send(api, "k")
        again = await send(api, "k")

    assert (second != first, replayed) == (True, None)
    assert again == (second, "true")
    assert keys(database) == ["k"]


async def test_after_24_hours_a_key_may_stand_for_another_request(api: Api) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        await send(api, "k")
        clock.shift(24 * 3600 + 1)

        answer = await api.write("POST", "/tasks", '{"title": "Buy milk"}', key="k")

    assert (answer.status, answer.replayed, answer.task["title"]) == (201, None, "Buy milk")


async def test_a_replay_does_not_prolong_the_life_of_a_key(api: Api) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        first, _ = await send(api, "k")
        clock.shift(13 * 3600)
        replayed, _ = await send(api, "k")
        clock.shift(13 * 3600)

        second, _ = await send(api, "k")

    assert (replayed == first, second == first) == (True, False)


async def test_a_clock_that_is_set_back_forgets_no_key(api: Api) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        first, _ = await send(api, "k")
        clock.shift(-48 * 3600)

        again = await send(api, "k")

    assert again == (first, "true")


@pytest.mark.parametrize("body", [TITLE, '{"title": "Buy milk"}'])
async def test_a_history_that_is_ahead_keeps_no_key_longer(api: Api, body: str) -> None:
    with time_machine.travel(FUTURE, tick=False) as clock:
        await api.create()
        clock.move_to(MONDAY)
        await send(api, "k")
        clock.shift(24 * 3600 + 1)

        answer = await api.write("POST", "/tasks", body, key="k")

    assert (answer.status, answer.replayed) == (201, None)


async def test_a_history_that_is_ahead_forgets_no_key_earlier(api: Api) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        first, _ = await send(api, "k")
        clock.move_to(FUTURE)
        await api.create()
        clock.move_to(MONDAY)
        clock.shift(24 * 3600 - 1)

        again = await send(api, "k")

    assert again == (first, "true")


async def test_a_history_that_is_ahead_keeps_the_key_of_a_request_that_changes_nothing(api: Api) -> None:
    with time_machine.travel(FUTURE, tick=False) as clock:
        task = await api.create()
        clock.move_to(MONDAY)
        path = f"/tasks/{task.task['id']}/incomplete"

        answers = [await api.write("PATCH", path, key="k") for _ in range(2)]

    assert [answer.replayed for answer in answers] == [None, "true"]


@pytest.mark.parametrize("is_change", [True, False])
async def test_keys_from_the_future_count_from_the_next_key_on(
    api: Api, database: Database, *, is_change: bool
) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        task = await api.create()
        clock.move_to(FUTURE)
        path = f"/tasks/{task.task['id']}/{'complete' if is_change else 'incomplete'}"
        await api.write("PATCH", path, key="k")
        clock.move_to(MONDAY)
        still_kept = await api.write("PATCH", path, key="k")
        await send(api, "next")
        clock.shift(24 * 3600 - 1)
        kept_a_day = await api.write("PATCH", path, key="k")
        clock.shift(2)

        await send(api, "last")

    assert (still_kept.replayed, kept_a_day.replayed) == ("true", "true")
    assert keys(database) == ["last"]


async def test_many_keys_from_the_future_are_brought_back_in_portions(api: Api, database: Database) -> None:
    with time_machine.travel(FUTURE, tick=False):
        await api.create()
    database.run(MANY_OLD_KEYS.replace("2026-01-01", "2099-01-01"))
    left = []

    for number in range(3):
        await send(api, f"new-{number}")
        left.append(database.run("SELECT count(*) FROM idempotency_keys WHERE created_at > '2098-01-01'")[0][0])

    assert left == [700, 200, 0]


async def test_old_keys_are_deleted_by_later_writes_and_young_ones_stay(api: Api, database: Database) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        await send(api, "first")
        clock.shift(20 * 3600)
        await send(api, "second")
        clock.shift(4 * 3600)

        await send(api, "third")

    assert keys(database) == ["second", "third"]


async def test_many_old_keys_are_cleared_in_portions(api: Api, database: Database) -> None:
    database.run(MANY_OLD_KEYS)
    left = []

    for number in range(3):
        await send(api, f"new-{number}")
        left.append(old_keys(database))

    assert left == [700, 200, 0]
    assert keys(database) == ["new-0", "new-1", "new-2"]


async def test_writes_without_a_key_and_replays_clear_nothing(api: Api, database: Database) -> None:
    await send(api, "k")
    database.run(MANY_OLD_KEYS)

    await api.create()
    await send(api, "k")

    assert old_keys(database) == 1200


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_old_keys_are_found_by_an_index(house: House, database: Database) -> None:
    watch = Watch(house.writing)
    assert isinstance(database, SqliteDatabase)

    await house.tasks.create_task("Milk", context=CommandContext(preconditions=WritePreconditions("k", "f")))

    (statement,) = [text for text in watch.statements if text.startswith("DELETE FROM idempotency_keys")]
    with closing(sqlite3.connect(database.path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", ["x"] * statement.count("?")).fetchall()
    steps = [row[3] for row in plan]
    assert any(
        "USING INDEX ix_idempotency_keys_workspace_id_created_at (workspace_id=? AND created_at<?)" in step
        for step in steps
    ), steps
    assert not any("SCAN idempotency_keys" in step or "TEMP B-TREE" in step for step in steps), steps


async def test_a_key_outlives_the_application(app: FastAPI, database: Database) -> None:
    async with running(app) as api:
        first = await api.write("POST", "/tasks", TITLE, key="k")
        await api.complete(first)

    async with running(create_app(settings_for(database))) as api:
        again = await api.write("POST", "/tasks", TITLE, key="k")
        history = await api.history()

    assert (again.status, again.replayed, again.etag) == (201, "true", '"1"')
    assert again.response.content == first.response.content
    assert history == ["COMPLETED", "CREATED"]
