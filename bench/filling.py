"""Fill a database through Tasktrail's own service, up to a number of entries, ten per task.

    python filling.py <URL of the database> <entries>

So the head, its counters and the hash chain are right, and `main.py doctor` finds no problem.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from src.batching.reader import CONNECTIONS, Reader
from src.batching.writer import Writer
from src.database.connection import DatabaseOptions, read_engine, write_engine
from src.database.migrations import prepare_schema
from src.models.task import TaskSnapshot
from src.models.workspace import find_default_workspace
from src.services.history_queries import HeadSeq
from src.services.task_service import TaskService

ENTRIES_OF_A_TASK = 10
TASKS_AT_ONCE = 250
WORDS = ("milk", "bread", "apples", "paint", "letters", "shoes", "wood", "flowers", "tea", "books")


async def main(url: str, entries: int) -> None:
    async with _opened(url) as (tasks, stored):
        missing = (entries - stored) // ENTRIES_OF_A_TASK
        for start in range(0, missing, TASKS_AT_ONCE):
            await _live(tasks, range(start, min(start + TASKS_AT_ONCE, missing)))


async def _live(tasks: TaskService, numbers: Sequence[int]) -> None:
    """Create, edit, complete and reopen some tasks; every third is completed in the end."""
    some = await asyncio.gather(*(_create(tasks, number) for number in numbers))
    for step in range(ENTRIES_OF_A_TASK - 1):
        await asyncio.gather(*(_change(tasks, task, step, number) for task, number in zip(some, numbers, strict=True)))


async def _create(tasks: TaskService, number: int) -> TaskSnapshot:
    word = WORDS[number % len(WORDS)]
    return await tasks.create_task(f"Buy {word}, number {number}", f"Not too much {word}, and in time for dinner")


async def _change(tasks: TaskService, task: TaskSnapshot, step: int, number: int) -> None:
    if step % 3 == 0:
        await tasks.update_task(task.id, title=f"{task.title}, edited {step}")
    elif step % 3 == 1:
        await tasks.mark_complete(task.id)
    elif number % 3 or step < ENTRIES_OF_A_TASK - 2:
        await tasks.mark_incomplete(task.id)
    else:
        await tasks.update_task(task.id, description="Done")


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[tuple[TaskService, int]]:
    """The service, and the number of entries."""
    options = DatabaseOptions.parse(url, directory=Path.cwd())
    writing, reading, probing = write_engine(options), read_engine(options, CONNECTIONS), read_engine(options, 1)
    prepare_schema(writing, migrate=True)
    writer, reader = Writer(writing), Reader(reading, probing)
    workspace = find_default_workspace(writing)
    yield TaskService(writer, reader, workspace), await reader.ask(HeadSeq(workspace))
    await writer.close()
    await reader.close()
    writing.dispose()
    reading.dispose()
    probing.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
