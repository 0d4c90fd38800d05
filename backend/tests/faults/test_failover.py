"""Failover to a standby under load."""

from asyncio import timeout, to_thread
from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from src.batching.queue import Limits
from src.exceptions.errors import OutcomeUnknownError, UnavailableError
from src.models.task import TaskSnapshot
from tests.broken_databases import frozen
from tests.conftest import migrate
from tests.databases import PostgresDatabase
from tests.faults.clients import Clients, clients
from tests.faults.postgresql import OWNER, PrivatePostgres, primary_and_standby
from tests.faults.proof import Proof, promise
from tests.house import opened, together
from tests.served import connected, serving
from tests.stored_history import assert_whole

PROMISE = "the primary fails over: no acknowledged write is lost"
RESUME_SECONDS = 5


def either(one: PrivatePostgres, other: PrivatePostgres, database: PostgresDatabase) -> PostgresDatabase:
    """A URL with both servers, of which libpq connects to the one that accepts writes."""
    name = database.url.rpartition("/")[2]
    servers = f"127.0.0.1:{one.port},127.0.0.1:{other.port}"
    return PostgresDatabase(f"postgresql://{OWNER}@{servers}/{name}?target_session_attrs=read-write")


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[PrivatePostgres, PrivatePostgres]]:
    """Start a primary and its standby for the tests of this file, the last of which lets the primary die."""
    with primary_and_standby() as servers:
        yield servers


@promise(PROMISE, "freeze the standby that commits wait for, and write")
async def test_a_write_missing_on_the_standby_is_not_acknowledged(
    pair: tuple[PrivatePostgres, PrivatePostgres], proof: Proof
) -> None:
    primary, standby = pair
    database = either(*pair, primary.database())
    await migrate(database)

    async with opened(database) as patient:
        await patient.tasks.create_task("Milk")
    async with opened(database, Limits(request_timeout=1.0, batch_timeout=1.0)) as house:
        with frozen(standby.processes()):
            answers = [(await together(house.tasks.create_task("Bread")))[0] for _ in range(proof.size(2, 20))]

    acknowledged = [answer for answer in answers if isinstance(answer, TaskSnapshot)]
    proof.figure(f"{len(acknowledged)} of {len(answers)} writes acknowledged")
    assert {isinstance(answer, UnavailableError) for answer in answers} == {True}
    assert isinstance(answers[0], OutcomeUnknownError)
    async with opened(database) as patient:
        await patient.tasks.create_task("Butter")  # after the commits that waited, which the standby has got meanwhile
    assert_whole(database)


@promise(PROMISE, "crash a primary under load, promote its standby")
async def test_acknowledged_writes_survive_a_failover(
    pair: tuple[PrivatePostgres, PrivatePostgres], proof: Proof
) -> None:
    (one, other), times = pair, proof.size(1, 10)
    database = either(one, other, one.database())

    with serving(database) as server:
        async with connected(server) as api, timeout(600), clients(api) as load:
            seconds = [await fail_over(one, other, load)]
            for primary, standby in islice(cycle([(other, one), (one, other)]), times - 1):
                await to_thread(rebuild, standby, primary)
                seconds.append(await fail_over(primary, standby, load))
        alive = server.is_running

    proof.figure(f"{times} times, writes resumed at most {max(seconds):.2f} s after the promotion")
    proof.figure(f"{load.lost(database)}, {len(load.refusals):,} refused")
    assert alive
    assert proof.long is False or max(seconds) <= RESUME_SECONDS
    load.assert_polite()
    load.assert_true_of(database)


async def fail_over(primary: PrivatePostgres, standby: PrivatePostgres, load: Clients) -> float:
    """Return how long it took from the promotion's end until reads and writes were served."""
    await load.served(100)
    await to_thread(primary.stop, "immediate")
    await load.refused(3)
    await to_thread(standby.promote)
    return await load.served(20)


def rebuild(crashed: PrivatePostgres, promoted: PrivatePostgres) -> None:
    """Turn the former primary into a standby."""
    crashed.follow(promoted)
    promoted.commit_to(crashed)
