"""The end of the process: acknowledged writes are stored, and nothing is printed."""

import asyncio
import signal
from asyncio import gather
from pathlib import Path

import httpx2
import pytest

from tests.databases import Database
from tests.programs import free_port, started
from tests.stored_history import assert_whole, stored_tasks


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_acknowledged_writes_survive_any_signal(database: Database, signum: signal.Signals) -> None:
    port = str(free_port())
    answered: list[str] = []
    enough = asyncio.Event()

    async def create_until_the_end(client: httpx2.AsyncClient) -> None:
        while True:
            try:
                answer = await client.post("/api/v1/tasks", json={"title": "Milk"})
            except httpx2.TransportError:
                return
            assert answer.status_code == 201
            answered.append(answer.json()["data"]["id"])
            if len(answered) == 100:
                enough.set()

    with started(DATABASE_URL=database.url, PORT=port, LOG_LEVEL="warning") as (process, _):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            clients = [asyncio.create_task(create_until_the_end(client)) for _ in range(10)]
            await enough.wait()
            process.send_signal(signum)
            await gather(*clients)
        await asyncio.to_thread(process.wait, 60)

    assert set(answered) <= set(stored_tasks(database))
    assert_whole(database)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_shutdown_prints_nothing(tmp_path: Path, signum: signal.Signals) -> None:
    with started(DATABASE_URL=f"sqlite:///{tmp_path}/tasks.db", PORT=str(free_port())) as (process, _):
        process.send_signal(signum)
        rest, _ = process.communicate(timeout=60)

    assert rest == ""
