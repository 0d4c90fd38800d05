"""A full disk: writes get 503, reads work, and writes work again once there is space."""

from asyncio import gather, timeout, to_thread
from pathlib import Path
from random import Random

from src.exceptions.errors import UnavailableError
from tests.answer import Answer
from tests.api_client import Api
from tests.databases import SqliteDatabase
from tests.faults.ledger import Audit, Ledger
from tests.faults.load import write
from tests.faults.proof import Proof, promise
from tests.faults.small_disk import filled, small_disk
from tests.served import connected, serving

SEED = 7
LEFT = [0, 4_096, 50_000, 200_000]
"""Bytes left: enough for nothing, for a part of a change, or for some changes."""
MOST_BATCHES = 500
"""Far more than fit; only a hang reaches it."""
AT_ONCE = 8


@promise(
    "a full disk",
    "SQLite on a small tmpfs, filled again and again under 8 writers; now and then kill -9 while it is full",
)
async def test_a_full_disk_is_a_503_until_there_is_space(tmp_path: Path, proof: Proof) -> None:
    rounds, random, ledger, refused = proof.size(4, 40), Random(SEED), Ledger(), list[Answer]()

    with small_disk(tmp_path, "16m") as disk:
        database = SqliteDatabase(disk / "tasks.db")
        with serving(database) as server:
            async with connected(server) as api, timeout(rounds * 60):
                for number in range(rounds):
                    await write_together(api, ledger, random)
                    with filled(disk, LEFT[number % len(LEFT)]):
                        refused += await write_until_refused(api, ledger, random)
                        refused += await write_until_refused(api, ledger, random)
                        await assert_readable(api, ledger)
                        if number % 4 == 3:
                            server.kill()  # a rejected write must not reappear after the restart
                    if number % 4 == 3:
                        await to_thread(server.start)
                    answers = await write_together(api, ledger, random)
                    assert {answer.status for answer in answers} <= {200, 201, 404}
                    await assert_readable(api, ledger)
            assert "Traceback" not in server.log
        audit = Audit(ledger, database)

        proof.figure(f"{rounds} times full, {len(refused)} × 503, {audit}")
        assert {answer.response.headers.get("retry-after") for answer in refused} == {"2"}
        assert {answer.error for answer in refused} == {UnavailableError.sentence}
        assert set(ledger.statuses) <= {200, 201, 404, 503}
        audit.assert_clean()


async def write_together(api: Api, ledger: Ledger, random: Random) -> list[Answer]:
    return await gather(*(write(api, ledger, random) for _ in range(AT_ONCE)))


async def write_until_refused(api: Api, ledger: Ledger, random: Random) -> list[Answer]:
    """Write until one is refused for want of room; return those that were."""
    for _ in range(MOST_BATCHES):
        refused = [answer for answer in await write_together(api, ledger, random) if answer.status == 503]
        if refused:
            return refused
    raise AssertionError("the disk is not full")


async def assert_readable(api: Api, ledger: Ledger) -> None:
    """Read in every way."""
    task_id = ledger.ids[0]
    paths = ["/tasks", f"/tasks/{task_id}/history", f"/tasks/{task_id}?version=1", "/history", "/stats/weekly"]
    answers = [await api.send("GET", path) for path in [*paths, "/history/verify", "/health/ready"]]
    assert {answer.status for answer in answers} == {200}
