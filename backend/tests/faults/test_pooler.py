"""Two server processes behind a transaction-mode pooler with few connections."""

from asyncio import gather, timeout
from collections.abc import Iterator

import pytest

from src.history.replay import ROWS_AT_ONCE
from tests.faults.clients import clients
from tests.faults.pgbouncer import PgBouncer, pooled
from tests.faults.postgresql import private_postgres
from tests.faults.proof import Proof, promise
from tests.served import connected, serving

CONNECTIONS = 3


@pytest.fixture
def pooler() -> Iterator[PgBouncer]:
    """A pooler for a new database of a private server."""
    with private_postgres() as postgres, pooled(postgres.database(), CONNECTIONS) as started:
        yield started


@promise("behind a transaction-mode pooler nothing is different", "PgBouncer, 2 processes of ours, a pool of 3")
async def test_two_processes_share_a_pool_of_three(pooler: PgBouncer, proof: Proof) -> None:
    enough = proof.size(300, 10_000)

    with (
        serving(pooler.database, DATABASE_POOLER="true") as one,
        serving(pooler.database, DATABASE_POOLER="true") as other,
    ):
        async with connected(one) as here, connected(other) as there, timeout(600), clients(here, there) as load:
            while pooler.transactions() < enough:
                await load.served(20)
        log = one.log + other.log
    transactions = pooler.transactions()

    proof.figure(f"{transactions:,} transactions, {len(load.refusals)} errors, {load.lost(pooler.database)}")
    assert load.refusals == []
    assert '"level": "warning"' not in log
    assert '"level": "error"' not in log
    load.assert_true_of(pooler.database)


async def test_replays_of_many_entries_share_a_pool_of_one() -> None:
    """Each needs a server-side cursor, which belongs to a transaction."""
    with (
        private_postgres() as postgres,
        pooled(postgres.database(), 1) as pooler,
        serving(pooler.database, DATABASE_POOLER="true") as url,
    ):
        async with connected(url) as api, timeout(600):
            task = await api.create("Milk")
            edits = await gather(*(api.update(task, title=f"Milk {number}") for number in range(5 * ROWS_AT_ONCE)))
            past = sorted((edit.task for edit in edits), key=lambda edit: edit["version"])
            numbers = range(2 * ROWS_AT_ONCE, 3 * ROWS_AT_ONCE, ROWS_AT_ONCE // 10)

            versions = await gather(*(api.at(task, past[number]["version"]) for number in numbers))
            lists = await gather(*(api.as_of(past[number]["updated_at"]) for number in numbers))

    assert [answer.task for answer in versions] == [past[number] for number in numbers]
    assert [answer.tasks for answer in lists] == [[past[number]] for number in numbers]
