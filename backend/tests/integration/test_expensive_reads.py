"""Expensive reads run one at a time in a queue of their own, so that they delay no others."""

from asyncio import Task, gather
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from src.batching.reader import CHEAP, MAX_EXPENSIVE
from src.exceptions.errors import OverloadedError
from src.services.task_lists import SEARCHED_FOR_ONE_READ, AllTasks, Selection, TaskPageQuery
from src.utils.timestamps import utc_now
from tests.databases import Database
from tests.house import Gate, House, opening, started, together

WORDS = Selection(words=("milk",))


@dataclass(frozen=True)
class Expensive:
    """Blocks until its gate is opened. Equal to others with its number."""

    number: int
    gate: Gate = field(compare=False)
    rows: int = CHEAP + 1
    run: list[int] = field(default_factory=list, compare=False)

    def cost(self, connection: Connection) -> int:  # noqa: ARG002  # a query's only argument
        return self.rows

    def __call__(self, connection: Connection) -> int:  # noqa: ARG002  # likewise
        self.run.append(self.number)
        self.gate.pass_through()
        return self.number


async def block(house: House, gate: Gate) -> list[Task[int]]:
    """Occupy the queue of expensive queries until the gate opens."""
    blocking = await started(house.reader.ask(Expensive(0, gate)))
    await gate.reached()
    return blocking


async def test_expensive_reads_do_not_delay_others(house: House) -> None:
    task = await house.tasks.create_task("Milk")
    with opening(Gate()) as gate:
        expensive = await block(house, gate)
        expensive += await started(*(house.reader.ask(Expensive(number, gate)) for number in range(1, 5)))

        listed, found = await gather(house.tasks.get_all_tasks(), house.tasks.get_task(task.id))

        assert [each.done() for each in expensive] == [False] * 5
        gate.open()
        answers = await gather(*expensive)

    assert (listed, found) == ((task,), task)
    assert answers == list(range(5))


async def test_expensive_reads_run_one_at_a_time_in_their_order(house: House) -> None:
    run: list[int] = []
    with opening(Gate()) as first, opening(Gate()) as second:
        waiting = await started(house.reader.ask(Expensive(1, first, run=run)))
        await first.reached()
        waiting += await started(*(house.reader.ask(Expensive(number, second, run=run)) for number in (2, 3)))
        await house.tasks.get_all_tasks()
        before = list(run)
        first.open()
        await second.reached()
        meanwhile = list(run)
        second.open()
        await gather(*waiting)

    assert (before, meanwhile, run) == ([1], [1, 2], [1, 2, 3])


async def test_a_few_expensive_reads_wait_and_more_are_refused(house: House) -> None:
    with opening(Gate()) as gate:
        waiting = await block(house, gate)
        waiting += await started(*(house.reader.ask(Expensive(number, gate)) for number in range(1, 1 + MAX_EXPENSIVE)))
        await house.tasks.get_all_tasks()  # after which their costs are known

        refused = await together(house.reader.ask(Expensive(99, gate)))
        merged = await started(house.reader.ask(Expensive(1, gate)))
        await house.tasks.get_all_tasks()
        assert not merged[0].done()

        gate.open()
        answers = await gather(*waiting, *merged)

    assert isinstance(refused[0], OverloadedError)
    assert answers == [*range(1 + MAX_EXPENSIVE), 1]


async def test_a_read_that_is_cheap_enough_does_not_wait_for_expensive_ones(house: House) -> None:
    with opening(Gate()) as gate, opening(Gate()) as own:
        expensive = await block(house, gate)
        own.open()

        assert await house.reader.ask(Expensive(1, own, rows=CHEAP)) == 1

        gate.open()
        await gather(*expensive)


@pytest.mark.parametrize(
    ("selection", "limit", "cost"),
    [
        (Selection(), None, 60_000),
        (WORDS, None, 60_000),
        (Selection(), 20, 20),
        (WORDS, 20, 60_000 // SEARCHED_FOR_ONE_READ),
    ],
)
async def test_what_lists_cost_follows_from_the_number_of_tasks(
    house: House, database: Database, selection: Selection, limit: int | None, cost: int
) -> None:
    database.run("UPDATE history_head SET living = 60000")
    whole = AllTasks(house.workspace, selection)
    query = TaskPageQuery(house.workspace, selection, limit) if limit else whole

    assert await house.reader.ask(query.cost) == cost


async def test_the_past_costs_its_entries_in_addition(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")
    await house.tasks.mark_complete(task.id)
    database.run("UPDATE history_head SET living = 60000")
    selection = Selection(as_of=utc_now() - timedelta(days=1)), Selection(as_of=task.created_at)

    costs = [await house.reader.ask(AllTasks(house.workspace, each).cost) for each in selection]
    costs += [await house.reader.ask(TaskPageQuery(house.workspace, each, 20).cost) for each in selection]

    assert costs == [60_000, 60_001] * 2


async def test_a_long_list_waits_for_other_expensive_reads(house: House, database: Database) -> None:
    task = await house.tasks.create_task("Milk")
    database.run("UPDATE history_head SET living = 60000")
    with opening(Gate()) as gate:
        expensive = await block(house, gate)
        lists = await started(
            house.tasks.get_all_tasks(), house.tasks.render_all_tasks(), house.tasks.get_task_page(WORDS, 20)
        )

        page = await house.tasks.get_task_page(Selection(), 20)
        assert not any(each.done() for each in lists)

        gate.open()
        found = await gather(*lists, *expensive)

    assert page.items == (task,)
    assert found[0] == (task,)
