"""Migrations 0003 and 0006 compute search texts and change neither tasks nor history."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from alembic import command
from sqlalchemy import Engine, Table, update

from main import create_app
from src.database.connection import write_engine
from src.models.task import Task, TaskSnapshot
from src.utils import canonical_json
from tests.answer import Answer
from tests.api_client import running
from tests.conftest import settings_for
from tests.databases import Database
from tests.house import House, options_of
from tests.integration.test_schema import migrate, schema_of
from tests.many_tasks import INSERT_TASKS
from tests.stored_history import assert_whole, stored_tasks
from tests.tampering import diagnosis

MANY = 2_000 * 2 + 1
"""More than one chunk of the migration."""


@pytest.fixture
def engine(database: Database) -> Engine:
    """Give an engine that may change the schema."""
    return write_engine(options_of(database))


async def test_tasks_from_before_the_migration_are_found(house: House, database: Database, engine: Engine) -> None:
    await house.tasks.create_task("Käse", "100% Milch\nvom STRAẞENRAND")
    await house.tasks.create_task("Brot")
    gone = await house.tasks.create_task("Milch")
    await house.tasks.delete_task(gone.id)
    before, schema = stored_tasks(database), schema_of(database)

    migrate(engine, command.downgrade, "0002")
    assert "search_text" not in schema_of(database)
    migrate(engine, command.upgrade, "head")

    async with running(create_app(settings_for(database))) as api:
        found = [(await api.send("GET", f"/tasks?q={q}")).tasks for q in ("K%C3%84SE", "strassen+milch", "100%25", "x")]
    assert [[task["title"] for task in tasks] for tasks in found] == [["Käse"], ["Käse"], ["Käse"], []]
    assert (stored_tasks(database), schema_of(database)) == (before, schema)
    assert diagnosis(database) == []
    assert_whole(database)


def test_more_tasks_than_one_chunk_are_migrated(database: Database, engine: Engine) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    tasks = [TaskSnapshot.create(f"TASK {number}", None, noon + timedelta(seconds=number)) for number in range(MANY)]
    with engine.begin() as connection:
        INSERT_TASKS(connection, [canonical_json.encode(task.row()) for task in tasks])

    migrate(engine, command.downgrade, "0002")
    migrate(engine, command.upgrade, "head")

    texts = database.run("SELECT title, search_text FROM tasks")
    assert len(texts) == MANY
    assert {text for _, text in texts} == {f"{title}\n".lower() for title, _ in texts}


@pytest.mark.parametrize(
    ("title", "folded"),
    [
        ("\ua7cbNICHT", "\u0264nicht"),  # a capital of Unicode 16
        ("\U00010d50", "\U00010d70"),  # the same in a script of Unicode 16
        ("e\U00010efd\u0327", "\u0229\U00010efd"),  # a mark of Unicode 15, in another order
    ],
    ids=ascii,
)
async def test_search_texts_of_newer_pythons_are_normalized_again(
    house: House, database: Database, engine: Engine, title: str, folded: str
) -> None:
    await house.tasks.create_task(title)
    await house.tasks.create_task("Käse")
    migrate(engine, command.downgrade, "0005")
    with engine.begin() as connection:
        tasks = cast("Table", Task.__table__)
        connection.execute(update(tasks).where(tasks.c.title == title).values(search_text=f"{folded}\n"))
    assert diagnosis(database) != []

    migrate(engine, command.upgrade, "head")

    async with running(create_app(settings_for(database))) as api:
        found = Answer(await api.client.get("/tasks", params={"q": title}))
    assert [task["title"] for task in found.tasks] == [title]
    assert diagnosis(database) == []
