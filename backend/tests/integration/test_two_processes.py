"""Two processes on one database: the lock on the head orders their batches."""

import sys
from collections import Counter
from pathlib import Path
from subprocess import PIPE, Popen

from tests.databases import Database
from tests.house import opened
from tests.integration.writing_process import LIVES
from tests.stored_history import assert_whole, stored_entries, title_of

BACKEND = Path(__file__).parents[2]


def write_together(database: Database) -> dict[str, int]:
    """Let two processes write concurrently until both end, and return the number of rounds of each."""
    program = [sys.executable, "-m", "tests.integration.writing_process", database.url]
    processes = {
        name: Popen([*program, name], cwd=BACKEND, stdout=PIPE, stderr=PIPE, text=True) for name in ("One", "Other")
    }
    try:
        endings = {name: process.communicate(timeout=300) for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.kill()
    assert {errors for _, errors in endings.values()} == {""}
    return {name: int(output) for name, (output, _) in endings.items()}


def test_two_processes_keep_the_history_whole_and_lose_nothing(database: Database) -> None:
    rounds = write_together(database)

    entries = stored_entries(database)
    recorded = Counter((title_of(entry).split()[0], entry["action_type"]) for entry in entries)
    assert recorded == {
        (name, action): count * LIVES
        for name, count in rounds.items()
        for action in ("CREATED", "COMPLETED", "UPDATED", "INCOMPLETED", "DELETED")
    }
    assert_whole(database)
    makers = [title_of(entry).split()[0] for entry in entries]
    assert "One" in makers[makers.index("Other") :]
    assert "Other" in makers[makers.index("One") :]


async def test_two_processes_may_change_the_same_task(database: Database) -> None:
    async with opened(database) as one, opened(database) as other:
        task = await one.tasks.create_task("Milk")

        for number in range(10):
            await one.tasks.update_task(task.id, title=f"One {number}")
            await other.tasks.update_task(task.id, title=f"Other {number}")

        assert await one.tasks.get_task(task.id) == await other.tasks.get_task(task.id)

    assert len(stored_entries(database)) == 21
    assert_whole(database)
