"""Daily counts are updated with every change, and computed for earlier tasks by a migration."""

from asyncio import gather
from datetime import UTC, datetime

import pytest
from alembic import command
from time_machine import travel

from src.database.connection import write_engine
from tests.databases import Database, Server
from tests.frozen.thawed import thawed
from tests.house import House, options_of
from tests.integration.test_schema import migrate
from tests.stored_history import assert_whole, stored_days, stored_tasks
from tests.tampering import diagnosis

pytestmark = pytest.mark.travels

NEW_YEARS_EVE = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
async def two_days(house: House, database: Database) -> Database:
    """Create two tasks before midnight and one after it, by which time one is completed and another deleted."""
    with travel(NEW_YEARS_EVE, tick=False):
        milk, bread = await gather(house.tasks.create_task("Milk"), house.tasks.create_task("Bread"))
    with travel(NEW_YEAR, tick=False):
        await gather(house.tasks.create_task("Eggs"), house.tasks.mark_complete(milk.id))
        await house.tasks.delete_task(bread.id)
    return database


async def test_tasks_are_counted_on_the_day_of_their_time(two_days: Database) -> None:
    assert stored_days(two_days) == {"2026-12-31": (1, 0), "2027-01-01": (1, 1)}
    assert_whole(two_days)


async def test_undone_changes_no_longer_count(house: House, two_days: Database) -> None:
    ids = {task["title"]: task_id for task_id, task in stored_tasks(two_days).items()}
    milk = next(task for task in await house.tasks.get_all_tasks() if str(task.id) == ids["Milk"])

    await house.tasks.mark_incomplete(milk.id)
    await house.tasks.delete_task(milk.id)
    assert stored_days(two_days) == {"2027-01-01": (1, 0)}
    await house.tasks.restore_task(milk.id, version=2)

    assert stored_days(two_days) == {"2026-12-31": (1, 0), "2027-01-01": (1, 1)}
    assert_whole(two_days)


async def test_a_batch_whose_changes_cancel_out_leaves_the_counts_alone(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")

    await gather(house.tasks.mark_complete(task.id), house.tasks.mark_incomplete(task.id))

    (counts,) = stored_days(database).values()
    assert counts == (1, 0)
    assert_whole(database)


def test_tasks_from_before_the_migration_are_counted_by_it(server: Server) -> None:
    with thawed(server, "0.1.0") as frozen:
        engine = write_engine(options_of(frozen.database))
        before = stored_days(frozen.database)

        migrate(engine, command.downgrade, "0003")
        migrate(engine, command.upgrade, "head")

        assert stored_days(frozen.database) == before
        assert diagnosis(frozen.database) == []
