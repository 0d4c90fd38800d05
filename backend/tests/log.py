"""Captures the application's log."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, redirect_stdout
from io import StringIO
from typing import Any, cast

from fastapi import FastAPI

from src.utils.log_writer import LogWriter
from src.utils.logs import configure_logs
from tests.api_client import Api, running

HANG_SECONDS = 60

Line = dict[str, Any]


class Log:
    """The log since it was last read."""

    def __init__(self) -> None:
        self._stream = StringIO()
        self._writer: LogWriter | None = None

    def configure(self, level: str, *, readable: bool = False) -> None:
        """Redirect all logs of the process to this object."""
        with redirect_stdout(self._stream):
            self._writer = configure_logs(level, readable=readable)

    @asynccontextmanager
    async def of(self, app: FastAPI) -> AsyncIterator[Api]:
        """Start the application with its output redirected."""
        async with AsyncExitStack() as stack:
            with redirect_stdout(self._stream):
                api = await stack.enter_async_context(running(app))
            self._writer = app.state.log
            yield api

    async def text(self) -> str:
        """The whole log, as written."""
        assert not self._writer or self._writer.drain(HANG_SECONDS)
        text = self._stream.getvalue()
        self._stream.seek(0)
        self._stream.truncate()
        return text

    async def lines(self) -> list[Line]:
        """The lines, all of which must be JSON."""
        return [cast("Line", json.loads(line)) for line in (await self.text()).splitlines()]

    async def requests(self) -> list[Line]:
        """The access log: one line per request."""
        return [line for line in await self.lines() if line["event"] == "request"]
