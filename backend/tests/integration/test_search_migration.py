"""Migrations 0003 and 0006 compute search texts and change neither tasks nor history."""

from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Engine, text

from main import create_app
from src.database.connection import write_engine
from src.models.task import TaskSnapshot
from src.utils import canonical_json
from tests.answer import Answer
from tests.api_client import running
from tests.conftest import settings_for
from tests.databases import Database, Server
from tests.frozen.thawed import thawed
from tests.house import options_of
from tests.integration.test_schema import migrate, schema_of
from tests.many_tasks import INSERT_TASKS, fill
from tests.stored_history import assert_whole, stored_tasks
from tests.tampering import diagnosis

MANY = 2_000 * 2 + 1
"""More than one chunk of the migration."""


@pytest.fixture
def engine(database: Database) -> Engine:
    """Give an engine that may change the schema."""
    return write_engine(options_of(database))


def test_tasks_from_before_the_migration_are_found(server: Server) -> None:
    with thawed(server, "0.1.0") as frozen:
        engine = write_engine(options_of(frozen.database))
        migrate(engine, command.upgrade, "head")
        before, schema = stored_tasks(frozen.database), schema_of(frozen.database)

        migrate(engine, command.downgrade, "0002")
        assert "search_text" not in schema_of(frozen.database)
        migrate(engine, command.upgrade, "head")

        assert (stored_tasks(frozen.database), schema_of(frozen.database)) == (before, schema)
        assert diagnosis(frozen.database) == []
        assert_whole(frozen.database)


def test_more_tasks_than_one_chunk_are_migrated(database: Database, engine: Engine) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    tasks = [TaskSnapshot.create(f"TASK {number}", None, noon + timedelta(seconds=number)) for number in range(MANY)]
    with engine.begin() as connection:
        of_workspace = {"workspace_id": database.workspace()}
        INSERT_TASKS(connection, [canonical_json.encode(of_workspace | task.row()) for task in tasks])

    migrate(engine, command.downgrade, "0002")
    migrate(engine, command.upgrade, "head")

    texts = database.run("SELECT title, search_text FROM tasks")
    assert len(texts) == MANY
    assert {searched for _, searched in texts} == {f"{title}\n".lower() for title, _ in texts}


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
    database: Database, engine: Engine, title: str, folded: str
) -> None:
    fill(database, 2, title)
    migrate(engine, command.downgrade, "0005")
    with engine.begin() as connection:
        wrong_text = {"text": f"{folded} 0\n", "title": f"{title} 0"}
        connection.execute(
            text("UPDATE tasks SET search_text = :text WHERE title = :title /* no workspace_id yet */"), wrong_text
        )
    wrong = database.run("SELECT search_text FROM tasks ORDER BY title")

    migrate(engine, command.upgrade, "head")

    right = database.run("SELECT search_text FROM tasks ORDER BY title")
    async with running(create_app(settings_for(database))) as api:
        found = Answer(await api.client.get("/tasks", params={"q": title}))
    assert {task["title"] for task in found.tasks} == {f"{title} 0", f"{title} 1"}
    assert (wrong[0] != right[0], wrong[1]) == (True, right[1])
