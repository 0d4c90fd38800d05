"""A replay of any length keeps few entries in memory at a time, in the client and the server of the database."""

from asyncio import gather
from datetime import datetime

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from src.database.connection import snapshots
from src.history.replay import CHARACTERS_AT_ONCE, ROWS_AT_ONCE, in_portions, past_entries, replay_all
from src.models.task import TaskSnapshot
from src.models.task_history import TaskHistory
from src.services.task_lists import Selection
from tests.house import House

LARGE, SMALL = 120, 2 * ROWS_AT_ONCE
LARGEST = 2 * 5_000 + 500


async def write(house: House) -> list[TaskSnapshot]:
    """Create small entries and then large ones; return the state after each."""
    task = await house.tasks.create_task("Milk")
    small = (house.tasks.update_task(task.id, title=f"Milk {number}") for number in range(1, SMALL))
    large = (house.tasks.update_task(task.id, description=f"{number:05,}" * 1000) for number in range(LARGE))
    return [task, *await gather(*small), *await gather(*large)]


def listed_at(moment: datetime) -> Selection:
    return Selection(as_of=moment)


async def test_entries_come_in_portions_that_are_bounded_by_number_and_by_size(house: House) -> None:
    await write(house)

    with snapshots(house.reading).connect() as connection:
        portions = [
            list(some) for some in in_portions(connection, past_entries(house.workspace).order_by(TaskHistory.seq))
        ]

    sizes = [sum(len(row.changes) + len(row.texts) for row in portion) for portion in portions]
    assert sum(map(len, portions)) == SMALL + LARGE
    assert max(map(len, portions)) == ROWS_AT_ONCE
    assert CHARACTERS_AT_ONCE < max(sizes) <= CHARACTERS_AT_ONCE + LARGEST


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_long_replay_leaves_the_rows_at_the_server(house: House) -> None:
    states = await write(house)
    cursors = cursors_of(house.reading)

    (forward,) = await house.tasks.get_all_tasks(listed_at(states[ROWS_AT_ONCE + 10].updated_at))
    (backward,) = await house.tasks.get_all_tasks(listed_at(states[-ROWS_AT_ONCE - 10].updated_at))
    middle = await house.tasks.get_task(states[0].id, len(states) // 2)
    with snapshots(house.reading).connect() as connection:
        changes = list(replay_all(connection, house.workspace))

    assert (forward, backward) == (states[ROWS_AT_ONCE + 10], states[-ROWS_AT_ONCE - 10])
    assert middle == states[len(states) // 2 - 1]
    assert [change.after for change in changes] == states
    assert len(cursors) == 4
    assert all(isinstance(cursor, psycopg.ServerCursor) for cursor in cursors)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_a_short_replay_takes_one_round_trip(house: House) -> None:
    states = await write(house)
    cursors = cursors_of(house.reading)

    await house.tasks.get_task(states[0].id, 3)

    assert [isinstance(cursor, psycopg.ServerCursor) for cursor in cursors] == [False]


def cursors_of(engine: Engine) -> list[object]:
    """Collect the cursors that read changes from now on."""
    found: list[object] = []

    def collect(  # SQLAlchemy's signature
        conn: Connection,  # noqa: ARG001
        cursor: object,
        statement: str,
        parameters: object,  # noqa: ARG001
        context: object,  # noqa: ARG001
        executemany: bool,  # noqa: ARG001
    ) -> None:
        if "changes" in statement:
            found.append(cursor)

    event.listen(engine, "before_cursor_execute", collect)
    return found
