"""The application as its users start it: a process of its own, on a free port, spoken to over a real connection."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from httpx2 import AsyncClient, Client, EventSource, Limits, ServerSentEvent, TransportError

from src.api.v1.history import START
from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database
from tests.programs import BACKEND, PYTHONPATH, free_port

LOOK_SECONDS = 0.02
START_SECONDS = 60
"""Far more than a start takes; it only keeps a test from hanging."""

ORDERLY = {0, -signal.SIGTERM}
"""How a process ends that was told to."""

Command = tuple[str, ...]
MAIN: Command = ("main.py",)
UVICORN: Command = ("-m", "uvicorn", "main:app", "--port", "{port}", "--no-access-log")
_SHORT = "import cli, main; {change}; cli.run(main.app, main.load_settings(), [])"
COMMANDS = {"main": MAIN, "uvicorn": UVICORN}


def short_of_time(seconds: float, unread: float = 30.0, idle: int = 5) -> Command:
    """Give `python main.py`, but for the time a request has to arrive, its answer to be read, the next to begin."""
    change = (
        "from src.server.protocol import Protocol; "
        f"Protocol.receive_seconds, Protocol.unread_seconds = {seconds}, {unread}; "
        f"import os; os.environ['KEEP_ALIVE'] = '{idle}'"
    )
    return ("-c", _SHORT.format(change=change))


class Server:
    """One place where the application is served; it may be killed and started again under the same address."""

    def __init__(self, database: Database, log: Path, command: Command = MAIN, **settings: str) -> None:
        """Start it and wait until it answers."""
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/api/v1"
        self._environment = environment_for(database) | {"PORT": str(self.port)} | settings
        self._log = log
        self._command = [part.format(port=self.port) for part in command]
        self.start()

    @property
    def log(self) -> str:
        """All that it has printed."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def start(self) -> None:
        """Return when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command], cwd=BACKEND, env=self._environment, stdout=log, stderr=log
            )
        with Client(base_url=self.address) as client:
            for _ in range(int(START_SECONDS / LOOK_SECONDS)):
                if _answers(client):
                    return
                assert self._process.poll() is None, self.log
                time.sleep(LOOK_SECONDS)
        raise AssertionError(self.log)

    def tell(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = START_SECONDS) -> int:
        """Return the exit code; raises TimeoutExpired."""
        return self._process.wait(seconds)

    def kill(self) -> None:
        """End it as a crash does: at once, with nothing put in order."""
        self._process.kill()
        self._process.wait()


def environment_for(database: Database) -> dict[str, str]:
    """Give what a test has set, such as the time zone, and the database."""
    return os.environ | {"PYTHONPATH": PYTHONPATH, "DATABASE_URL": database.url, "LOG_LEVEL": "warning", "DEBUG": ""}


def _answers(client: Client) -> bool:
    with suppress(TransportError):
        return client.get("/health").status_code == 200
    return False


@contextmanager
def serving(database: Database, command: Command = MAIN, log: Path | None = None, **settings: str) -> Iterator[Server]:
    """Serve, and kill what is left at the end."""
    with TemporaryDirectory(prefix="tasktrail-") as folder:
        server = Server(database, log or Path(folder) / "log", command, **settings)
        try:
            yield server
        finally:
            server.kill()


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Api]:
    """Speak to it, over as many connections as it takes."""
    async with AsyncClient(base_url=server.address, timeout=START_SECONDS, limits=Limits()) as client:
        yield Api(client)


class Stream:
    """A connection to `GET /events` whose headers have come."""

    def __init__(self, source: EventSource) -> None:
        assert source.response.status_code == 200
        self.headers = source.response.headers
        self._events = aiter(source)
        self._entries = (event async for event in self._events if event.event != START)

    async def take(self, count: int) -> list[ServerSentEvent]:
        """Wait for so many entries."""
        return [await anext(self._entries) for _ in range(count)]

    async def take_any(self) -> ServerSentEvent:
        """Wait for the next event, which need not be an entry."""
        return await anext(self._events)

    async def rest(self) -> list[ServerSentEvent]:
        """Read on until the server ends the stream; raises TransportError where it is cut off."""
        return [event async for event in self._entries]


@asynccontextmanager
async def following(api: Api, query: str = "", last_event_id: int | None = None) -> AsyncIterator[Stream]:
    """Listen to the feed, as a browser's EventSource does."""
    headers = {} if last_event_id is None else {"last-event-id": str(last_event_id)}
    async with api.client.sse(f"/events?{query}", headers=headers) as source:
        yield Stream(source)


def seqs(events: list[ServerSentEvent]) -> list[int]:
    return [int(event.id) for event in events]


async def refusal(api: Api, query: str = "", last_event_id: str | None = None) -> tuple[int, str | None]:
    """Ask for events and be refused."""
    headers = {} if last_event_id is None else {"last-event-id": last_event_id}
    return Answer(await api.client.get(f"/events?{query}", headers=headers)).refusal
