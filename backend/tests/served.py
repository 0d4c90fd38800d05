"""The application in a process of its own, as users start it, on a free port."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from tempfile import TemporaryDirectory

from httpx2 import AsyncClient, EventSource, Limits, ServerSentEvent

from src.api.v1.history import START
from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database
from tests.forked import Forked
from tests.programs import BACKEND, PYTHONPATH, free_port

POLL_SECONDS = 0.02
START_SECONDS = 60
"""Only a hang reaches it."""
NO_TLS = SSLContext(PROTOCOL_TLS_CLIENT)
"""Without certificates, which take 20 ms to load."""

CLEAN_EXIT_CODES = {0, -signal.SIGTERM}
"""Of a process that was asked to stop."""

Command = tuple[str, ...]
"""Of an interpreter of its own; but `FORK` and `python -c` as `with_timeouts` gives it save the imports."""
FORK: Command = ("fork", "main.py")
MAIN: Command = ("main.py",)
UVICORN: Command = ("-m", "uvicorn", "main:app", "--port", "{port}", "--no-access-log")
_SHORT = "import cli, main; {change}; cli.run(main.app, main.load_settings(), [])"
COMMANDS = {"main": MAIN, "uvicorn": UVICORN}


def with_timeouts(receive: float, send: float = 30.0, keep_alive: int = 5) -> Command:
    """`python main.py` with other timeouts."""
    return changed(
        "from src.server.protocol import Protocol; "
        f"Protocol.receive_timeout, Protocol.send_timeout = {receive}, {send}; "
        f"import os; os.environ['KEEP_ALIVE'] = '{keep_alive}'"
    )


def changed(change: str) -> Command:
    """`python main.py` after this statement."""
    return ("fork", "-c", _SHORT.format(change=change))


class Server:
    """A server process; it may be killed and started again on the same port."""

    def __init__(self, database: Database, log: Path, command: Command = FORK, **settings: str) -> None:
        """Start it and wait until it responds."""
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/api/v1"
        self._environment = environment_for(database) | {"PORT": str(self.port)} | settings
        self._log = log
        self._command = tuple(part.format(port=self.port) for part in command)
        self.start()

    @property
    def log(self) -> str:
        """Its whole output."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def start(self) -> None:
        """Return when it responds."""
        self._process = self._begin()
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            if _responds(self.port):
                return
            assert self._process.poll() is None, self.log
            time.sleep(POLL_SECONDS)
        raise AssertionError(self.log)

    def _begin(self) -> subprocess.Popen[bytes] | Forked:
        if self._command[0] == "fork":
            return Forked(self._command[1:], self._environment, self._log, self._log)
        with self._log.open("ab") as log:
            program = [sys.executable, *self._command]
            return subprocess.Popen(program, cwd=BACKEND, env=self._environment, stdout=log, stderr=log)

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = START_SECONDS) -> int:
        """Return the exit code; raises TimeoutExpired."""
        return self._process.wait(seconds)

    def kill(self) -> None:
        """Send SIGKILL: no shutdown code runs."""
        self._process.kill()
        self._process.wait()


def environment_for(database: Database) -> dict[str, str]:
    """The environment of the test, such as its time zone, with the database."""
    return os.environ | {"PYTHONPATH": PYTHONPATH, "DATABASE_URL": database.url, "LOG_LEVEL": "warning", "DEBUG": ""}


def _responds(port: int) -> bool:
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)) as connection:
            connection.request("GET", "/api/v1/health")
            return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


@contextmanager
def serving(database: Database, command: Command = FORK, log: Path | None = None, **settings: str) -> Iterator[Server]:
    """Start a server, and kill it at the end if it still runs."""
    with TemporaryDirectory(prefix="tasktrail-") as folder:
        server = Server(database, log or Path(folder) / "log", command, **settings)
        try:
            yield server
        finally:
            server.kill()


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Api]:
    """An API client with an unlimited number of connections."""
    async with AsyncClient(base_url=server.address, timeout=START_SECONDS, limits=Limits(), verify=NO_TLS) as client:
        yield Api(client)


class Stream:
    """An open response of `GET /events`."""

    def __init__(self, source: EventSource) -> None:
        assert source.response.status_code == 200
        self.headers = source.response.headers
        self._events = aiter(source)
        self._entries = (event async for event in self._events if event.event != START)

    async def take(self, count: int) -> list[ServerSentEvent]:
        """The next so many entries."""
        return [await anext(self._entries) for _ in range(count)]

    async def take_any(self) -> ServerSentEvent:
        """The next event, which need not be an entry."""
        return await anext(self._events)

    async def rest(self) -> list[ServerSentEvent]:
        """All entries up to the end of the stream; raises TransportError if it is cut off."""
        return [event async for event in self._entries]


@asynccontextmanager
async def following(api: Api, query: str = "", last_event_id: int | None = None) -> AsyncIterator[Stream]:
    """Follow the feed, as a browser's EventSource does."""
    headers = {} if last_event_id is None else {"last-event-id": str(last_event_id)}
    async with api.client.sse(f"/events?{query}", headers=headers) as source:
        yield Stream(source)


def seqs_in(events: bytes) -> list[int]:
    """The numbers of the entries among events as they are sent."""
    return [int(number) for number in re.findall(rb"^id: (\d+)$", events, re.MULTILINE)]


def seqs(events: list[ServerSentEvent]) -> list[int]:
    return [int(event.id) for event in events]


async def refusal(api: Api, query: str = "", last_event_id: str | None = None) -> tuple[int, str | None]:
    """Status and error of a rejected request for events."""
    headers = {} if last_event_id is None else {"last-event-id": last_event_id}
    return Answer(await api.client.get(f"/events?{query}", headers=headers)).refusal
