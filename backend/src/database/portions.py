"""Long answers: a lane reads them in portions, and whoever asked takes each as soon as it is there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from itertools import islice

import structlog

from src.database.driver_errors import translated_errors
from src.exceptions.errors import BrokenOffError, UnavailableError

Portioned = Generator[bytes, None, None]
"""Where a long answer comes from."""

_log = structlog.get_logger(__name__)


class Portions:
    """What a query finds, as it comes; any number of readers take it from the beginning, each at its own pace.

    The lane never waits for a reader: what nobody has taken yet is kept. What ends with its first portion is short.
    """

    def __init__(self, source: Iterator[bytes], soon: Callable[..., None], patience: float) -> None:
        """On the lane's thread, as `finish`; `soon` has the event loop do something, where all the rest is.

        Raises what the query raises before its second portion, after which nothing is known to be wrong.
        """
        self._source = source
        self._soon = soon
        self._patience = patience
        self._taken = list(islice(source, 2))
        self.is_short = self._is_whole = len(self._taken) <= 1
        self._is_broken = False
        self._grown = asyncio.Event()

    def finish(self) -> None:
        """Read the rest; what goes wrong now is told to the readers alone."""
        try:
            with translated_errors():
                for portion in self._source:
                    self._soon(self._grow, portion)
        except UnavailableError:
            self._soon(self._break_off)
        except Exception as error:  # noqa: BLE001  # a bug: the answer has begun, so nobody else can tell of it
            _log.error("a list broke off", cause=type(error).__name__)
            self._soon(self._break_off)
        else:
            self._soon(self._complete)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises BrokenOffError where the end is not to be had."""
        number = 0
        while not (self._is_whole and number == len(self._taken)):
            if number == len(self._taken):
                await self._more()
            else:
                yield self._taken[number]
                number += 1

    async def _more(self) -> None:
        if self._is_broken:
            raise BrokenOffError
        try:
            async with asyncio.timeout(self._patience):
                await self._grown.wait()
        except TimeoutError:
            raise BrokenOffError from None

    def _grow(self, portion: bytes) -> None:
        self._taken.append(portion)
        self._notify()

    def _complete(self) -> None:
        self._is_whole = True
        self._notify()

    def _break_off(self) -> None:
        self._is_broken = True
        self._notify()

    def _notify(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()
