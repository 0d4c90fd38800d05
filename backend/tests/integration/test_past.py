"""The history is immutable: the database rejects every statement that edits, removes or replaces an entry."""

import sqlite3
from typing import LiteralString

import psycopg
import pytest

from tests.attacks import attacks_of
from tests.databases import Database
from tests.house import House
from tests.stored_history import assert_whole

ATTACKS = [
    pytest.param(kind, statement, id=f"{kind}-{name}")
    for kind in ("sqlite", "postgresql")
    for name, statement in attacks_of(kind).items()
]


@pytest.mark.parametrize(("server", "statement"), ATTACKS, indirect=["server"])
async def test_no_attack_changes_the_past(house: House, database: Database, statement: LiteralString) -> None:
    task = await house.tasks.create_task("Milk")
    await house.tasks.mark_complete(task.id)

    with database.unchanged(), pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        database.run(statement)

    assert_whole(database)


UPSERTS = [param for param in ATTACKS if "insert" in str(param.id) or "upsert" in str(param.id)]


@pytest.mark.parametrize(("server", "statement"), UPSERTS, indirect=["server"])
async def test_an_insert_is_well_formed_where_there_is_nothing_to_collide_with(
    database: Database, statement: LiteralString
) -> None:
    """The attacks fail for the intended reason, and not because of a syntax error."""
    assert database.run(statement) == []


TASK: LiteralString = (
    "INSERT INTO tasks (workspace_id, id, title, description, is_completed, created_at, updated_at, completed_at,"
    " version) VALUES ('00000000-0000-7000-8000-00000000beef', '00000000-0000-7000-8000-000000000000', {}, {}, {},"
    " '2026-11-22T10:00:00.000000Z', '2026-11-22T10:00:00.000000Z', {}, {})"
)
TIME: LiteralString = "'2026-11-22T10:00:00.000000Z'"
LONG: LiteralString = "x" * 256
TOO_LONG: LiteralString = "x" * 5001
BAD_TASKS: dict[str, LiteralString] = {
    "an empty title": TASK.format("''", "NULL", "false", "NULL", "1"),
    "a title that is too long": TASK.format("'" + LONG + "'", "NULL", "false", "NULL", "1"),
    "no title": TASK.format("NULL", "NULL", "false", "NULL", "1"),
    "a description that is too long": TASK.format("'Milk'", "'" + TOO_LONG + "'", "false", "NULL", "1"),
    "completed at no time": TASK.format("'Milk'", "NULL", "true", "NULL", "1"),
    "not completed, but at a time": TASK.format("'Milk'", "NULL", "false", TIME, "1"),
    "neither completed nor not": TASK.format("'Milk'", "NULL", "NULL", "NULL", "1"),
    "a version before the first": TASK.format("'Milk'", "NULL", "false", "NULL", "0"),
}


@pytest.mark.parametrize("statement", BAD_TASKS.values(), ids=BAD_TASKS)
def test_the_database_refuses_a_bad_task(database: Database, statement: LiteralString) -> None:
    refusals = (sqlite3.IntegrityError, psycopg.IntegrityError, psycopg.DataError)

    with database.unchanged(), pytest.raises(refusals):
        database.run(statement)


GOOD_TASKS: list[LiteralString] = [
    TASK.format("'" + "x" * 255 + "'", "'" + "x" * 5000 + "'", "true", TIME, "1"),
    TASK.format("'ä'", "''", "false", "NULL", "1"),
    TASK.format("'" + "🥛" * 255 + "'", "'" + "🥛" * 5000 + "'", "false", "NULL", "1"),
]


@pytest.mark.parametrize("statement", GOOD_TASKS, ids=["longest", "shortest", "longest beyond ASCII"])
def test_the_database_takes_what_our_rules_take(database: Database, statement: LiteralString) -> None:
    database.run(statement)

    assert len(database.state()["tasks"]) == 1


ENTRY: LiteralString = (
    "INSERT INTO task_history (workspace_id, seq, history_id, task_id, version, format, action_type, changes,"
    " timestamp, previous_hash, hash) VALUES ('00000000-0000-7000-8000-00000000beef', {},"
    " '00000000-0000-7000-8000-000000000001',"
    " '00000000-0000-7000-8000-000000000002', {}, {}, '{}', '', '2026-11-22T10:00:00.000000Z', '{}', '{}')"
)
HASH: LiteralString = "0" * 64
BAD_ENTRIES: dict[str, LiteralString] = {
    "an unknown action": ENTRY.format("1", "1", "2", "ARCHIVED", HASH, HASH),
    "an action in small letters": ENTRY.format("1", "1", "2", "created", HASH, HASH),
    "a number before the first": ENTRY.format("0", "1", "2", "CREATED", HASH, HASH),
    "a version before the first": ENTRY.format("1", "0", "2", "CREATED", HASH, HASH),
    "a short hash": ENTRY.format("1", "1", "2", "CREATED", HASH, "0"),
    "a short hash before": ENTRY.format("1", "1", "2", "CREATED", "0", HASH),
    "an unknown format": ENTRY.format("1", "1", "3", "CREATED", HASH, HASH),
    "a second head": "INSERT INTO history_head SELECT * FROM history_head",
}


@pytest.mark.parametrize("statement", BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_the_database_refuses_a_bad_entry(database: Database, statement: LiteralString) -> None:
    with database.unchanged(), pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        database.run(statement)


ACTIONS: list[LiteralString] = ["CREATED", "UPDATED", "COMPLETED", "INCOMPLETED", "DELETED", "RESTORED", "ERASED"]


@pytest.mark.parametrize("action", ACTIONS)
def test_the_database_accepts_every_action_type(database: Database, action: LiteralString) -> None:
    database.run(ENTRY.format("1", "1", "2", action, HASH, HASH))

    assert len(database.state()["task_history"]) == 1
