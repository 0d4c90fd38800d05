"""Listeners follow the history: they are woken when it has grown, and end when another has taken its place.

Each reads at its own pace, from where it stopped; nothing is kept for it here. A history takes another's place where a
standby that had not got everything is promoted, or a backup is restored: numbers are given a second time then.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from src.batching.reader import Reader
from src.exceptions.errors import HistoryReplacedError
from src.services.feed_queries import EntriesAfter, FeedPage, HeadPoint, Point
from src.services.history_queries import HistoryItem

LOOK_SECONDS = 0.5
"""How often other processes' entries are looked for, while somebody listens."""

ENTRIES_AT_ONCE = 100

_log = structlog.get_logger(__name__)


class Feed:
    """Lives on one event loop; `announce` alone may be called from any thread."""

    def __init__(self, reader: Reader, look_seconds: float = LOOK_SECONDS) -> None:
        self._reader = reader
        self._look_seconds = look_seconds
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._listeners = 0
        self._lookout: asyncio.Task[None] | None = None
        self._known = Point(0)
        self.newest = 0
        self.generation = 0
        self.closed = False

    def announce(self, seq: int) -> None:
        """The history has grown to this `seq`."""
        if self._listeners:
            with suppress(RuntimeError):  # the loop may have ended before the writer
                self._loop.call_soon_threadsafe(self._note, seq)

    def close(self) -> None:
        """End all streams."""
        self.closed = True
        self._wake()
        if self._lookout is not None:
            self._lookout.cancel()

    @asynccontextmanager
    async def listening(self, start: int = 0) -> AsyncIterator["Listener"]:
        """Follow the history from after this entry on."""
        self._listeners += 1
        if self._lookout is None:
            self._forget()  # nobody has looked since the last listener left
            self._lookout = asyncio.create_task(self._look_out())
        try:
            yield Listener(self, start)
        finally:
            self._listeners -= 1

    async def read(self, seq: int) -> FeedPage:
        """Raises UnavailableError."""
        return await self._reader.ask(EntriesAfter(seq, ENTRIES_AT_ONCE))

    async def wait_beyond(self, seq: int) -> None:
        """Until there is an entry after this one, or the feed is closed, or its history is replaced."""
        generation = self.generation
        while self.newest <= seq and not self.closed and generation == self.generation:
            await self._changed.wait()

    def saw(self, point: Point) -> None:
        if point.seq >= self._known.seq:
            self._known = point
        self._note(point.seq)

    def replace(self, generation: int) -> None:
        """End the streams of this generation: what they followed is not the history any more."""
        if generation != self.generation:
            return
        self.generation += 1
        _log.warning("history replaced: event streams end, for the entries they gave are gone", seq=self.newest)
        self._forget()
        self._wake()

    def _forget(self) -> None:
        self._known, self.newest = Point(0), 0

    def _note(self, seq: int) -> None:
        if seq > self.newest:
            self.newest = seq
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _look_out(self) -> None:
        while self._listeners and not self.closed:
            with suppress(
                Exception
            ):  # whatever it is, the next look may succeed; meanwhile nothing new can be read anyway
                await self._look()
            await asyncio.sleep(self._look_seconds)
        self._lookout = None

    async def _look(self) -> None:
        newest, generation = self.newest, self.generation
        head = await self._reader.ask(HeadPoint())
        if generation != self.generation:
            return
        if head.seq < newest or (head.seq == self._known.seq and not head.is_same(self._known)):
            self.replace(generation)
        self.saw(head)


class Listener:
    """Gives the entries of one history, in order and without a gap, and never those of one that took its place."""

    def __init__(self, feed: Feed, start: int) -> None:
        self._feed = feed
        self._generation = feed.generation
        self._last = Point(start)

    async def next_entries(self) -> Sequence[HistoryItem]:
        """At least one, as soon as there are some; none where the feed has closed.

        Raises UnavailableError, and HistoryReplacedError where the entry that was given last is gone.
        """
        while not self._feed.closed:
            page = await self._read()
            if page.items:
                return page.items
            await self._feed.wait_beyond(self._last.seq)
        return ()

    async def _read(self) -> FeedPage:
        newest = self._feed.newest
        page = await self._feed.read(self._last.seq)
        if page.head_seq < newest or not page.follows(self._last):
            self._feed.replace(self._generation)
        if self._generation != self._feed.generation:
            raise HistoryReplacedError
        self._last = page.last
        self._feed.saw(page.last)
        return page
