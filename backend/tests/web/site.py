"""The page served in this process, which starts at once; tests that kill the server start one of their own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_server

import uvicorn
from starlette.types import ASGIApp

from src.api.protocol import Protocol


class Site:
    """Where the application is served."""

    def __init__(self, port: int) -> None:
        """Take the port that it listens on."""
        self.address = f"http://127.0.0.1:{port}/api/v1"


@contextmanager
def served_here(app: ASGIApp) -> Iterator[Site]:
    """Serve it on a thread of its own, as the command does."""
    config = uvicorn.Config(app, http=Protocol, ws="none", log_config=None, access_log=False, server_header=False)
    server = uvicorn.Server(config)
    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Site(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
