"""Crashes lose no acknowledged write and leave no partial one."""

from asyncio import sleep, timeout, to_thread
from random import Random

from tests.api_client import Api
from tests.databases import Database
from tests.faults.ledger import Audit, Ledger, State, states_in
from tests.faults.load import writing
from tests.faults.proof import Proof, promise
from tests.served import connected, serving

SEED = 4


@promise(
    "no acknowledged write is lost in a crash",
    "kill -9 at random moments under 8 writers of all kinds, restart, compare with all they were told, verify",
)
async def test_acknowledged_writes_survive_kill_9(database: Database, proof: Proof) -> None:
    cycles, random, ledger, seen = proof.size(3, 200), Random(SEED), Ledger(), set[State]()

    with serving(database) as server:
        async with connected(server) as api, timeout(cycles * 60), writing(api, ledger, random):
            for _ in range(cycles):
                await ledger.wait_for(random.randint(1, proof.size(80, 320)))
                await sleep(random.uniform(0, 0.02))  # crash at a random moment
                server.kill()
                await to_thread(server.start)
                assert await missing(api, ledger, seen) == set()
        async with connected(server) as api:
            verdict = (await api.send("GET", "/history/verify")).content
    audit = Audit(ledger, database)

    assert isinstance(verdict, dict)
    proof.figure(f"{cycles} crashes, {audit}, chain {'valid' if verdict['valid'] else 'broken'}")
    assert verdict["valid"]
    assert ledger.acknowledged >= proof.size(cycles, 20_000)
    assert set(ledger.statuses) <= {200, 201, 404}
    audit.assert_clean()


async def missing(api: Api, ledger: Ledger, seen: set[State]) -> set[State]:
    """The changes acknowledged since the last crash that are missing in the history."""
    news = ledger.news()
    seen |= states_in(await api.entries_since(len(seen)))
    return news - seen
