"""A process of its own that writes as fast as it can: `python -m tests.integration.writing_process <url> <name>`.

It writes at least until it has seen that somebody else does, then a last round; then it says how many rounds were
acknowledged.
"""

import asyncio
import sys
from asyncio import gather
from pathlib import Path

from src.batching.reader import CONNECTIONS, Reader
from src.batching.writer import Writer
from src.database.connection import DatabaseOptions, read_engine, write_engine
from src.models.workspace import find_default_workspace
from src.services.history_service import HistoryService
from src.services.task_service import TaskService

LIVES = 30
ENTRIES = 5
"""Of each life."""
MOST_ROUNDS = 100


async def live(tasks: TaskService, title: str) -> None:
    """Run the life cycle of a task from creation to deletion, with a repeat that leaves no entry."""
    task = await tasks.create_task(title, "“äöü”\n\t\\ 🥛")
    await gather(tasks.mark_complete(task.id), tasks.update_task(task.id, description=""))
    assert (await tasks.get_task(task.id)).version == 3
    await gather(tasks.mark_incomplete(task.id), tasks.mark_incomplete(task.id))
    await tasks.delete_task(task.id)


async def write(url: str, name: str) -> int:
    """Run the life cycles of many tasks concurrently, in rounds, and count the rounds."""
    options = DatabaseOptions.parse(url, directory=Path())
    writer, reader = Writer(write_engine(options)), Reader(read_engine(options, CONNECTIONS), read_engine(options, 1))
    workspace = find_default_workspace(write_engine(options))
    tasks, history = TaskService(writer, reader, workspace), HistoryService(reader, workspace)
    rounds, seen, is_last = 0, 0, False
    while not is_last:
        is_last = seen > rounds * LIVES * ENTRIES
        await gather(*(live(tasks, f"{name} {number}") for number in range(LIVES)))
        rounds += 1
        assert rounds < MOST_ROUNDS, "nobody else writes"
        seen = (await history.get_history_paginated()).pagination.total_count
    await writer.close()
    await reader.close()
    return rounds


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(write(*sys.argv[1:]))}\n")
