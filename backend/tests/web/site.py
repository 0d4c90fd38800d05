"""Serves the page in this process, which starts fast; tests that kill the server start a process instead."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from src.server.protocol import Protocol


class Site:
    """The address of a served application."""

    def __init__(self, port: int) -> None:
        """Build the address from the port."""
        self.address = f"http://127.0.0.1:{port}/api/v1"


class _Server(uvicorn.Server):
    """Stops at once: uvicorn polls ten times a second whether to stop, and then waits once more."""

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
def serve(app: ASGIApp) -> Iterator[Site]:
    """Serve an application on a thread, with the same protocol class as the command."""
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
