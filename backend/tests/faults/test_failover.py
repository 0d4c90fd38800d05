"""A primary that dies under load, and a standby that takes its place."""

from asyncio import timeout, to_thread
from itertools import cycle, islice

from tests.databases import PostgresDatabase
from tests.faults.clients import Clients, clients
from tests.faults.postgresql import OWNER, PrivatePostgres, primary_and_standby
from tests.faults.proof import Proof, promise
from tests.served import connected, serving

RESUME_SECONDS = 5


def either(one: PrivatePostgres, other: PrivatePostgres, database: PostgresDatabase) -> PostgresDatabase:
    """Name both servers, as libpq does; whoever connects is sent to the one that takes writes."""
    name = database.url.rpartition("/")[2]
    servers = f"127.0.0.1:{one.port},127.0.0.1:{other.port}"
    return PostgresDatabase(f"postgresql://{OWNER}@{servers}/{name}?target_session_attrs=read-write")


@promise("the primary fails over: no acknowledged write is lost", "crash a primary under load, promote its standby")
async def test_what_was_acknowledged_is_on_the_standby_when_it_takes_over(proof: Proof) -> None:
    times, seconds = proof.size(1, 10), []

    with primary_and_standby() as (one, other):
        database = either(one, other, one.database())
        with serving(database) as server:
            async with connected(server) as api, timeout(600), clients(api) as told:
                seconds.append(await fail_over(one, other, told))
                for primary, standby in islice(cycle([(other, one), (one, other)]), times - 1):
                    await to_thread(rebuild, standby, primary)
                    seconds.append(await fail_over(primary, standby, told))
            alive = server.is_running

        proof.figure(f"{times} times, writes resumed at most {max(seconds):.2f} s after the promotion")
        proof.figure(f"0 of {len(told.acknowledged):,} acknowledged lost, {len(told.refusals):,} refused")
        assert alive
        assert proof.long is False or max(seconds) <= RESUME_SECONDS
        told.assert_polite()
        told.assert_true_of(database)


async def fail_over(primary: PrivatePostgres, standby: PrivatePostgres, told: Clients) -> float:
    """Return how long it took from the promotion's end until reads and writes were served."""
    await told.served(20)
    await to_thread(primary.stop, "immediate")
    await told.refused(3)
    await to_thread(standby.promote)
    return await told.served(20)


def rebuild(crashed: PrivatePostgres, promoted: PrivatePostgres) -> None:
    """Make a standby of what has been the primary."""
    crashed.follow(promoted)
    promoted.commit_to(crashed)
