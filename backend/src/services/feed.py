"""Listeners follow the history: new entries wake them, and their streams end if another history replaces it.

Each reads at its own pace, from its own position; nothing is buffered here. A history is replaced when a standby that
lacks the newest entries is promoted, or a backup is restored: numbers are then assigned a second time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from src.batching.reader import Reader
from src.exceptions.errors import HistoryReplacedError, OverloadedError
from src.models.workspace import WorkspaceId
from src.services.feed_queries import EntriesAfter, FeedPage, HeadPoint, Point

POLL_SECONDS = 0.5
"""The interval of checks for entries of other processes, while there are listeners."""

PAGE_SIZE = 100
SILENCE_SECONDS = 15.0
PING = b": ping\n\n"
"""A comment, sent after so much silence: it keeps proxies from cutting the stream."""

_log = structlog.get_logger(__name__)


class Feed:
    """The feed of a workspace. Belongs to one event loop; only `announce` may be called from other threads."""

    def __init__(self, reader: Reader, workspace: WorkspaceId, poll_seconds: float = POLL_SECONDS) -> None:
        self._reader = reader
        self._workspace = workspace
        self._poll_seconds = poll_seconds
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._listeners = 0
        self._poller: asyncio.Task[None] | None = None
        self._known = Point(0)
        self.newest = 0
        self.generation = 0
        self.closed = False

    def announce(self, workspace: WorkspaceId, seq: int) -> None:
        """Wake the listeners: `seq` has been committed."""
        if self._listeners and workspace == self._workspace:
            with suppress(RuntimeError):  # the loop may have ended before the writer
                self._loop.call_soon_threadsafe(self._advance, seq)

    def close(self) -> None:
        """End all streams."""
        self.closed = True
        self._wake()
        if self._poller is not None:
            self._poller.cancel()

    @asynccontextmanager
    async def listening(self, start: int = 0) -> AsyncIterator["Listener"]:
        """Follow the history after entry `start`."""
        self._listeners += 1
        if self._poller is None:
            self._forget()  # what was known may be outdated: nothing was polled without listeners
            self._poller = asyncio.create_task(self._poll())
        try:
            yield Listener(self, start)
        finally:
            self._listeners -= 1

    async def read(self, seq: int, limit: int) -> FeedPage:
        """Raises UnavailableError. A busy server is asked again: streams that end would make it busier."""
        while True:
            with suppress(OverloadedError):
                return await self._reader.ask(EntriesAfter(self._workspace, seq, limit))
            await asyncio.sleep(self._poll_seconds)

    async def wait_beyond(self, seq: int) -> None:
        """Wait until there is a later entry, the feed is closed or the history is replaced."""
        generation = self.generation
        while self.newest <= seq and not self.closed and generation == self.generation:
            await self._changed.wait()

    def note(self, point: Point) -> None:
        """Remember an entry that was read, unless a later one is known."""
        if point.seq >= self._known.seq:
            self._known = point
        self._advance(point.seq)

    def replace(self, generation: int) -> None:
        """End the streams of this generation, because the history that they follow was replaced."""
        if generation != self.generation:
            return
        self.generation += 1
        _log.warning("history replaced: event streams end, since their entries no longer exist", seq=self.newest)
        self._forget()
        self._wake()

    def _forget(self) -> None:
        self._known, self.newest = Point(0), 0

    def _advance(self, seq: int) -> None:
        if seq > self.newest:
            self.newest = seq
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _poll(self) -> None:
        while self._listeners and not self.closed:
            with suppress(Exception):  # the next check may succeed; until then listeners can't read either
                await self._check_head()
            await asyncio.sleep(self._poll_seconds)
        self._poller = None

    async def _check_head(self) -> None:
        newest, generation = self.newest, self.generation
        head = await self._reader.ask(HeadPoint(self._workspace))
        if generation != self.generation:
            return
        if head.seq < newest or (head.seq == self._known.seq and not head.may_equal(self._known)):
            self.replace(generation)
        self.note(head)


class Listener:
    """Reads the entries of one history in order and without gaps, and never those of a history that replaced it."""

    def __init__(self, feed: Feed, start: int) -> None:
        self._feed = feed
        self._generation = feed.generation
        self._last = Point(start)
        self._limit = PAGE_SIZE
        self._at_end = False
        """Whether all that was there has been read, so that there is nothing to do but wait."""

    async def next_events(self, silence: float = SILENCE_SECONDS) -> bytes:
        """Wait for the next events; a ping after so many seconds without any, nothing once the feed is closed.

        Raises UnavailableError, and HistoryReplacedError if the entry that was read last no longer exists.
        """
        while not self._feed.closed:
            if not self._at_end or self._generation != self._feed.generation:
                page = await self._read()
                self._at_end = page.last.seq >= page.head_seq
                self._limit = self._next_limit(page)
                if page.events:
                    return page.events
            try:
                async with asyncio.timeout(silence):
                    await self._feed.wait_beyond(self._last.seq)
            except TimeoutError:
                return PING
            self._at_end = False
        return b""

    def _next_limit(self, page: FeedPage) -> int:
        """After a page that large entries have ended, ask for hardly more than fit: PostgreSQL sends all at once."""
        return PAGE_SIZE if self._at_end else min(PAGE_SIZE, 2 * (page.last.seq - page.first.seq))

    async def _read(self) -> FeedPage:
        newest = self._feed.newest
        page = await self._feed.read(self._last.seq, self._limit)
        if page.head_seq < newest or not page.continues(self._last):
            self._feed.replace(self._generation)
        if self._generation != self._feed.generation:
            raise HistoryReplacedError
        self._last = page.last
        self._feed.note(page.last)
        return page
