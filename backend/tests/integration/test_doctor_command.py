"""`python main.py doctor` in a terminal or a scheduled job."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.databases import Database, PostgresDatabase, SqliteDatabase
from tests.forked import Outcome, outcome
from tests.house import House
from tests.served import environment_for
from tests.stored_history import stored_entries, stored_tasks
from tests.tampering import attack, disarm

OWNER = (
    "Warning: This role owns the tables, so whoever has its password can switch off what protects the history; "
    "docs/operations.md has the grants of a role that can't.\n"
)


def warning(database: Database) -> str:
    """The doctor's warning about the tests' role, which owns everything."""
    return OWNER if isinstance(database, PostgresDatabase) else ""


def heads(database: Database) -> str:
    """The line that stands for all histories."""
    newest = stored_entries(database)[-1]
    text = f'[["{newest["workspace_id"]}",{newest["seq"]},"{newest["hash"]}"]]'
    return f"Heads: {sha256(text.encode()).hexdigest()}\n"


def doctor(database: Database) -> Outcome:
    """Run it to its end."""
    return outcome(environment_for(database), "doctor")


async def test_an_intact_database_is_reported_with_its_head(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Buy milk")
    await house.tasks.mark_complete(task.id)

    ended = doctor(database)

    newest = stored_entries(database)[-1]["hash"]
    output = (
        f"All is well: 2 entries, tasks and counters are what they say.\n{warning(database)}"
        f"Head: 2 {newest}\n{heads(database)}"
    )
    assert ended == (0, output, "")


async def test_problems_are_reported_in_sentences_with_a_failing_status(house: House, database: Database) -> None:
    await house.tasks.create_task("Buy milk")
    (task_id,) = stored_tasks(database)
    database.run("DROP INDEX ix_task_history_workspace_id_timestamp")
    attack(database, "UPDATE tasks SET title = 'x'")
    attack(database, "UPDATE history_head SET living = 2")

    ended = doctor(database)

    output = (
        f"Task {task_id} is not what its history says.\n"
        "The counter living is 2, the history says 1.\n"
        "The index ix_task_history_workspace_id_timestamp is missing.\n"
        f"{warning(database)}"
        f"Head: 1 {stored_entries(database)[-1]['hash']}\n"
        f"{heads(database)}"
    )
    assert ended == (1, output, "")


async def test_it_changes_nothing(house: House, database: Database) -> None:
    await house.tasks.create_task("Buy milk")

    with database.unchanged():
        doctor(database)


async def test_a_history_that_can_not_be_folded_is_no_traceback(house: House, database: Database) -> None:
    await house.tasks.create_task("Buy milk")
    disarm(database)
    attack(database, "UPDATE task_history SET changes = '{'")

    code, output, errors = doctor(database)

    assert (code, errors) == (1, "")
    assert output.startswith("The chain of hashes breaks at entry 1.\n")


def test_a_database_without_a_schema_is_reported_in_a_sentence(empty_database: Database) -> None:
    code, output, errors = doctor(empty_database)

    assert (code, output) == (1, "")
    assert errors.startswith("Tasktrail can't start: ")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_where_there_is_no_file_it_makes_none(empty_database: SqliteDatabase) -> None:
    doctor(empty_database)

    assert not Path(empty_database.path).exists()
