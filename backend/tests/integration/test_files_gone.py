"""SQLite's files moved, removed or replaced under a running server: no lost write is acknowledged."""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from sqlalchemy import Connection, event, text

from src.database.sqlite_file import SUFFIXES
from src.exceptions.errors import DatabaseMovedError, OutcomeUnknownError
from tests.answer import Answer
from tests.api_client import Api
from tests.databases import SqliteDatabase
from tests.faults.small_disk import small_disk, unmount
from tests.house import House, opened, together
from tests.served import connected, serving
from tests.stored_history import assert_whole

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

READS = ["/tasks", "/history", "/stats/weekly", "/health/ready"]


async def requests(api: Api, task: Answer) -> list[Answer]:
    """Several writes and reads."""
    writes = [await api.create("Lost"), await api.complete(task), await api.delete(task)]
    return writes + [await api.send("GET", path) for path in READS]


def remove(path: Path) -> None:
    path.unlink()


def remove_all(path: Path) -> None:
    for suffix in SUFFIXES:
        Path(f"{path}{suffix}").unlink()


def replace(path: Path) -> None:
    """Replace it by a copy, as restoring a backup by hand does."""
    copy = path.with_suffix(".copy")
    shutil.copyfile(path, copy)
    copy.replace(path)


@pytest.mark.parametrize("take_away", [remove, remove_all, replace])
async def test_requests_fail_while_the_database_is_not_at_its_path(
    api: Api, database: SqliteDatabase, take_away: Callable[[Path], None]
) -> None:
    task = await api.create("Milk")

    take_away(database.path)
    answers = await requests(api, task)

    assert {(answer.status, answer.error) for answer in answers} == {(503, DatabaseMovedError.sentence)}
    assert {answer.response.headers["retry-after"] for answer in answers} == {"2"}


async def test_requests_succeed_once_the_file_is_back(api: Api, database: SqliteDatabase) -> None:
    task = await api.create("Milk")
    elsewhere = database.path.with_suffix(".elsewhere")
    database.path.rename(elsewhere)
    await requests(api, task)

    elsewhere.rename(database.path)
    await api.complete(task)

    assert await api.history() == ["COMPLETED", "CREATED"]


async def test_a_renamed_folder_is_noticed_until_it_is_back(tmp_path: Path, template: SqliteDatabase) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copyfile(template.path, folder / "tasks.db")

    async with opened(SqliteDatabase(folder / "tasks.db")) as house:
        await house.tasks.create_task("Milk")
        folder.rename(elsewhere)
        (lost,) = await together(house.tasks.create_task("Lost"))
        elsewhere.rename(folder)
        await house.tasks.create_task("Bread")
        titles = {task.title for task in await house.tasks.get_all_tasks()}

    assert isinstance(lost, DatabaseMovedError)
    assert titles == {"Milk", "Bread"}


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
async def test_a_removed_wal_stops_writes_and_loses_no_committed_change(
    house: House, database: SqliteDatabase, suffix: str
) -> None:
    await house.tasks.create_task("Milk")

    remove(Path(f"{database.path}{suffix}"))
    (lost,) = await together(house.tasks.create_task("Lost"))

    assert isinstance(lost, DatabaseMovedError)
    with closing(sqlite3.connect(f"{database.path.as_uri()}?immutable=1", uri=True)) as alone:
        assert alone.execute("SELECT title FROM tasks").fetchall() == [("Milk",)]


HOLD = """
import sqlite3, sys
reader = sqlite3.connect(sys.argv[1], isolation_level=None)
reader.execute("BEGIN")
print(reader.execute("SELECT count(*) FROM task_history WHERE workspace_id IS NOT NULL").fetchone(), flush=True)
sys.stdin.read()
"""
"""Holds a snapshot in a process of its own until its input ends."""


@contextmanager
def foreign_snapshot(database: SqliteDatabase, _house: House) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD, str(database.path)]
    with Popen(command, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.communicate()


@contextmanager
def own_snapshot(_database: SqliteDatabase, house: House) -> Iterator[None]:
    with house.reading.connect() as connection:
        connection.execute(text("SELECT count(*) FROM task_history WHERE workspace_id IS NOT NULL"))
        yield


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
@pytest.mark.parametrize("snapshot", [foreign_snapshot, own_snapshot])
async def test_a_removed_wal_is_stored_once_no_reader_has_an_older_snapshot(
    house: House,
    database: SqliteDatabase,
    suffix: str,
    snapshot: Callable[[SqliteDatabase, House], AbstractContextManager[None]],
) -> None:
    await house.tasks.create_task("Milk")
    with snapshot(database, house):
        await house.tasks.create_task("Bread")

        remove(Path(f"{database.path}{suffix}"))
        refused = [await together(house.tasks.create_task("Lost"), house.tasks.get_all_tasks()) for _ in range(3)]

        assert {type(answer) for answers in refused for answer in answers} == {DatabaseMovedError}
    await house.tasks.create_task("Tea")

    assert {task.title for task in await house.tasks.get_all_tasks()} == {"Milk", "Bread", "Tea"}
    assert_whole(database)


async def test_a_file_removed_during_the_commit_makes_the_outcome_unknown(
    house: House, database: SqliteDatabase
) -> None:
    def take_away(_connection: Connection) -> None:
        database.path.unlink()

    event.listen(house.writing, "commit", take_away)
    (answer,) = await together(house.tasks.create_task("Milk"))

    assert isinstance(answer, OutcomeUnknownError)


async def test_a_removed_database_is_not_created_again(house: House, database: SqliteDatabase) -> None:
    await house.tasks.create_task("Milk")
    database.path.unlink()

    house.writing.dispose()
    house.reading.dispose()
    answers = await together(house.tasks.create_task("Lost"), house.tasks.get_all_tasks())

    assert {type(answer) for answer in answers} == {DatabaseMovedError}
    assert not database.path.exists()


async def test_an_unmounted_disk_is_noticed(tmp_path: Path, template: SqliteDatabase) -> None:
    with small_disk(tmp_path, "16m") as disk:
        shutil.copyfile(template.path, disk / "tasks.db")
        async with opened(SqliteDatabase(disk / "tasks.db")) as house:
            await house.tasks.create_task("Milk")
            unmount(disk)
            answers = await together(house.tasks.create_task("Lost"), house.tasks.get_all_tasks())

    assert {type(answer) for answer in answers} == {DatabaseMovedError}


async def test_each_change_of_the_files_is_logged_once(
    database: SqliteDatabase,
) -> None:
    elsewhere = database.path.with_suffix(".elsewhere")
    with serving(database) as server:
        async with connected(server) as api:
            task = await api.create("Milk")
            database.path.rename(elsewhere)
            for _ in range(3):
                await api.complete(task)
            elsewhere.rename(database.path)
            for _ in range(3):
                await api.complete(task)
        log = server.log

    assert log.count("moved, removed or replaced") == 1
    assert log.count("are back in their place") == 1
    assert "Traceback" not in log


def test_a_new_database_is_private(empty_database: SqliteDatabase) -> None:
    before = os.umask(0)
    try:
        with serving(empty_database):
            modes = {stat.S_IMODE(Path(f"{empty_database.path}{suffix}").stat().st_mode) for suffix in SUFFIXES}
    finally:
        os.umask(before)

    assert modes == {0o600}


def test_the_mode_of_an_existing_database_is_kept(database: SqliteDatabase) -> None:
    database.path.chmod(0o640)

    with serving(database):
        modes = {stat.S_IMODE(Path(f"{database.path}{suffix}").stat().st_mode) for suffix in SUFFIXES}

    assert modes == {0o640}
