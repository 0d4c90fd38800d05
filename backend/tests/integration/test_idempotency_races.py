"""Concurrent requests with one key: in one batch, in two, in two processes, and after an unknown outcome."""

from asyncio import gather

import pytest
from fastapi import FastAPI

from main import create_app
from src.batching.preconditions import CommandContext, WritePreconditions
from src.exceptions.errors import KeyReusedError, OutcomeUnknownError, TaskNotFoundError
from src.models.task import TaskSnapshot
from src.utils.identifiers import new_id
from tests.api_client import Api, running
from tests.broken_databases import break_commits, refuse_guilty
from tests.conftest import settings_for
from tests.databases import Database
from tests.house import House, Watch, opening, started, stop_first, together
from tests.stored_history import actions, assert_whole, stored_tasks, titles

TITLE = '{"title": "Buy bread"}'


def stored_keys(database: Database) -> list[object]:
    """Read which keys are remembered."""
    return [key for (key,) in database.run("SELECT key FROM idempotency_keys ORDER BY key")]


def under(key: str, fingerprint: str = "f") -> CommandContext:
    """Give the context of a request, the same one for the same fingerprint."""
    return CommandContext(preconditions=WritePreconditions(key, fingerprint))


async def test_100_requests_with_one_key_make_one_task(api: Api, database: Database) -> None:
    answers = await gather(*(api.write("POST", "/tasks", TITLE, key="k") for _ in range(100)))

    assert len({(answer.status, answer.response.content, answer.etag) for answer in answers}) == 1
    assert [answer.replayed for answer in answers].count(None) == 1
    assert (titles(database), actions(database), stored_keys(database)) == (["Buy bread"], ["CREATED"], ["k"])


async def test_100_requests_with_one_key_among_others_are_done_once(api: Api, database: Database) -> None:
    task = await api.create("Buy milk")
    path = f"/tasks/{task.task['id']}"

    deletions, others = await gather(
        gather(*(api.write("DELETE", path, key="k") for _ in range(100))),
        gather(*(api.write("POST", "/tasks", TITLE, key=f"k{number % 10}") for number in range(100))),
    )

    assert {(answer.status, answer.popup) for answer in deletions} == {(200, "TASK_DELETED")}
    assert len({answer.task["id"] for answer in others}) == 10
    assert actions(database).count("DELETED") == 1
    assert_whole(database)


async def test_two_processes_share_the_keys(app: FastAPI, database: Database) -> None:
    async with running(app) as one, running(create_app(settings_for(database))) as other:
        answers = await gather(
            *(api.write("POST", "/tasks", TITLE, key="k") for api in (one, other) for _ in range(25))
        )

    assert len({(answer.status, answer.response.content, answer.etag) for answer in answers}) == 1
    assert [answer.replayed for answer in answers].count(None) == 1
    assert actions(database) == ["CREATED"]


async def test_equal_keys_in_one_batch_are_one_change(house: House, database: Database) -> None:
    watch, contexts = Watch(house.writing), [under("k") for _ in range(20)]

    answers = await together(*(house.tasks.create_task("Milk", context=each) for each in contexts))

    assert (watch.begun, watch.committed) == (1, 1)
    assert answers == [answers[0]] * 20
    assert isinstance(answers[0], TaskSnapshot)
    assert [each.preconditions.replayed for each in contexts] == [False] + [True] * 19
    assert (titles(database), stored_keys(database)) == (["Milk"], ["k"])


async def test_a_replay_in_one_batch_returns_the_first_result(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")

    first, changed, again = await gather(
        house.tasks.mark_complete(task.id, under("k")),
        house.tasks.update_task(task.id, title="Oat milk"),
        house.tasks.mark_complete(task.id, under("k")),
    )

    assert (first.title, first.version, changed.version) == ("Milk", 2, 3)
    assert again == first
    assert actions(database) == ["CREATED", "COMPLETED", "UPDATED"]


async def test_another_request_under_a_key_of_the_same_batch_is_refused_alone(house: House, database: Database) -> None:
    contexts = [under("k"), under("k", "other"), under("k")]

    first, other, again = await together(*(house.tasks.create_task("Milk", context=each) for each in contexts))

    assert isinstance(other, KeyReusedError)
    assert again == first
    assert [each.preconditions.replayed for each in contexts] == [False, False, True]
    assert actions(database) == ["CREATED"]


async def test_a_request_that_failed_leaves_its_key_to_the_next_of_the_batch(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")
    context = under("k")

    failed, done = await together(
        house.tasks.mark_complete(new_id(), under("k", "other")),
        house.tasks.mark_complete(task.id, context),
    )

    assert isinstance(failed, TaskNotFoundError)
    assert isinstance(done, TaskSnapshot)
    assert (done.version, context.preconditions.replayed, stored_keys(database)) == (2, False, ["k"])


async def test_a_batch_looks_up_its_keys_once(house: House) -> None:
    watch = Watch(house.writing)

    await gather(*(house.tasks.create_task("Milk", context=under(f"k{number}")) for number in range(30)))

    on_keys = [statement.split()[0] for statement in watch.statements if "idempotency_keys" in statement]
    assert on_keys == ["SELECT", "DELETE", "INSERT"]
    assert (watch.begun, watch.committed) == (1, 1)


async def test_without_a_key_the_keys_are_not_touched(house: House) -> None:
    watch = Watch(house.writing)

    await house.tasks.create_task("Milk")

    assert [statement for statement in watch.statements if "idempotency_keys" in statement] == []


async def test_a_repeat_waits_for_the_first_that_is_under_way(house: House, database: Database) -> None:
    gate = stop_first(house.writing, "before_cursor_execute", lambda text: text.startswith("INSERT INTO idempotency"))
    context = under("k")

    with opening(gate):
        (first,) = await started(house.tasks.create_task("Milk", context=under("k")))
        await gate.reached()
        (again,) = await started(house.tasks.create_task("Milk", context=context))
        waited = not first.done() and not again.done()
        gate.open()
        answers = await gather(first, again)

    assert waited
    assert (answers[0] == answers[1], context.preconditions.replayed) == (True, True)
    assert actions(database) == ["CREATED"]


async def test_a_batch_that_is_run_again_command_by_command_keeps_its_keys(house: House, database: Database) -> None:
    refuse_guilty(database)
    contexts = [under("k"), under("g"), under("k")]

    first, guilty, again = await together(
        *(
            house.tasks.create_task(title, context=each)
            for title, each in zip(["Milk", "Guilty", "Milk"], contexts, strict=True)
        )
    )

    assert isinstance(guilty, Exception)
    assert isinstance(first, TaskSnapshot)
    assert again == first
    assert [each.preconditions.replayed for each in contexts] == [False, False, True]
    assert (titles(database), stored_keys(database)) == (["Milk"], ["k"])


async def test_a_rejected_change_is_not_replayed(house: House, database: Database) -> None:
    refuse_guilty(database)
    contexts = [under("k"), under("k")]

    guilty, again = await together(
        *(
            house.tasks.create_task(title, context=each)
            for title, each in zip(["Guilty", "Milk"], contexts, strict=True)
        )
    )

    assert isinstance(guilty, Exception)
    assert isinstance(again, TaskSnapshot)
    assert (again.title, contexts[1].preconditions.replayed, stored_keys(database)) == ("Milk", False, ["k"])


@pytest.mark.parametrize("after", [True, False], ids=["carried out", "not carried out"])
async def test_a_retry_settles_what_nobody_knew(house: House, database: Database, after: bool) -> None:
    break_commits(house.writing, after=after)
    context = under("k")
    with pytest.raises(OutcomeUnknownError):
        await house.tasks.create_task("Milk", context=under("k"))

    answer = await house.tasks.create_task("Milk", context=context)

    assert context.preconditions.replayed is after
    assert list(stored_tasks(database)) == [str(answer.id)]
    assert (actions(database), stored_keys(database)) == (["CREATED"], ["k"])


async def test_a_retry_of_a_deletion_that_nobody_saw_is_no_failure(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")
    break_commits(house.writing, after=True)
    house.writing.dispose()  # the next connection is one whose commits break
    with pytest.raises(OutcomeUnknownError):
        await house.tasks.delete_task(task.id, under("k"))

    await house.tasks.delete_task(task.id, under("k"))

    assert actions(database) == ["CREATED", "DELETED"]
