"""`python main.py erase`, as the role that owns the tables."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.databases import Database, SqliteDatabase
from tests.forked import Outcome, outcome
from tests.house import House
from tests.served import environment_for
from tests.stored_history import assert_whole, stored_entries
from tests.tampering import diagnosis

SECRET = "4929 1234 5678 9012"  # noqa: S105  # a text


def erase(database: Database, *arguments: str) -> Outcome:
    return outcome(environment_for(database), "erase", *arguments)


async def test_it_erases_and_says_so(house: House, database: Database) -> None:
    task = await house.tasks.create_task(SECRET, "Two litres")
    await house.tasks.update_task(task.id, title="Milk")

    ended = erase(database, str(task.id), "title", "--title", "Oat milk")

    assert ended == (0, f"Erased title of task {task.id} from its history\n", "")
    assert (await house.tasks.get_task(task.id)).title == "Oat milk"
    assert SECRET not in repr(database.state())
    assert (stored_entries(database)[-1]["actor_kind"], stored_entries(database)[-1]["client"]) == ("system", "main.py")
    assert diagnosis(database) == []
    assert_whole(database)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_sqlite_s_file_has_no_byte_of_what_was_overwritten_before(house: House, database: SqliteDatabase) -> None:
    task = await house.tasks.create_task("Milk", SECRET * 100)
    for number in range(20):
        await house.tasks.update_task(task.id, description=f"{number} {SECRET}" * 50)
    await house.tasks.update_task(task.id, description="Two litres")

    code, _, _ = erase(database, str(task.id), "description")

    files = [Path(f"{database.path}{suffix}") for suffix in ("", "-wal")]
    assert code == 0
    assert [SECRET.encode() in file.read_bytes() for file in files] == [False, False]


@pytest.mark.parametrize(
    "arguments",
    [("1", "title"), (str(uuid4()), "is_completed"), (str(uuid4()), "title", "title"), (str(uuid4()), "--title", "x")],
    ids=["no id", "no text", "twice", "no field"],
)
def test_what_makes_no_sense_is_refused(database: Database, arguments: tuple[str, ...]) -> None:
    with database.unchanged():
        code, output, errors = erase(database, *arguments)

    assert (code, output) == (1, "")
    assert errors == "erase: needs the id of a task, and title, description or both, each once.\n"


def test_a_task_that_never_was_is_an_error(database: Database) -> None:
    with database.unchanged():
        code, output, errors = erase(database, str(uuid4()), "title")

    assert (code, output, errors) == (1, "", "erase: Task not found.\n")
