"""A stop under load: what was taken is finished, what has begun to be answered is answered whole."""

import signal
from asyncio import Event, TaskGroup, gather, timeout, to_thread
from contextlib import AsyncExitStack
from random import Random

from httpx2 import ConnectError, TransportError

from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database
from tests.faults.ledger import Audit, Ledger
from tests.faults.load import writing
from tests.faults.proof import Proof, promise
from tests.served import Server, Stream, connected, following, serving

SEED = 6
LISTENERS, READERS = 10, 4
STOP_SECONDS = 10
ORDERLY = {0, -signal.SIGTERM}


class Truncations:
    """Clients that read long answers, and what came of those whose headers came."""

    def __init__(self, api: Api) -> None:
        self.whole = self.cut = 0
        self._api = api

    async def read_until(self, ended: Event) -> None:
        while not ended.is_set():
            try:
                await self._read()
            except ConnectError:
                return
            except TransportError:
                continue  # before its headers; the server was not to take it any more

    async def _read(self) -> None:
        async with self._api.client.stream("GET", "/history?limit=100") as response:
            try:
                await response.aread()
            except TransportError:
                self.cut += 1
                return
        Answer(response)
        self.whole += 1


@promise(
    "it stops cleanly",
    "SIGTERM under 8 writers of all kinds, 4 readers of long answers and 10 listeners to /events",
)
async def test_stopped_under_load_nothing_is_lost_or_cut(database: Database, proof: Proof) -> None:
    rounds, random, ledger = proof.size(3, 50), Random(SEED), Ledger()
    whole = cut = 0

    with serving(database) as server:
        for number in range(rounds):
            if number:
                await to_thread(server.start)
            async with timeout(60), connected(server) as api:
                read = await stop_under_load(server, api, ledger, random)
            whole, cut = whole + read.whole, cut + read.cut
    audit = Audit(ledger, database)

    proof.figure(f"{rounds} stops, each < {STOP_SECONDS} s, {audit}; {whole:,} long answers whole, {cut} cut")
    assert cut == 0
    assert whole >= rounds
    assert set(ledger.statuses) <= {200, 201, 404, 503}
    audit.assert_clean()


async def stop_under_load(server: Server, api: Api, ledger: Ledger, random: Random) -> Truncations:
    """Stop it once all are busy; raises TransportError for a listener that is cut off."""
    read, ended = Truncations(api), Event()
    async with AsyncExitStack() as stack, TaskGroup() as group, writing(api, ledger, random):
        listeners: list[Stream] = [await stack.enter_async_context(following(api)) for _ in range(LISTENERS)]
        for _ in range(READERS):
            group.create_task(read.read_until(ended))
        await ledger.wait_for(random.randint(30, 120))
        server.tell(signal.SIGTERM)
        code = await to_thread(server.wait, STOP_SECONDS)
        heard = await gather(*(listener.rest() for listener in listeners))
        ended.set()
    assert code in ORDERLY
    assert min(len(events) for events in heard) > 0
    assert "Traceback" not in server.log
    return read
