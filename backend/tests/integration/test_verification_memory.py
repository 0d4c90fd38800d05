"""Verification reads a history of any length in the same memory, and in short transactions."""

import asyncio
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine, Table, update

from src.database.bulk import BulkInsert
from src.database.connection import read_engine, snapshots
from src.history.chain import FIRST_PREVIOUS_HASH, Head
from src.history.change import Change
from src.history.projections import Counters
from src.history.verification import ROWS_AT_ONCE, Verdict, verify_chain
from src.models.task import TaskSnapshot
from src.models.task_history import ActionType, HistoryHead, TaskHistory
from src.models.workspace import WorkspaceId, find_default_workspace
from tests.databases import Database
from tests.house import House, Watch, opening, options_of, started, stop_first
from tests.tampering import attack, disarm

FEW, MANY = 5_000, 30_000
"""The fewer are more than any cache of the process holds."""
START = datetime(2026, 11, 22, tzinfo=UTC)


def new_head() -> Head:
    return Head(0, FIRST_PREVIOUS_HASH, START, Counters.zero())


def entries(workspace: WorkspaceId, head: Head, count: int) -> Iterator[str]:
    """Extend a history."""
    for _ in range(count):
        now = head.next_timestamp(START)
        task = TaskSnapshot.create(f"Task {head.seq}", "x" * 200, now)
        yield head.append(Change(workspace, ActionType.CREATED, None, task, now))


def lengthen(engine: Engine, head: Head, count: int) -> None:
    """Store so many more entries, past the writer, which would take its time."""
    head_table = HistoryHead.__table__
    assert isinstance(head_table, Table)
    workspace = find_default_workspace(engine)
    newest = update(head_table).where(head_table.c.workspace_id == workspace)
    with engine.begin() as connection:
        BulkInsert(TaskHistory)(connection, list(entries(workspace, head, count)))
        connection.execute(newest.values(seq=head.seq, hash=head.hash, timestamp=head.timestamp))


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


async def test_no_transaction_reads_more_than_a_slice(house: House) -> None:
    lengthen(house.writing, new_head(), 3 * ROWS_AT_ONCE)
    watch = Watch(house.reading)

    verdict = await house.history.verify()

    slices = [statement for statement in watch.on_our_tables if "changes" in statement]
    assert (verdict.valid, verdict.entries) == (True, 3 * ROWS_AT_ONCE)
    assert (len(slices), watch.begun) == (3, 1 + 3)  # the first one reads the head


async def test_entries_added_during_verification_are_left_for_the_next_one(house: House) -> None:
    lengthen(house.writing, new_head(), 2 * ROWS_AT_ONCE)
    with opening(stop_first(house.reading, "after_cursor_execute", lambda statement: "changes" in statement)) as gate:
        (verifying,) = await started(house.history.verify())
        await gate.reached()
        await house.tasks.create_task("Milk")
        gate.open()
        verdict = await verifying

    assert (verdict.valid, verdict.entries, verdict.head_seq) == (True, 2 * ROWS_AT_ONCE, 2 * ROWS_AT_ONCE)
    assert (await house.history.verify()).entries == 2 * ROWS_AT_ONCE + 1


async def test_tampering_in_a_later_slice_is_found(house: House, database: Database) -> None:
    lengthen(house.writing, new_head(), 2 * ROWS_AT_ONCE)
    disarm(database)
    attack(database, "UPDATE task_history SET task_title = 'x' WHERE seq = %s", ROWS_AT_ONCE + 7)
    attack(database, "UPDATE task_history SET task_title = 'x' WHERE seq = %s", 2 * ROWS_AT_ONCE)

    verdict = await house.history.verify()

    assert (verdict.first_invalid_seq, verdict.entries) == (ROWS_AT_ONCE + 7, 2 * ROWS_AT_ONCE)


async def test_the_doctor_includes_entries_added_while_it_runs(house: House, database: Database) -> None:
    lengthen(house.writing, new_head(), ROWS_AT_ONCE)
    engine = snapshots(read_engine(options_of(database), 1))

    def diagnose() -> Verdict:
        with engine.connect() as connection:
            return verify_chain(connection, house.workspace)

    with opening(stop_first(engine, "after_cursor_execute", lambda statement: "changes" in statement)) as gate:
        verifying = asyncio.create_task(asyncio.to_thread(diagnose))
        await gate.reached()
        await house.tasks.create_task("Milk")
        gate.open()
        verdict = await verifying
    engine.dispose()

    assert (verdict.valid, verdict.entries) == (True, ROWS_AT_ONCE + 1)
