"""Eight concurrent clients that make random changes and record the responses."""

from asyncio import Event, TaskGroup, sleep
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from httpx2 import ConnectError, TransportError

from tests.answer import Answer
from tests.api_client import Api
from tests.faults.ledger import Ledger

WRITERS = 8
FIRST_TASKS = 20
OPERATIONS = {"create": 6, "title": 4, "description": 4, "complete": 4, "reopen": 3, "delete": 2, "restore": 2, "at": 2}
"""Relative frequencies."""


@asynccontextmanager
async def writing(api: Api, ledger: Ledger, random: Random) -> AsyncIterator[None]:
    """Change tasks until the block ends, whether the server is running or not."""
    ended = Event()
    async with TaskGroup() as group:
        for _ in range(WRITERS):
            group.create_task(_write_until(ended, api, ledger, random))
        yield
        ended.set()


async def _write_until(ended: Event, api: Api, ledger: Ledger, random: Random) -> None:
    while not ended.is_set():
        try:
            await write(api, ledger, random)
        except ConnectError:
            await sleep(0.1)
        except TransportError:
            ledger.without_answer += 1


async def write(api: Api, ledger: Ledger, random: Random) -> Answer:
    """Make a random change to a random task, which may be deleted, and record the response."""
    [operation] = random.choices([*OPERATIONS], [*OPERATIONS.values()])
    text = f"{operation} {random.getrandbits(64):x}"
    if operation == "create" or len(ledger.ids) < FIRST_TASKS:
        answer = await api.create(text, text)
        ledger.take(None, answer)
        return answer
    task_id = random.choice(ledger.ids[-200:])
    match operation:
        case "title" | "description":
            answer = await api.update(task_id, **{operation: text})
        case "complete":
            answer = await api.complete(task_id)
        case "reopen":
            answer = await api.reopen(task_id)
        case "delete":
            answer = await api.delete(task_id)
        case _:
            answer = await api.restore(task_id, random.randint(1, 3) if operation == "at" else None)
    ledger.take(task_id, answer)
    return answer
