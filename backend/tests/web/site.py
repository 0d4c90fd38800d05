"""The page served in this process, which starts at once; tests that kill the server start one of their own."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from src.server.protocol import Protocol


class Site:
    """Where the application is served."""

    def __init__(self, port: int) -> None:
        """Take the port that it listens on."""
        self.address = f"http://127.0.0.1:{port}/api/v1"


class _Server(uvicorn.Server):
    """Ends at once: uvicorn looks ten times a second whether it is to, and then waits once more."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.end = threading.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await asyncio.to_thread(self.end.wait)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
        await self.lifespan.shutdown()


@contextmanager
def served_here(app: ASGIApp) -> Iterator[Site]:
    """Serve it on a thread of its own, as the command does."""
    config = uvicorn.Config(app, http=Protocol, ws="none", log_config=None, access_log=False, server_header=False)
    server = _Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Site(listener.getsockname()[1])
        finally:
            server.end.set()
            thread.join()
