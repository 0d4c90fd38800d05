"""Verification reads a history of any length in the same memory."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Engine, Table, event, update

from src.database.bulk import BulkInsert
from src.models.task_history import FIRST_PREVIOUS_HASH, Head, HistoryHead, TaskHistory
from src.services.verification import Verdict
from src.utils import canonical_json
from src.utils.identifiers import new_id
from tests.house import House

FEW, MANY = 5_000, 30_000
"""The fewer are more than any cache of the process holds."""
START = datetime(2026, 11, 22, tzinfo=UTC)


def new_head() -> Head:
    return Head(1, 0, FIRST_PREVIOUS_HASH, START, *[0] * 8)


def entries(head: Head, count: int) -> Iterator[str]:
    """Continue a history, as a long life would."""
    for _ in range(count):
        title, now = f"Task {head.seq}", head.next_timestamp(START)
        yield head.append(
            {
                "task_id": new_id(),
                "version": 1,
                "action_type": "CREATED",
                "task_title": title,
                "description": f'Created "{title}"',
                "changes": canonical_json.encode({"title": (None, title), "description": (None, "x" * 200)}),
                "request_id": None,
                "timestamp": now,
            }
        )


def lengthen(engine: Engine, head: Head, count: int) -> None:
    """Store so many more entries, past the writer, which would take its time."""
    head_table = HistoryHead.__table__
    assert isinstance(head_table, Table)
    with engine.begin() as connection:
        BulkInsert(TaskHistory)(connection, list(entries(head, count)))
        connection.execute(update(head_table).values(seq=head.seq, hash=head.hash, timestamp=head.timestamp))


async def peak_of_verifying(house: House) -> tuple[Verdict, int]:
    """Verify, and tell how many bytes were held at most."""
    tracemalloc.start()
    try:
        return await house.history.verify(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_six_times_the_history_takes_no_more_memory(house: House) -> None:
    head = new_head()
    await house.history.verify()  # what is made once is made now
    lengthen(house.writing, head, FEW)

    few, peak_of_few = await peak_of_verifying(house)
    lengthen(house.writing, head, MANY - FEW)
    many, peak_of_many = await peak_of_verifying(house)

    assert (few.valid, few.entries) == (True, FEW)
    assert (many.valid, many.entries) == (True, MANY)
    assert peak_of_many < 1.5 * peak_of_few


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
async def test_postgresql_keeps_the_rows_until_they_are_asked_for(house: House) -> None:
    cursors: list[type] = []

    @event.listens_for(house.reading, "before_cursor_execute")
    def look(_connection: object, cursor: object, statement: str, *_rest: object) -> None:
        if "changes" in statement:
            cursors.append(type(cursor))

    await house.history.verify()

    assert [issubclass(cursor, psycopg.ServerCursor) for cursor in cursors] == [True]
