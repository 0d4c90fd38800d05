"""Many concurrent clients, and clients that never complete a request."""

import asyncio
import signal
from asyncio import Event, Transport

import pytest

from tests.api_client import Api
from tests.databases import Database
from tests.faults.flood import SEEDED, Load, allow_sockets, asked, hammered, most_memory, seeded
from tests.faults.proof import Proof, promise
from tests.served import MAIN, Server, connected, serving, with_timeouts
from tests.stored_history import actions, assert_whole
from tests.tampering import verdict

MEMORY_MB = 250
"""Without connections the process uses about 100."""
RECEIVE_SECONDS = 10
GOOD_P99_MS, GOOD_LONGEST_MS = 100, 1_000
AT_ONCE = 250
HEAD = (
    b"POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
)
SILENT, HALF_A_HEAD, HALF_A_BODY = b"", HEAD[:40], HEAD + b'{"title"'


class HalfOpen(asyncio.Protocol):
    """A connection with an incomplete request, to which bytes may be added one by one."""

    def __init__(self, begun: bytes, drip_seconds: float | None) -> None:
        """Take what is sent at once, and how long it takes until the next byte follows."""
        self._begun = begun
        self._drip_seconds = drip_seconds
        self._loop = asyncio.get_running_loop()
        self.closed = Event()
        self.lifetime = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, Transport)
        self._transport, self._opened = transport, self._loop.time()
        transport.write(self._begun)
        self._drip()

    def _drip(self) -> None:
        if self._drip_seconds is not None and not self._transport.is_closing():
            self._transport.write(b" ")
            self._loop.call_later(self._drip_seconds, self._drip)

    def connection_lost(self, error: Exception | None) -> None:
        """Remember how long it lasted."""
        del error
        self.lifetime = self._loop.time() - self._opened
        self.closed.set()


async def opened(server: Server, count: int, drip_seconds: float) -> list[HalfOpen]:
    """Open so many: silent ones, halves of a head and of a body, and one in ten that drips."""
    gate = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()

    async def open_one(number: int) -> HalfOpen:
        begun = (SILENT, HALF_A_HEAD, HALF_A_BODY)[number % 3] if number % 10 else HALF_A_BODY
        drip = None if number % 10 else drip_seconds
        async with gate:
            _, protocol = await loop.create_connection(lambda: HalfOpen(begun, drip), "127.0.0.1", server.port)
        return protocol

    return await asyncio.gather(*(open_one(number) for number in range(count)))


async def served_meanwhile(server: Server, ids: list[str], proof: Proof, over: Event) -> Load:
    """Be a good client, who only reads, for as long as the others are there."""
    if proof.long:
        return await hammered(server, ids, 4, 10 * RECEIVE_SECONDS, creates=False, until=over)
    return await asked(server, ids, 4, lambda _: not over.is_set(), creates=False)


async def flooded(server: Server, api: Api, connections: int, proof: Proof) -> tuple[Load, float]:
    """Ask from all sides, stop the server once all are gone, and give its memory too, in MB."""
    ids = await seeded(api)
    if proof.long:
        load = await hammered(server, ids, connections, 30)
    else:
        load = await asked(server, ids, connections, lambda number: number < 2)
    memory = most_memory(server)
    proof.figure(f"{load}; at most {memory:.0f} MB")
    server.send_signal(signal.SIGTERM)
    await asyncio.to_thread(server.wait)
    return load, memory


def assert_stored(load: Load, database: Database, unanswered: int) -> None:
    """Assert that each create that was answered is stored, and at most so many whose client left before its answer."""
    stored = actions(database).count("CREATED") - SEEDED
    assert 0 < load.created <= stored <= load.created + unanswered
    assert_whole(database)
    assert verdict(database).valid


@promise("100 clients at once are all served", "wrk, one create to four reads, as fast as they are answered")
async def test_100_concurrent_clients(database: Database, proof: Proof) -> None:
    with serving(database) as server:
        async with connected(server) as api:
            load, _ = await flooded(server, api, 100, proof)

    assert (load.busy, load.other, load.broken) == (0, 0, 0)
    assert_stored(load, database, unanswered=proof.size(0, 100))


@promise("of 1,000 clients at once each is served or told to come back", "the same with 1,000 connections")
async def test_1000_concurrent_clients(database: Database, proof: Proof) -> None:
    connections = proof.size(200, 1_000)
    allow_sockets(2_500)
    with serving(database) as server:
        async with connected(server) as api:
            load, memory = await flooded(server, api, connections, proof)

    assert (load.other, load.broken) == (0, 0)
    assert_stored(load, database, unanswered=proof.size(0, connections))
    assert memory < MEMORY_MB


@promise(
    "who never ends a request is shut out in 10 s, and nobody else is held up",
    "10,000 sockets that say nothing, half a head or half a body, one in ten adding a byte each second",
)
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_half_open_connections_are_closed(database: Database, proof: Proof) -> None:
    count, seconds, over = proof.size(200, 10_000), proof.size(1, RECEIVE_SECONDS), Event()
    allow_sockets(count + 1_000)
    with serving(database, MAIN if proof.long else with_timeouts(1)) as server:
        async with connected(server) as api:
            ids = await seeded(api)
            with database.unchanged():
                good = asyncio.create_task(served_meanwhile(server, ids, proof, over))
                half_open = await opened(server, count, seconds / 10)
                await asyncio.gather(*(each.closed.wait() for each in half_open))
                over.set()
                load = await good
            longest, memory = max(each.lifetime for each in half_open), most_memory(server)
            proof.figure(f"{count:,} closed, the last after {longest:.2f} s; meanwhile {load}")
            proof.figure(f"at most {memory:.0f} MB")
            assert "error" not in server.log

    assert load.good
    assert (load.busy, load.other, load.broken) == (0, 0, 0)
    assert memory < MEMORY_MB
    if proof.long:
        assert longest <= RECEIVE_SECONDS
        assert load.p99 < GOOD_P99_MS
        assert load.longest < GOOD_LONGEST_MS
