"""Migrations at the start of the application, and start errors about the schema."""

import sys
from collections.abc import Callable
from subprocess import PIPE, Popen

import pytest
from alembic.script import ScriptDirectory

from config import Settings
from main import create_app
from src.database.migrations import _config
from src.exceptions.errors import StartError
from tests.api_client import running
from tests.conftest import settings_for
from tests.databases import Database
from tests.forked import run_main
from tests.programs import BACKEND, environment, free_port
from tests.stored_history import assert_whole

AT_ONCE = 4


def test_the_migrations_have_one_head() -> None:
    scripts = ScriptDirectory.from_config(_config())

    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_four_processes_migrate_concurrently(empty_database: Database) -> None:
    program = [sys.executable, "-m", "tests.integration.starting_process"]
    settings = environment({"DATABASE_URL": empty_database.url})
    processes = [
        Popen(program, cwd=BACKEND, env=settings, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)
        for _ in range(AT_ONCE)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    endings = [(process.communicate(timeout=60), process.returncode) for process in processes]

    assert endings == [(("", ""), 0)] * AT_ONCE
    assert empty_database.run("SELECT version_num FROM alembic_version") == [("0007",)]
    assert_whole(empty_database)


async def test_a_second_start_changes_nothing(settings: Settings, database: Database) -> None:
    async with running(create_app(settings)) as api:
        task = await api.create()

    with database.unchanged():
        async with running(create_app(settings)) as api:
            assert await api.tasks() == [task.task]


def make_it_old(database: Database) -> None:
    database.run("DELETE FROM alembic_version")


def make_it_newer(database: Database) -> None:
    database.run("UPDATE alembic_version SET version_num = '9999'")


async def test_without_auto_migrate_an_old_schema_is_a_start_error(settings: Settings, database: Database) -> None:
    make_it_old(database)

    with pytest.raises(StartError) as refusal:
        async with running(create_app(settings.model_copy(update={"auto_migrate": False}))):
            pass

    assert "alembic upgrade head" in str(refusal.value)


async def test_without_auto_migrate_a_missing_schema_is_a_start_error(
    empty_database: Database,
) -> None:
    settings = settings_for(empty_database).model_copy(update={"auto_migrate": False})

    with pytest.raises(StartError) as refusal:
        async with running(create_app(settings)):
            pass

    assert "alembic upgrade head" in str(refusal.value)
    with pytest.raises(Exception, match="tasks"):
        empty_database.run("SELECT * FROM tasks")


async def test_without_auto_migrate_a_current_schema_is_served(settings: Settings) -> None:
    async with running(create_app(settings.model_copy(update={"auto_migrate": False}))) as api:
        answer = await api.create()

    assert answer.status == 201


@pytest.mark.parametrize("auto_migrate", [True, False])
async def test_a_newer_schema_is_a_start_error(settings: Settings, database: Database, *, auto_migrate: bool) -> None:
    make_it_newer(database)

    with database.unchanged(), pytest.raises(StartError) as refusal:
        async with running(create_app(settings.model_copy(update={"auto_migrate": auto_migrate}))):
            pass

    assert "newer than this version" in str(refusal.value)


REFUSED: dict[str, tuple[Callable[[Database], None], dict[str, str], str]] = {
    "old": (make_it_old, {"AUTO_MIGRATE": "false"}, "run 'alembic upgrade head' in backend/"),
    "newer": (make_it_newer, {}, "newer than this version of Tasktrail"),
}


@pytest.mark.parametrize(("change", "given", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_failed_start_prints_the_reason_and_exits(
    database: Database, change: Callable[[Database], None], given: dict[str, str], sentence: str
) -> None:
    change(database)

    ended = run_main({"DATABASE_URL": database.url, "PORT": str(free_port()), **given})

    assert ended.code != 0
    assert sentence in ended.output
    assert "Traceback" not in ended.output


def test_the_suggested_command_migrates_the_schema(empty_database: Database) -> None:
    program = [sys.executable, "-m", "alembic", "upgrade", "head"]
    settings = environment({"DATABASE_URL": empty_database.url})

    with Popen(program, cwd=BACKEND, env=settings, stdout=PIPE, stderr=PIPE) as process:
        process.communicate(timeout=60)

    assert process.returncode == 0
    assert empty_database.run("SELECT version_num FROM alembic_version") == [("0007",)]
