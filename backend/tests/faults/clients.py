"""Clients that continue through errors and record every response with its times."""

import asyncio
from asyncio import Event, sleep
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, takewhile

from tests.answer import Answer
from tests.api_client import Api
from tests.databases import Database
from tests.stored_history import assert_whole, titles

WRITERS, READERS = 8, 4
PAUSE_SECONDS = 0.01
TO_BE_READ = "To be read"
NOTHING_CHANGED = "nothing was changed"


@dataclass(frozen=True)
class Response:
    """A response; the times are the event loop's."""

    title: str
    sent: float
    came: float
    answer: Answer

    @property
    def is_success(self) -> bool:
        return self.answer.success

    @property
    def seconds(self) -> float:
        return self.came - self.sent


class Trail:
    """The responses of some clients, in order of arrival."""

    def __init__(self) -> None:
        self.responses: list[Response] = []
        self.refusals: list[Response] = []

    def add(self, response: Response) -> None:
        self.responses.append(response)
        if not response.is_success:
            self.refusals.append(response)

    def successes(self, since: float) -> list[Response]:
        """The successes that arrived since, newest first."""
        recent = takewhile(lambda response: response.came >= since, reversed(self.responses))
        return [response for response in recent if response.is_success]


class Clients:
    """The responses of all writers and readers."""

    def __init__(self) -> None:
        self.writes, self.reads = Trail(), Trail()
        self._trails = self.writes, self.reads
        self._news = Event()

    @property
    def refusals(self) -> list[Response]:
        return self.writes.refusals + self.reads.refusals

    @property
    def acknowledged(self) -> set[str]:
        return {response.title for response in self.writes.responses if response.is_success}

    @property
    def longest(self) -> float:
        """The duration of the slowest response in seconds."""
        return max((response.seconds for trail in self._trails for response in trail.responses), default=0.0)

    def note(self, response: Response, trail: Trail) -> None:
        trail.add(response)
        self._news.set()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until the condition holds, checking it after each response."""
        while not happened():
            self._news.clear()
            await self._news.wait()

    async def refused(self, times: int) -> None:
        """Wait until writers and readers have each got so many more errors."""
        due = [len(trail.refusals) + times for trail in self._trails]
        await self.until(lambda: all(len(trail.refusals) >= n for trail, n in zip(self._trails, due, strict=True)))

    async def served(self, times: int) -> float:
        """Wait for so many more successes of each; return the seconds until both had the first.

        Responses to earlier requests count too.
        """
        now = asyncio.get_running_loop().time()
        await self.until(lambda: all(len(trail.successes(now)) >= times for trail in self._trails))
        return max(trail.successes(now)[-1].came for trail in self._trails) - now

    def assert_polite(self) -> None:
        """Assert that each error was a 503 with Retry-After."""
        assert {response.answer.status for response in self.refusals} <= {503}
        assert all(int(response.answer.response.headers["retry-after"]) > 0 for response in self.refusals)

    def lost(self, database: Database) -> str:
        """How many acknowledged writes are missing, and how many are stored that should not be."""
        lost, denied, twice = self._untrue_of(database)
        acknowledged = f"{len(lost)} of {len(self.acknowledged):,} acknowledged lost"
        return f"{acknowledged}, {len(denied)} refused ones stored, {len(twice)} stored twice"

    def assert_true_of(self, database: Database) -> None:
        """Assert that each response agrees with what is stored, and that the history is intact."""
        assert self._untrue_of(database) == (set(), set(), set())
        assert_whole(database)

    def _untrue_of(self, database: Database) -> tuple[set[str], set[str], set[str]]:
        """Every title is written once, except that of the tasks that are read, one for each server."""
        times = Counter(titles(database))
        stored, twice = set(times), {title for title, count in times.items() if count > 1} - {TO_BE_READ}
        denied = {response.title for response in self.writes.refusals if NOTHING_CHANGED in str(response.answer.error)}
        return self.acknowledged - stored, denied & stored, twice


@asynccontextmanager
async def clients(*apis: Api) -> AsyncIterator[Clients]:
    """Run writers and readers on each server until the block ends."""
    all_of_them, ended = Clients(), Event()
    async with asyncio.TaskGroup() as group:
        for number, api in enumerate(apis):
            task = await api.create(TO_BE_READ)
            for writer in range(WRITERS):
                group.create_task(_write(api, f"{number}.{writer}", all_of_them, ended))
            for reader in range(READERS):
                group.create_task(_read(api, [task, None][reader % 2], all_of_them, ended))
        try:
            yield all_of_them
        finally:
            ended.set()


async def _write(api: Api, name: str, all_of_them: Clients, ended: Event) -> None:
    for number in count():
        if ended.is_set():
            return
        title = f"{name}.{number}"
        await _ask(api.create(title), title, all_of_them, all_of_them.writes)


async def _read(api: Api, task: Answer | None, all_of_them: Clients, ended: Event) -> None:
    """Read one task, or the statistics, which use different queues."""
    while not ended.is_set():
        await _ask(api.get(task) if task else api.send("GET", "/stats/weekly"), "", all_of_them, all_of_them.reads)


async def _ask(call: Awaitable[Answer], title: str, all_of_them: Clients, trail: Trail) -> None:
    loop = asyncio.get_running_loop()
    sent = loop.time()
    answer = await call
    all_of_them.note(Response(title, sent, loop.time(), answer), trail)
    await sleep(PAUSE_SECONDS)
