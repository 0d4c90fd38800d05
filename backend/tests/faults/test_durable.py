"""On SQLite, writes are synced before they are acknowledged. Only a power failure would show it, not kill -9."""

from asyncio import gather
from pathlib import Path

import pytest

from tests.api_client import Api
from tests.databases import Database
from tests.faults.proof import Proof, promise
from tests.faults.system_calls import Trace, traced
from tests.served import connected, serving

CHANGES = 5
CLIENTS = 8

SERVED = """\
11 read(18<TCP:[127.0.0.1:80->127.0.0.1:54]>, "POST /api/v1/tasks HTTP/1.1\\r\\nHost: local"..., 256000) = 157
12 fdatasync(15</data/tasks.db-wal> <unfinished ...>
11 read(19<TCP:[127.0.0.1:80->127.0.0.1:55]>, "PUT /api/v1/tasks/01a20605 HTTP/1.1\\r\\nHo"..., 256000) = 157
12 <... fdatasync resumed>)             = 0
11 write(18<TCP:[127.0.0.1:80->127.0.0.1:54]>, "HTTP/1.1 201 Created\\r\\ndate: Mon, 23 Nov "..., 171) = 171
"""
LATER_SYNCED = "12 fdatasync(15</data/tasks.db-wal>) = 0\n"
ANSWERED = '11 write(19<TCP:[127.0.0.1:80->127.0.0.1:55]>, "HTTP/1.1 200 OK\\r\\ndate: Mon, 23 Nov "..., 171) = 171\n'


@promise(
    "durable before the answer",
    "strace under one client, then eight: a sync of the log between the arrival of each change and its 2xx",
)
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_each_change_is_synced_before_its_response(database: Database, tmp_path: Path, proof: Proof) -> None:
    tasks = proof.size(20, 1_000)

    with serving(database) as server, traced(server.pid, tmp_path / "trace"):
        async with connected(server) as api:
            await change(api, tasks // 2)
            await gather(*(change(api, tasks // 2 // CLIENTS) for _ in range(CLIENTS)))
    trace = Trace((tmp_path / "trace").read_text().splitlines())

    early = trace.answered_too_early()
    proof.figure(f"{len(trace.changes):,} × 2xx, {len(trace.syncs):,} syncs, {len(early)} answered too early")
    assert len(trace.changes) == (tasks // 2 + tasks // 2 // CLIENTS * CLIENTS) * CHANGES
    assert early == []


async def change(api: Api, tasks: int) -> None:
    """Change each in every way; all of them are changes, for what changes nothing needs no sync."""
    for number in range(tasks):
        task = await api.create(f"Task {number}")
        answers = [await api.complete(task), await api.reopen(task), await api.update(task, title="x")]
        assert {answer.status for answer in [*answers, await api.delete(task)]} == {200}


@pytest.mark.parametrize(
    ("lines", "early"),
    [
        (SERVED, []),
        (SERVED + ANSWERED, [(2, 5)]),
        (SERVED + LATER_SYNCED + ANSWERED, []),
        (SERVED + ANSWERED + LATER_SYNCED, [(2, 5)]),
        (SERVED + LATER_SYNCED.replace("-wal", "") + ANSWERED, [(2, 6)]),
        (SERVED + LATER_SYNCED.replace("= 0", "= -1 EIO") + ANSWERED, [(2, 6)]),
    ],
)
def test_a_response_before_its_sync_would_be_found(lines: str, early: list[tuple[int, int]]) -> None:
    assert Trace(lines.splitlines()).answered_too_early() == early
