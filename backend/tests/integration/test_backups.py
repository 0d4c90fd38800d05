"""`python main.py backup` and `restore`."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from src.database.copies import NOT_WRITTEN
from tests.databases import PostgresDatabase, SqliteDatabase
from tests.faults.small_disk import filled, small_disk
from tests.forked import Outcome, outcome
from tests.house import opened
from tests.many_tasks import fill
from tests.programs import BACKEND
from tests.served import connected, environment_for, serving
from tests.stored_history import stored_entries, titles
from tests.tampering import attack, disarm

sqlite = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def command(database: SqliteDatabase | PostgresDatabase, *arguments: object) -> Outcome:
    """Run it to its end."""
    return outcome(environment_for(database), *arguments)


@pytest.fixture
def disk(tmp_path: Path, template: SqliteDatabase) -> SqliteDatabase:
    """A migrated database in a folder of its own."""
    shutil.copyfile(template.path, tmp_path / "tasks.db")
    return SqliteDatabase(tmp_path / "tasks.db")


def names(database: SqliteDatabase) -> list[str]:
    return sorted(path.name for path in database.path.parent.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def write(database: SqliteDatabase, *new: str) -> None:
    async with opened(database) as house:
        for title in new:
            await house.tasks.create_task(title)


def log_of(path: Path) -> bytes:
    return Path(f"{path}-wal").read_bytes()


def back_up(database: SqliteDatabase) -> SqliteDatabase:
    code, output, errors = command(database, "backup")
    assert (code, errors) == (0, "")
    return SqliteDatabase(Path(output.removeprefix("Backed up to ").strip()))


@sqlite
@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o644])
async def test_a_backup_of_a_running_server_is_complete_and_has_the_mode_of_its_source(
    disk: SqliteDatabase, permissions: int
) -> None:
    disk.path.chmod(permissions)
    with serving(disk) as server:
        async with connected(server) as api:
            await api.create("Milk")
            copy = back_up(disk)

    assert mode(copy.path) == permissions
    assert titles(copy) == ["Milk"]
    assert stored_entries(copy) == stored_entries(disk)


@sqlite
@pytest.mark.parametrize("left", [0, 4_096, 50_000])
async def test_a_backup_on_a_full_disk_leaves_no_file(tmp_path: Path, template: SqliteDatabase, left: int) -> None:
    with small_disk(tmp_path, "16m"):
        shutil.copyfile(template.path, tmp_path / "tasks.db")
        database = SqliteDatabase(tmp_path / "tasks.db")
        fill(database, 1_000)
        with filled(tmp_path, leaving=left):
            ended = command(database, "backup")
        after = set(names(database))

    assert ended == (1, "", f"backup: {NOT_WRITTEN}; nothing is left of it.\n")
    assert after <= {"tasks.db", "tasks.db-wal", "tasks.db-shm"}  # the last two belong to the database


@sqlite
async def test_on_a_full_disk_a_restore_changes_nothing(tmp_path: Path, template: SqliteDatabase) -> None:
    with small_disk(tmp_path, "16m"):
        shutil.copyfile(template.path, tmp_path / "tasks.db")
        database = SqliteDatabase(tmp_path / "tasks.db")
        fill(database, 1_000)
        copy = back_up(database)
        before = names(database)
        with filled(tmp_path, leaving=0):
            code, _, errors = command(database, "restore", copy.path)
        after = names(database)

    assert (code, errors) == (1, f"restore: {NOT_WRITTEN}; nothing was changed.\n")
    assert after == before


@contextmanager
def started_copying(database: SqliteDatabase, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start it and yield once its temporary file exists."""
    program = [sys.executable, "main.py", *map(str, arguments)]
    with subprocess.Popen(
        program, cwd=BACKEND, env=environment_for(database), stderr=subprocess.PIPE, text=True
    ) as process:
        while not any(path.suffix == ".part" for path in database.path.parent.iterdir()):
            assert process.poll() is None
        yield process


@sqlite
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_deletes_an_unfinished_backup(disk: SqliteDatabase, number: signal.Signals) -> None:
    fill(disk, 30_000)
    before = names(disk)

    with started_copying(disk, "backup") as backup:
        backup.send_signal(number)
        _, errors = backup.communicate()

    assert (backup.returncode, errors) == (1, "backup: it was stopped; nothing is left of it.\n")
    assert names(disk) == before


@sqlite
def test_an_empty_file_is_not_backed_up(disk: SqliteDatabase) -> None:
    disk.path.write_bytes(b"")

    code, _, errors = command(disk, "backup")

    assert (code, errors) == (1, "backup: it is not a database of Tasktrail; nothing is left of it.\n")
    assert names(disk) == ["tasks.db"]


@sqlite
async def test_a_restore_replaces_the_database_and_keeps_the_old_one(disk: SqliteDatabase) -> None:
    await write(disk, "Milk")
    copy = back_up(disk)
    disk.path.chmod(0o640)
    await write(disk, "Bread")

    code, output, errors = command(disk, "restore", copy.path)

    (kept,) = (SqliteDatabase(path) for path in disk.path.parent.glob("tasks-replaced-*.db"))
    head = stored_entries(disk)[-1]["hash"]
    assert (code, errors) == (0, "")
    assert output == f"Restored 1 entries.\nHead: 1 {head}\nThe database that was there is kept as {kept.path}\n"
    assert (titles(disk), titles(kept)) == (["Milk"], ["Bread", "Milk"])
    assert mode(disk.path) == mode(kept.path) == 0o640
    assert command(disk, "doctor")[0] == command(kept, "doctor")[0] == 0


@sqlite
async def test_the_log_of_a_crash_is_not_applied_to_the_restored_database(disk: SqliteDatabase) -> None:
    await write(disk, "Milk")
    copy = back_up(disk)
    with serving(disk) as server:
        async with connected(server) as api:
            for number in range(20):
                await api.create(f"After {number}")
        server.kill()
    assert log_of(disk.path)

    command(disk, "restore", copy.path)

    (kept,) = (SqliteDatabase(path) for path in disk.path.parent.glob("tasks-replaced-*.db"))
    assert titles(disk) == ["Milk"]
    assert len(titles(kept)) == 21
    assert command(disk, "doctor")[0] == 0


@sqlite
async def test_a_damaged_database_is_replaced_and_kept_with_its_log(disk: SqliteDatabase) -> None:
    await write(disk, "Milk")
    copy = back_up(disk)
    disk.path.write_bytes(b"no database at all" * 1_000)
    shutil.copyfile(disk.path, f"{disk.path}-wal")

    code, _, errors = command(disk, "restore", copy.path)

    (kept,) = disk.path.parent.glob("tasks-replaced-*.db")
    assert (code, errors) == (0, "")
    assert titles(disk) == ["Milk"]
    assert kept.read_bytes() == log_of(kept) == b"no database at all" * 1_000


@sqlite
async def test_a_restore_without_a_database_creates_a_private_file(disk: SqliteDatabase) -> None:
    await write(disk, "Milk")
    copy = back_up(disk)
    disk.path.unlink()

    code, output, _ = command(disk, "restore", copy.path)

    assert (code, output.count("\n")) == (0, 2)
    assert (titles(disk), mode(disk.path)) == (["Milk"], 0o600)


@sqlite
async def test_a_database_in_use_is_not_replaced(disk: SqliteDatabase) -> None:
    await write(disk, "Milk")
    copy = back_up(disk)

    with serving(disk) as server:
        ended = command(disk, "restore", copy.path)
        async with connected(server) as api:
            await api.create("Bread")

    assert ended == (1, "", "restore: the database is in use; stop the server first; nothing was changed.\n")
    assert titles(disk) == ["Bread", "Milk"]


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def corrupt(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8_192:12_288] = os.urandom(4_096)
    path.write_bytes(content)


def forge(path: Path) -> None:
    disarm(SqliteDatabase(path))
    attack(SqliteDatabase(path), "UPDATE task_history SET task_title = 'Bread'")


def make_newer(path: Path) -> None:
    attack(SqliteDatabase(path), "UPDATE alembic_version SET version_num = '9999'")


def make_foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")


@sqlite
@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (truncate, "it is not a database, or it is damaged"),
        (corrupt, "it is not a database, or it is damaged"),
        (lambda path: path.write_text("Dear diary"), "it is not a database, or it is damaged"),
        (lambda path: path.write_bytes(b""), "it is not a database of Tasktrail"),
        (make_foreign, "it is not a database of Tasktrail"),
        (make_newer, "it is of a later version of Tasktrail"),
        (forge, "its chain of hashes breaks at entry 1"),
        (Path.unlink, "there is no such file"),
    ],
)
async def test_an_invalid_backup_is_not_restored(disk: SqliteDatabase, spoil: Callable[[Path], None], why: str) -> None:
    await write(disk, *["Milk"] * 30)
    copy = back_up(disk)
    spoil(copy.path)
    before = names(disk)

    with disk.unchanged():
        ended = command(disk, "restore", copy.path)

    assert ended == (1, "", f"restore: {why}; nothing was changed.\n")
    assert names(disk) == before


@sqlite
async def test_the_database_is_not_restored_from_itself(disk: SqliteDatabase) -> None:
    link = disk.path.with_name("link.db")
    link.symlink_to(disk.path)

    ended = command(disk, "restore", link)

    assert ended == (1, "", "restore: the file is the database itself; nothing was changed.\n")


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("arguments", "program"), [(["backup"], "pg_dump"), (["restore", "x.db"], "pg_restore")])
def test_for_postgresql_its_own_programs_are_named(
    database: PostgresDatabase, arguments: list[str], program: str
) -> None:
    code, output, errors = command(database, *arguments)

    assert (code, output) == (1, "")
    assert errors == f"{arguments[0]}: is for SQLite; use {program} for PostgreSQL.\n"
