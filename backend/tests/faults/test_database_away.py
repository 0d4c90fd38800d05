"""Outages of PostgreSQL under load."""

import signal
from asyncio import create_task, gather, sleep, timeout, to_thread
from collections.abc import Iterator

import pytest

from src.batching.reader import CONNECTIONS
from tests.api_client import Api
from tests.faults.clients import Clients, clients
from tests.faults.outages import OUTAGES, suffering
from tests.faults.postgresql import PrivatePostgres, private_postgres
from tests.faults.proof import Proof, promise
from tests.served import CLEAN_EXIT_CODES, connected, serving
from tests.stored_history import assert_whole

POOLS = 1 + CONNECTIONS + 1
"""The connections of a process: one to write, some to read, one for readiness."""
ANSWER_SECONDS, BACK_SECONDS, OUTAGE_SECONDS = 16, 2, 20
STOP_SECONDS = 30
PROMISE = "the database is away: 503 with Retry-After; it is back: served again, nothing lost, nothing leaked"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    """A server with a low connection limit."""
    with private_postgres(max_connections=20) as server:
        yield server


@promise(PROMISE, "take a private PostgreSQL away from 8 writers and 4 readers")
@pytest.mark.parametrize("outage", OUTAGES)
async def test_requests_get_503_during_an_outage_and_succeed_after_it(
    postgres: PrivatePostgres, outage: str, proof: Proof
) -> None:
    database = postgres.database()

    with serving(database) as server:
        async with connected(server) as api, timeout(900), clients(api) as load:
            await load.served(proof.size(20, 1_000))
            async with suffering(OUTAGES[outage](postgres, database)):
                await away(load, api, outage, proof)
            back = await load.served(proof.size(20, 1_000))
        alive, left = server.is_running, await to_thread(postgres.connections_left, POOLS)

    proof.figure(f"{outage}: {len(load.refusals):,} refused, the slowest answer after {load.longest:.1f} s")
    proof.figure(f"first success {back:.2f} s after it was back")
    proof.figure(f"{load.lost(database)}, {left} connections left")
    assert alive
    assert proof.long is False or (load.longest <= ANSWER_SECONDS and back <= BACK_SECONDS)
    load.assert_polite()
    load.assert_true_of(database)


async def away(load: Clients, api: Api, outage: str, proof: Proof) -> None:
    """Stay away until all have noticed; short of 15 s nobody notices that a server stands still, and all wait."""
    if proof.long:
        await gather(sleep(OUTAGE_SECONDS), load.refused(20))
    elif outage == "frozen":
        for _ in range(50):
            assert (await api.send("GET", "/health")).success
        assert load.refusals == []
    else:
        await load.refused(3)


@promise(PROMISE, "restart a private PostgreSQL again and again under 8 writers and 4 readers")
async def test_requests_succeed_after_repeated_restarts(postgres: PrivatePostgres, proof: Proof) -> None:
    database, times = postgres.database(), proof.size(2, 20)

    with serving(database) as server:
        async with connected(server) as api, timeout(900), clients(api) as load:
            back = []
            for _ in range(times):
                await load.served(proof.size(20, 200))
                await to_thread(postgres.restart)
                back.append(await load.served(1))
        alive, left = server.is_running, await to_thread(postgres.connections_left, POOLS)

    proof.figure(f"restarted {times} times: first success at most {max(back):.2f} s after each")
    proof.figure(f"the slowest answer after {load.longest:.1f} s")
    proof.figure(f"{load.lost(database)}, {left} connections left")
    assert alive
    assert proof.long is False or (load.longest <= ANSWER_SECONDS and max(back) <= BACK_SECONDS)
    load.assert_polite()
    load.assert_true_of(database)


@promise("whoever is still waiting when the server stops is told so", "SIGTERM while a private PostgreSQL stands still")
@pytest.mark.skipif("not config.getoption('--prove')", reason="takes as long as the server waits for its answers")
async def test_a_shutdown_with_a_frozen_database_answers_every_request(postgres: PrivatePostgres, proof: Proof) -> None:
    database = postgres.database()

    with serving(database) as server:
        async with connected(server) as api, timeout(60):
            await api.create()
            async with suffering(OUTAGES["frozen"](postgres, database)):
                waiting = [create_task(call) for call in (api.create(), api.send("GET", "/tasks"), api.create())]
                await sleep(1)
                server.send_signal(signal.SIGTERM)
                answers = await gather(*waiting)
                code = await to_thread(server.wait, STOP_SECONDS)

    statuses = [answer.status for answer in answers]
    proof.figure(f"answers {statuses}, exit code {code}")
    assert statuses == [503] * 3
    assert code in CLEAN_EXIT_CODES
    assert_whole(database)
