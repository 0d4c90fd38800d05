"""The doctor compares tasks and counters with the history."""

from typing import LiteralString
from uuid import UUID

import pytest

from tests.databases import Database
from tests.house import House
from tests.stored_history import stored_days, stored_entries, stored_tasks
from tests.tampering import attack, diagnosis, disarm, forged_after, insert, stored

COUNTERS: tuple[LiteralString, ...] = ("created", "updated", "completed", "incompleted", "deleted", "restored")
COUNTERS += ("living", "living_completed")
COLUMNS: LiteralString = (
    "workspace_id, id, title, description, is_completed, created_at, updated_at, completed_at, version, search_text"
)
NULLS: LiteralString = "NULL, FALSE, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', NULL"
STRANGER = "01a20470-0000-7000-8000-000000000001"


@pytest.fixture
async def history(house: House, database: Database) -> Database:
    """Create an entry of each kind, and three tasks, one of them completed."""
    milk = await house.tasks.create_task("Buy milk", "Two litres")
    await house.tasks.update_task(milk.id, title="Buy oat milk")
    await house.tasks.mark_complete(milk.id)
    bread = await house.tasks.create_task("Buy bread")
    await house.tasks.mark_complete(bread.id)
    await house.tasks.mark_incomplete(bread.id)
    tea = await house.tasks.create_task("Buy tea")
    await house.tasks.delete_task(tea.id)
    await house.tasks.restore_task(tea.id)
    assert [entry["action_type"] for entry in stored_entries(database)][-2:] == ["DELETED", "RESTORED"]
    return database


def id_of(database: Database, title: str) -> str:
    return next(task_id for task_id, task in stored_tasks(database).items() if task["title"] == title)


async def test_all_is_well_without_a_task(database: Database) -> None:
    assert diagnosis(database) == []


async def test_all_is_well_with_what_the_application_wrote(history: Database) -> None:
    assert diagnosis(history) == []


@pytest.mark.parametrize(
    "alteration",
    [
        "title = 'Buy oat milk '",
        "description = 'Two liters'",
        "description = NULL",
        "description = ''",
        "is_completed = FALSE, completed_at = NULL",
        "created_at = '2026-01-01T00:00:00.000000Z'",
        "updated_at = '2026-01-01T00:00:00.000000Z'",
        "completed_at = '2026-01-01T00:00:00.000000Z'",
        "version = version + 1",
        "version = version - 1",
        "search_text = 'buy oat milk'",
        "search_text = ''",
    ],
)
async def test_a_task_that_was_altered_is_named(history: Database, alteration: LiteralString) -> None:
    task_id = id_of(history, "Buy oat milk")

    attack(history, "UPDATE tasks SET " + alteration + " WHERE id = %s", task_id)

    assert diagnosis(history) == [f"Task {task_id} is not what its history says."]


@pytest.mark.parametrize(
    "alteration",
    [
        "id = upper(id)",
        "is_completed = 2",
        "created_at = replace(created_at, 'T', ' ')",
        "updated_at = replace(updated_at, 'Z', '+00:00')",
        "completed_at = replace(completed_at, '-', '')",
        "title = CAST(title AS BLOB)",
        "title = CAST(x'ff' AS TEXT)",
    ],
)
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_a_task_that_only_reads_as_it_should_is_named(history: Database, alteration: LiteralString) -> None:
    """It would not be found by its id, or would be sorted and counted elsewhere."""
    task_id = id_of(history, "Buy oat milk")

    attack(history, "UPDATE tasks SET " + alteration + " WHERE id = %s", task_id)

    assert f"Task {task_id} is not what its history says." in diagnosis(history)


async def test_a_task_that_was_added_is_named(history: Database) -> None:
    task: LiteralString = "'Buy champagne', " + NULLS + ", 1, 'buy champagne\n'"
    attack(history, "INSERT INTO tasks (" + COLUMNS + ") SELECT id, %s, " + task + " FROM workspaces", STRANGER)

    assert diagnosis(history) == [f"Task {STRANGER} is not what its history says."]


async def test_a_task_that_was_removed_is_named(history: Database) -> None:
    task_id = id_of(history, "Buy bread")

    attack(history, "DELETE FROM tasks WHERE id = %s", task_id)

    assert diagnosis(history) == [f"Task {task_id} is not what its history says."]


async def test_a_task_under_another_id_is_named_twice(history: Database) -> None:
    task_id = id_of(history, "Buy bread")

    attack(history, "UPDATE tasks SET id = %s WHERE id = %s", STRANGER, task_id)

    assert diagnosis(history) == [f"Task {name} is not what its history says." for name in sorted([STRANGER, task_id])]


@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize("difference", [1, -1])
async def test_a_counter_that_was_altered_is_named(history: Database, counter: LiteralString, difference: int) -> None:
    (row,) = history.run("SELECT " + counter + " FROM history_head")
    (right,) = row
    assert isinstance(right, int)

    attack(history, "UPDATE history_head SET " + counter + " = %s", right + difference)

    assert diagnosis(history) == [f"The counter {counter} is {right + difference}, the history says {right}."]


@pytest.mark.parametrize(("alteration", "created", "completed"), [("created = 4", 4, 1), ("completed = 0", 3, 0)])
async def test_a_days_counts_that_were_altered_are_named(
    history: Database, alteration: LiteralString, created: int, completed: int
) -> None:
    (day,) = stored_days(history)

    attack(history, "UPDATE daily_counts SET " + alteration)

    assert diagnosis(history) == [f"The counts of {day} are {created} and {completed}, the history says 3 and 1."]


async def test_counts_of_a_day_that_are_missing_or_invented_are_named(history: Database) -> None:
    (day,) = stored_days(history)

    attack(history, "UPDATE daily_counts SET day = %s", "1999-12-31")

    assert diagnosis(history) == [
        "The counts of 1999-12-31 are 3 and 1, the history says 0 and 0.",
        f"The counts of {day} are 0 and 0, the history says 3 and 1.",
    ]


async def test_a_head_before_its_newest_entry_is_reported(history: Database) -> None:
    attack(history, "UPDATE history_head SET timestamp = %s", "2020-01-01T00:00:00.000000Z")

    assert diagnosis(history) == ["The head's time is before that of its newest entry."]


async def test_a_broken_chain_is_named_first(history: Database) -> None:
    task_id = id_of(history, "Buy bread")
    attack(history, "UPDATE tasks SET version = 64 WHERE id = %s", task_id)
    disarm(history)

    attack(history, "UPDATE task_history SET description = 'x' WHERE seq = 5")

    broken = "The chain of hashes breaks at entry 5."
    assert diagnosis(history) == [broken, f"Task {task_id} is not what its history says."]


async def test_a_forged_entry_with_a_forged_head_passes_the_chain_and_not_the_doctor(history: Database) -> None:
    disarm(history)
    forged = forged_after(stored(history, 9), action_type="UPDATED", changes='{"title":["Buy tea","Buy champagne"]}')

    insert(history, forged)
    attack(history, "UPDATE history_head SET seq = 10, hash = %s", forged["hash"])

    task = f"Task {id_of(history, 'Buy tea')} is not what its history says."
    assert diagnosis(history) == [task, "The counter updated is 1, the history says 2."]


@pytest.mark.parametrize("seq", range(1, 10))
async def test_a_removed_entry_is_reported_in_sentences(history: Database, seq: int) -> None:
    disarm(history)

    attack(history, "DELETE FROM task_history WHERE seq = %s", seq)

    assert diagnosis(history)[0] == f"The chain of hashes breaks at entry {seq}."


@pytest.mark.parametrize("changes", ["{", "null", '{"title": "x"}', '{"colour": [null, "red"]}', '{"title": [null]}'])
async def test_inconsistent_changes_are_reported_in_sentences(history: Database, changes: str) -> None:
    disarm(history)

    attack(history, "UPDATE task_history SET changes = %s WHERE seq = 4", changes)

    assert diagnosis(history) == [
        "The chain of hashes breaks at entry 4.",
        "Something that is stored can't be read, so that not all could be compared.",
    ]


@pytest.mark.parametrize("statement", ["UPDATE task_history SET timestamp = %s", "UPDATE tasks SET updated_at = %s"])
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_time_that_only_postgresql_has_is_reported_in_sentences(
    history: Database, statement: LiteralString
) -> None:
    disarm(history)

    attack(history, statement, "infinity")

    assert len(diagnosis(history)) > 0


@pytest.mark.parametrize("text", ["CAST(x'ff' AS TEXT)", "''"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE task_history SET task_id = {} WHERE seq = 4",
        "UPDATE task_history SET changes = {} WHERE seq = 4",
        "UPDATE tasks SET id = {} WHERE title = 'Buy tea'",
        "UPDATE tasks SET title = {} WHERE title = 'Buy tea'",
        "UPDATE tasks SET updated_at = {} WHERE title = 'Buy tea'",
    ],
)
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_invalid_text_is_reported_in_sentences(
    history: Database, statement: LiteralString, text: LiteralString
) -> None:
    disarm(history)

    attack(history, statement.format(text))

    assert len(diagnosis(history)) > 0


async def test_a_restore_mends_what_was_altered(house: House, history: Database) -> None:
    """Also for fields that no verb changes."""
    task_id = id_of(history, "Buy bread")
    attack(history, "UPDATE tasks SET created_at = %s WHERE id = %s", "2026-01-01T00:00:00.000000Z", task_id)

    await house.tasks.restore_task(UUID(task_id), 1)
    await house.tasks.restore_task(UUID(task_id), 1)

    assert not [problem for problem in diagnosis(history) if problem.startswith("Task ")]
    assert [entry["action_type"] for entry in stored_entries(history)].count("RESTORED") == 2  # one is of another task
