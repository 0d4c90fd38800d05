"""Limits and timeouts of the queue, slow batches, disconnected clients, and shutdown. No time is measured."""

import asyncio
from asyncio import gather
from typing import Any

import pytest

from src.batching.queue import Limits
from src.exceptions.errors import OutcomeUnknownError, OverloadedError, UnavailableError
from src.models.task import TaskSnapshot
from tests.broken_databases import locked
from tests.databases import Database
from tests.house import Gate, House, Watch, busy, command, opened, opening, started, together
from tests.stored_history import assert_whole, titles

SOON = 0.05


async def test_beyond_the_bound_a_write_is_refused_at_once(database: Database) -> None:
    async with opened(database, Limits(max_queued=3)) as house:
        async with busy(house):
            waiting = await started(*(house.tasks.create_task(f"Task {number}") for number in range(3)))

            with pytest.raises(OverloadedError) as refusal:
                await house.tasks.create_task("One too many")

        await gather(*waiting)

    assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (503, "1")
    assert "nothing was changed" in refusal.value.sentence
    assert titles(database) == ["Task 0", "Task 1", "Task 2"]


async def test_when_the_queue_has_room_again_writes_are_taken_again(database: Database) -> None:
    async with opened(database, Limits(max_queued=1)) as house:
        async with busy(house):
            waiting = await started(house.tasks.create_task("Milk"))
            await together(house.tasks.create_task("One too many"))
        await gather(*waiting)

        await house.tasks.create_task("Bread")

    assert titles(database) == ["Bread", "Milk"]


async def test_a_write_that_has_not_begun_by_its_deadline_is_dropped_and_never_runs(
    database: Database,
) -> None:
    async with opened(database, Limits(request_timeout=SOON)) as house, busy(house):
        late = await together(house.tasks.create_task("Too late"))

    assert isinstance(late[0], OverloadedError)
    assert "nothing was changed" in late[0].sentence
    assert titles(database) == []
    assert_whole(database)


async def test_a_write_that_has_begun_by_its_deadline_is_unknown_and_keeps_its_outcome(
    database: Database,
) -> None:
    async with opened(database, Limits(request_timeout=SOON)) as house:
        with opening(Gate()) as gate:
            answers = await together(house.tasks.create_task("Milk"), house.writer.submit(gate.command(house)))
            gate.open()

    assert [type(answer) for answer in answers] == [OutcomeUnknownError] * 2
    assert titles(database) == ["Milk"]
    assert_whole(database)


async def test_a_deadline_cancels_nothing_of_the_batch(database: Database) -> None:
    async with opened(database, Limits(request_timeout=SOON)) as house:
        with opening(Gate()) as gate:
            watch = Watch(house.writing)
            await together(house.writer.submit(gate.command(house)), house.tasks.create_task("Milk"))
            gate.open()

    assert (watch.begun, watch.committed) == (1, 1)


async def test_a_batch_over_its_limit_is_given_up_and_its_outcome_no_longer_counts(
    database: Database,
) -> None:
    async with opened(database, Limits(batch_timeout=SOON)) as house:
        with opening(Gate()) as gate:
            answers = await together(house.tasks.create_task("Lost"), house.writer.submit(gate.command(house)))
            gate.open()

    assert [type(answer) for answer in answers] == [OutcomeUnknownError] * 2
    assert titles(database) == []
    assert_whole(database)


async def test_after_a_batch_was_given_up_the_next_write_succeeds_on_another_connection(
    database: Database,
) -> None:
    async with opened(database, Limits(batch_timeout=1.0)) as house:
        with opening(Gate()) as gate:
            await together(house.tasks.create_task("Lost"), house.writer.submit(gate.command(house)))
            gate.open()

            task = await house.tasks.create_task("Milk")

            assert await house.tasks.get_task(task.id) == task
    assert titles(database) == ["Milk"]
    assert_whole(database)


async def test_commands_behind_an_abandoned_batch_are_served(database: Database) -> None:
    async with opened(database, Limits(batch_timeout=1.0)) as house:
        with opening(Gate()) as gate:
            stuck = await started(house.writer.submit(gate.command(house)))
            await gate.reached()
            waiting = await started(house.tasks.create_task("Milk"), house.tasks.create_task("Bread"))
            with pytest.raises(OutcomeUnknownError):
                await stuck[0]
            gate.open()
            await gather(*waiting)

    assert titles(database) == ["Bread", "Milk"]


async def test_a_lock_that_somebody_else_holds_too_long_is_unavailable_and_changes_nothing(
    database: Database,
) -> None:
    async with opened(database, Limits(batch_timeout=1.0)) as house:
        with locked(database), pytest.raises(UnavailableError):
            await house.tasks.create_task("Lost")

    assert titles(database) == []
    assert_whole(database)


async def test_writes_go_on_when_a_lock_is_released(house: House, database: Database) -> None:
    with locked(database):
        waiting = await started(house.tasks.create_task("Milk"))
    await gather(*waiting)

    assert titles(database) == ["Milk"]


async def test_a_client_that_goes_away_before_its_write_began_harms_nobody(house: House, database: Database) -> None:
    async with busy(house):
        gone, other = await started(house.tasks.create_task("Gone"), house.tasks.create_task("Milk"))
        gone.cancel()
        await gather(gone, return_exceptions=True)

    assert (await other).title == "Milk"
    assert titles(database) == ["Milk"]
    assert_whole(database)


async def test_a_client_that_goes_away_while_its_write_is_under_way_changes_nothing(
    house: House, database: Database
) -> None:
    gate = Gate()
    with opening(gate):
        held: Any = house.writer.submit(gate.command(house))
        gone, *others = await started(house.tasks.create_task("Gone"), house.tasks.create_task("Milk"), held)
        await gate.reached()
        gone.cancel()
        await gather(gone, return_exceptions=True)
        gate.open()
        await gather(*others)

    assert gone.cancelled()
    assert titles(database) == ["Gone", "Milk"]
    assert_whole(database)


async def test_when_all_clients_have_gone_away_the_next_is_served(house: House, database: Database) -> None:
    async with busy(house):
        gone = await started(*(house.tasks.create_task("Gone") for _ in range(10)))
        for client in gone:
            client.cancel()
        await gather(*gone, return_exceptions=True)

    await house.tasks.create_task("Milk")

    assert titles(database) == ["Milk"]


async def test_the_end_finishes_what_was_taken_and_takes_no_more(database: Database) -> None:
    async with opened(database, Limits(max_batch=3)) as house:
        with opening(Gate()) as gate:
            held = await started(house.writer.submit(gate.command(house)))
            await gate.reached()
            taken = await started(*(house.tasks.create_task(f"Task {number}") for number in range(8)))
            closing = await started(house.writer.close())

            refused = await together(house.tasks.create_task("Too late"))
            gate.open()
            await gather(*closing)

            assert all(task.done() for task in [*held, *taken])

    assert isinstance(refused[0], OverloadedError)
    assert {type(task.result()) for task in taken} == {TaskSnapshot}
    assert titles(database) == [f"Task {number}" for number in range(8)]
    assert_whole(database)


async def test_the_end_does_not_wait_for_a_batch_longer_than_its_limit(database: Database) -> None:
    async with opened(database, Limits(batch_timeout=SOON)) as house:
        with opening(Gate()) as gate:
            stuck = await started(house.writer.submit(gate.command(house)))
            await gate.reached()

            await house.writer.close()

            assert isinstance(stuck[0].exception(), OutcomeUnknownError)


async def test_a_command_that_runs_alone_after_its_batch_timed_out_is_not_stored(database: Database) -> None:
    gate = Gate()
    attempts: list[None] = []

    def refused_at_first(_batch: object) -> None:
        attempts.append(None)
        if len(attempts) == 1:
            raise ZeroDivisionError
        gate.pass_through()

    async with opened(database, Limits(batch_timeout=0.5)) as house:
        with opening(gate):
            trouble = house.writer.submit(command(house, refused_at_first))
            answers = await together(trouble, house.tasks.create_task("Lost"))

    assert [type(answer) for answer in answers] == [OutcomeUnknownError] * 2
    assert titles(database) == []


async def test_the_loop_is_free_while_a_batch_is_under_way(house: House) -> None:
    async with busy(house), asyncio.timeout(60):
        answers = await gather(*(house.tasks.get_all_tasks() for _ in range(3)))

    assert answers == [(), (), ()]
