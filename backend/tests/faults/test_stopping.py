"""Shutdown under load: running requests and responses are completed."""

import signal
from asyncio import Event, Semaphore, TaskGroup, gather, get_running_loop, timeout, to_thread
from contextlib import AsyncExitStack
from itertools import pairwise
from random import Random

from httpx2 import ConnectError, Response, TransportError

from tests.api_client import Api
from tests.databases import Database
from tests.faults.ledger import Audit, Ledger
from tests.faults.load import writing
from tests.faults.proof import Proof, promise
from tests.served import CLEAN_EXIT_CODES, START_SECONDS, Server, connected, following, seqs, serving

SEED = 6
LISTENERS, READERS = 10, 4
STOP_SECONDS = 10


class Clients:
    """The clients of a server during its shutdown."""

    def __init__(self) -> None:
        self.ledger, self.random = Ledger(), Random(SEED)
        self.begun = self.pages = self.events = 0
        self.slowest = 0.0

    @property
    def cut(self) -> int:
        """The number of incomplete responses."""
        return self.begun - self.pages - self.ledger.statuses.total()

    async def stop(self, server: Server, api: Api) -> None:
        """Stop it once all are busy; raises TransportError if an event stream is cut off."""
        api.client.event_hooks = {"response": [self._begin]}
        ended, read = Event(), Semaphore(0)
        async with AsyncExitStack() as stack, TaskGroup() as group, writing(api, self.ledger, self.random):
            listeners = [await stack.enter_async_context(following(api)) for _ in range(LISTENERS)]
            for _ in range(READERS):
                group.create_task(self._read_until(ended, api, read))
            for _ in range(READERS):
                await read.acquire()
            await self.ledger.wait_for(self.random.randint(30, 120))
            server.send_signal(signal.SIGTERM)
            signalled_at = get_running_loop().time()
            code = await to_thread(server.wait)
            self.slowest = max(self.slowest, get_running_loop().time() - signalled_at)
            heard = await gather(*(listener.rest() for listener in listeners))
            ended.set()
        assert code in CLEAN_EXIT_CODES
        for numbers in map(seqs, heard):
            assert all(after == before + 1 for before, after in pairwise(numbers))
        self.events += sum(map(len, heard))

    async def _begin(self, response: Response) -> None:
        """Count an answer whose headers have come; those of the listeners have no end of their own."""
        self.begun += not response.headers["content-type"].startswith("text/event-stream")

    async def _read_until(self, ended: Event, api: Api, read: Semaphore) -> None:
        while not ended.is_set():
            try:
                await api.page("limit=100")
            except ConnectError:
                return
            except TransportError:
                continue
            self.pages += 1
            read.release()


@promise(
    "it stops cleanly",
    "SIGTERM under 8 writers of all kinds, 4 readers of long pages and 10 listeners to /events",
)
async def test_a_shutdown_under_load_loses_no_write_and_cuts_off_no_response(database: Database, proof: Proof) -> None:
    rounds, clients = proof.size(3, 50), Clients()

    with serving(database) as server:
        for number in range(rounds):
            if number:
                await to_thread(server.start)
            async with timeout(2 * START_SECONDS), connected(server) as api:
                await clients.stop(server, api)
        log = server.log
    audit = Audit(clients.ledger, database)

    answers = f"{clients.begun:,} answers begun, {clients.cut} cut, {clients.events:,} events"
    proof.figure(f"{rounds} stops, the slowest {clients.slowest:.2f} s; {audit}; {answers}")
    assert not proof.long or clients.slowest < STOP_SECONDS
    assert clients.cut == 0
    assert min(clients.pages, clients.events) >= rounds
    assert set(clients.ledger.statuses) <= {200, 201, 404, 503}
    assert "Traceback" not in log
    audit.assert_clean()
