"""Many clients at once, and clients that never say what they want."""

import asyncio
from asyncio import Event, Transport

import pytest

from tests.databases import Database
from tests.faults.flood import Load, allow_sockets, asked, hammered, most_memory, seeded
from tests.faults.proof import Proof, promise
from tests.served import Server, connected, serving, short_of_time

MEMORY_MB = 200
RECEIVE_SECONDS = 10
GOOD_P99_MS = 100
AT_ONCE = 250
HEAD = (
    b"POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
)
SILENT, HALF_A_HEAD, HALF_A_BODY = b"", HEAD[:40], HEAD + b'{"title"'


class HalfOpen(asyncio.Protocol):
    """A connection that begins a request, perhaps goes on byte by byte, and never ends it."""

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


async def served_meanwhile(server: Server, ids: list[str], proof: Proof) -> Load:
    """Be a good client, who only reads; in the long form for as long as the others are there."""
    if proof.long:
        return await hammered(server, ids, 4, 2 * RECEIVE_SECONDS, creates=False)
    return await asked(server, ids, connections=4, each=4)


@promise("100 clients at once are all served", "wrk, one create to four reads, as fast as they are answered")
async def test_a_hundred_at_once(database: Database, proof: Proof) -> None:
    with serving(database) as server:
        async with connected(server) as api:
            ids = await seeded(api)
            load = await (hammered(server, ids, 100, 30) if proof.long else asked(server, ids, 100, 2))
            verdict = await api.send("GET", "/history/verify")
        proof.figure(f"{load}; p99 {load.p99:.0f} ms; at most {most_memory(server):.0f} MB")

    assert load.good
    assert (load.busy, load.other, load.broken) == (0, 0, 0)
    assert verdict.status == 200


@promise("of 1,000 clients at once each is served or told to come back", "the same with 1,000 connections")
async def test_a_thousand_at_once(database: Database, proof: Proof) -> None:
    allow_sockets(2_500)
    with serving(database) as server:
        async with connected(server) as api:
            ids = await seeded(api)
            load = await (hammered(server, ids, 1_000, 30) if proof.long else asked(server, ids, 200, 1))
            verdict = await api.send("GET", "/history/verify")
        memory = most_memory(server)
        proof.figure(f"{load}; p99 {load.p99:.0f} ms; at most {memory:.0f} MB")

    assert load.good
    assert (load.other, load.broken) == (0, 0)
    assert verdict.status == 200
    assert memory < MEMORY_MB


@promise(
    "who never ends a request is shut out in 10 s, and nobody else is held up",
    "10,000 sockets that say nothing, half a head or half a body, one in ten adding a byte each second",
)
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_half_open_connections_are_closed(database: Database, proof: Proof) -> None:
    count, seconds = proof.size(200, 10_000), proof.size(1, RECEIVE_SECONDS)
    allow_sockets(count + 1_000)
    with serving(database, short_of_time(seconds)) as server:
        async with connected(server) as api:
            ids = await seeded(api)
            with database.unchanged():
                good = asyncio.create_task(served_meanwhile(server, ids, proof))
                half_open = await opened(server, count, seconds / 10)
                await asyncio.gather(*(each.closed.wait() for each in half_open))
                load = await good
            longest, memory = max(each.lifetime for each in half_open), most_memory(server)
            proof.figure(f"{count:,} closed, the last after {longest:.2f} s; meanwhile {load}, p99 {load.p99:.1f} ms")
            proof.figure(f"at most {memory:.0f} MB")
            assert "error" not in server.log

    assert load.good
    assert (load.busy, load.other, load.broken) == (0, 0, 0)
    assert memory < MEMORY_MB
    if proof.long:
        assert longest <= RECEIVE_SECONDS
        assert load.p99 < GOOD_P99_MS
