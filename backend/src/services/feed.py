"""Who follows the history is woken when it has grown.

A listener reads the entries at its own pace, from where it stopped; nothing is kept for it here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from src.database.reader import Reader
from src.services.history_queries import HeadSeq

LOOK_SECONDS = 0.5
"""How often other processes' entries are looked for, while somebody listens."""


class Feed:
    """Lives on one event loop; `announce` alone may be called from any thread."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        self._newest = 0
        self._grown = asyncio.Event()
        self._listeners = 0
        self._lookout: asyncio.Task[None] | None = None
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
    async def listening(self) -> AsyncIterator[None]:
        self._listeners += 1
        if self._lookout is None:
            self._lookout = asyncio.create_task(self._look_out())
        try:
            yield
        finally:
            self._listeners -= 1

    async def wait_beyond(self, seq: int) -> None:
        """Until there is an entry after this one, or the feed is closed."""
        while self._newest <= seq and not self.closed:
            await self._grown.wait()

    def _note(self, seq: int) -> None:
        if seq > self._newest:
            self._newest = seq
            self._wake()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()

    async def _look_out(self) -> None:
        while self._listeners and not self.closed:
            with suppress(
                Exception
            ):  # whatever it is, the next look may succeed; meanwhile nothing new can be read anyway
                self._note(await self._reader.ask(HeadSeq()))
            await asyncio.sleep(LOOK_SECONDS)
        self._lookout = None
