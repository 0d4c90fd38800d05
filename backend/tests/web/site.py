"""Serves the page in this process, which starts fast, and can stop as a crash does."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from src.server.protocol import Protocol


class _Server(uvicorn.Server):
    """Stops at once: uvicorn polls ten times a second whether to stop, and then waits once more."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.end = threading.Event()
        self.crashes = False

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await asyncio.to_thread(self.end.wait)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            if self.crashes:
                connection.transport.abort()
            else:
                connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
        await self.lifespan.shutdown()


class Site:
    """A place where an application is served, on a thread; it may be killed and started again at the same address."""

    def __init__(self, make_app: Callable[[], ASGIApp]) -> None:
        self._make_app = make_app
        self._port = 0
        self.start()
        self.address = f"http://127.0.0.1:{self._port}/api/v1"

    def start(self) -> None:
        """Serve, with the same protocol class as the command."""
        app = self._make_app()
        config = uvicorn.Config(app, http=Protocol, ws="none", log_config=None, access_log=False, server_header=False)
        self._server = _Server(config)
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()

    def stop(self) -> None:
        self._server.end.set()
        self._thread.join()

    def kill(self) -> None:
        """Cut all connections, as a crash does."""
        self._server.crashes = True
        self.stop()


@contextmanager
def serving_here(make_app: Callable[[], ASGIApp]) -> Iterator[Site]:
    """Serve an application that may be killed and started again."""
    site = Site(make_app)
    try:
        yield site
    finally:
        site.stop()


@contextmanager
def serve(app: ASGIApp) -> Iterator[Site]:
    """Serve an application."""
    with serving_here(lambda: app) as site:
        yield site
