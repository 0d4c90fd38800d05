"""Readiness checks wait for no other read, and concurrent ones share a query."""

from asyncio import gather
from contextlib import ExitStack

import pytest
from sqlalchemy import Connection

from src.batching.reader import QUERY_WORKERS, Query
from src.exceptions.errors import SchemaChangedError
from tests.databases import Database
from tests.house import Gate, House, Watch, opening, started, stop_first, together


def held(gate: Gate) -> Query[None]:
    """Make a read that takes until its gate is opened."""

    def wait(connection: Connection) -> None:  # noqa: ARG001  # a query's only argument
        gate.pass_through()

    return wait


def is_probe(statement: str) -> bool:
    return "alembic_version" in statement


async def test_it_is_answered_while_all_other_reads_wait(house: House) -> None:
    task = await house.tasks.create_task("Milk")
    point = stop_first(house.reading, "before_cursor_execute", lambda statement: "JOIN tasks" in statement)
    at_length, *queries = gates = [Gate() for _ in range(1 + QUERY_WORKERS)]

    with ExitStack() as stack:
        for gate in (point, *gates):
            stack.enter_context(opening(gate))
        reads = await started(house.reader.task(house.workspace, task.id), house.reader.ask_slice(held(at_length)))
        for gate in queries:
            reads += await started(house.reader.ask(held(gate)))
            await gate.reached()
        await gather(point.reached(), at_length.reached())
        waiting = await started(house.history.get_weekly_stats())
        await house.reader.require_ready(house.workspace)
        still_waiting = not any(read.done() for read in [*reads, *waiting])
        stack.close()
        await gather(*reads, *waiting)

    assert still_waiting


async def test_a_flood_of_checks_runs_one_query_at_a_time(house: House) -> None:
    watch = Watch(house.probing)

    with opening(stop_first(house.probing, "before_cursor_execute", is_probe)) as gate:
        first = await started(house.reader.require_ready(house.workspace))
        await gate.reached()
        flood = await started(*(house.reader.require_ready(house.workspace) for _ in range(5_000)))
        gate.open()
        await gather(*first, *flood)

    assert len([statement for statement in watch.statements if is_probe(statement)]) == 2


@pytest.mark.parametrize("damage", ["DELETE FROM alembic_version", "UPDATE alembic_version SET version_num = 'x'"])
async def test_a_probe_that_came_later_sees_what_happened_before_it(
    house: House, database: Database, damage: str
) -> None:
    with opening(stop_first(house.probing, "after_cursor_execute", is_probe)) as gate:
        first = await started(house.reader.require_ready(house.workspace))
        await gate.reached()
        database.run(damage)
        second = await started(house.reader.require_ready(house.workspace))
        gate.open()
        outcomes = await together(*first, *second)

    assert not isinstance(outcomes[0], Exception)
    assert isinstance(outcomes[1], SchemaChangedError)
