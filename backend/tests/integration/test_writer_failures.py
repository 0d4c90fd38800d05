"""Failed commits and broken connections: never reported as success, never retried, and distinguished."""

from typing import LiteralString

import pytest

from src.database.driver_errors import RefusedByDatabaseError
from src.exceptions.errors import OutcomeUnknownError, UnavailableError
from src.models.task import TaskSnapshot
from tests.api_client import Api
from tests.broken_databases import AT_COMMIT, AT_INSERT, RAISE, TERMINATE, break_commits, full_disk
from tests.databases import Database, PostgresDatabase
from tests.house import House, Watch, together
from tests.stored_history import assert_whole, titles

only_postgresql = pytest.mark.parametrize("server", ["postgresql"], indirect=True)


async def test_a_commit_that_fails_is_unknown_to_all_of_its_batch_and_not_repeated(
    house: House, database: Database
) -> None:
    commits = break_commits(house.writing, after=False)
    watch = Watch(house.writing)

    answers = await together(*(house.tasks.create_task(title) for title in ("Milk", "Bread", "Eggs")))

    assert [type(answer) for answer in answers] == [OutcomeUnknownError] * 3
    assert (watch.begun, len(commits)) == (1, 1)
    assert titles(database) == []
    assert_whole(database)


async def test_a_commit_whose_confirmation_is_lost_is_unknown_and_its_changes_stand_once(
    house: House, database: Database
) -> None:
    commits = break_commits(house.writing, after=True)
    watch = Watch(house.writing)

    answers = await together(*(house.tasks.create_task(title) for title in ("Milk", "Bread", "Eggs")))

    assert [type(answer) for answer in answers] == [OutcomeUnknownError] * 3
    assert (watch.begun, len(commits)) == (1, 1)
    assert titles(database) == ["Bread", "Eggs", "Milk"]
    assert_whole(database)


@pytest.mark.parametrize("after", [False, True])
async def test_after_a_failed_commit_the_next_write_succeeds(house: House, database: Database, *, after: bool) -> None:
    break_commits(house.writing, after=after)
    await together(house.tasks.create_task("Milk"))

    task = await house.tasks.create_task("Bread")

    assert await house.tasks.get_task(task.id) == task
    assert_whole(database)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_writes_on_a_full_disk_report_that_nothing_was_changed(house: House, database: Database) -> None:
    commits = break_commits(house.writing, after=False, error=full_disk())

    answers = await together(*(house.tasks.create_task(title) for title in ("Milk", "Bread", "Eggs")))

    assert [type(answer) for answer in answers] == [UnavailableError] * 3
    assert len(commits) == 1
    assert titles(database) == []
    assert_whole(database)


async def test_an_unknown_outcome_is_reported_as_unknown(house: House) -> None:
    break_commits(house.writing, after=False)

    with pytest.raises(OutcomeUnknownError) as unknown:
        await house.tasks.create_task("Milk")

    assert unknown.value.status == 503
    assert int(unknown.value.headers["Retry-After"]) > 0
    assert "may or may not have been stored" in unknown.value.sentence
    assert "Idempotency-Key is safe" in unknown.value.sentence


async def test_a_failed_commit_of_a_command_that_runs_alone_leaves_the_others_their_outcomes(
    house: House, database: Database
) -> None:
    break_commits(house.writing, after=False)

    answers = await together(*(house.tasks.create_task(title) for title in ("Milk", "", "Bread")))

    assert [type(answer) for answer in answers] == [
        OutcomeUnknownError,
        RefusedByDatabaseError,
        TaskSnapshot,
    ]
    assert titles(database) == ["Bread"]
    assert_whole(database)


@only_postgresql
@pytest.mark.parametrize("failure", [RAISE, TERMINATE], ids=["a deferred constraint", "a lost connection"])
async def test_a_server_that_refuses_to_commit_has_stored_nothing(
    house: House, database: PostgresDatabase, failure: LiteralString
) -> None:
    database.run(failure)
    database.run(AT_COMMIT)
    watch = Watch(house.writing)

    answers = await together(*(house.tasks.create_task(title) for title in ("Milk", "Guilty", "Bread")))

    assert [type(answer) for answer in answers] == [OutcomeUnknownError] * 3
    assert watch.begun == 1
    assert titles(database) == []


@only_postgresql
async def test_a_client_gets_503_for_a_commit_that_failed(api: Api, database: PostgresDatabase) -> None:
    database.run(RAISE)
    database.run(AT_COMMIT)

    answer = await api.create("Guilty")

    assert answer.status == 503
    assert "may or may not have been stored" in str(answer.error)
    assert int(answer.response.headers["retry-after"]) > 0
    assert await api.titles() == []


@only_postgresql
async def test_a_connection_lost_before_the_commit_has_changed_nothing(
    house: House, database: PostgresDatabase
) -> None:
    database.run(TERMINATE)
    database.run(AT_INSERT)
    watch = Watch(house.writing)

    answers = await together(*(house.tasks.create_task(title) for title in ("Milk", "Guilty", "Bread")))

    assert [type(answer) for answer in answers] == [UnavailableError] * 3
    assert (watch.begun, watch.committed) == (1, 0)
    assert titles(database) == []


@only_postgresql
async def test_a_command_that_was_stored_alone_is_not_reported_as_unchanged(
    house: House, database: PostgresDatabase
) -> None:
    database.run(TERMINATE)
    database.run(AT_INSERT)

    # The empty title has the batch refused before "Guilty" breaks the connection: each runs alone.
    answers = await together(*(house.tasks.create_task(title) for title in ("Milk", "", "Guilty", "Bread")))

    stored = [answer.title for answer in answers if isinstance(answer, TaskSnapshot)]
    assert sorted(stored) == titles(database)
    assert {type(answer) for answer in answers} <= {TaskSnapshot, RefusedByDatabaseError, UnavailableError}


@only_postgresql
async def test_a_connection_lost_between_writes_is_replaced_unnoticed(house: House, database: PostgresDatabase) -> None:
    await house.tasks.create_task("Milk")
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid != pg_backend_pid()"
    )

    await house.tasks.create_task("Bread")

    assert titles(database) == ["Bread", "Milk"]
    assert_whole(database)
