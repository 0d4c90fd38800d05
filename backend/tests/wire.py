"""Bytes sent as they are, for what no client would send."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import cast

from tests.answer import Envelope

PATIENCE_SECONDS = 30
"""Far more than an answer takes; it only keeps a test from hanging."""


class WireAnswer:
    """An answer as it came."""

    def __init__(self, response: HTTPResponse) -> None:
        """Read it to its end."""
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read().decode()

    @property
    def envelope(self) -> Envelope:
        """The body as JSON."""
        return cast("Envelope", json.loads(self.text))


class Wire:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        """Take it as it is."""
        self._connection = connection

    def send(self, data: bytes) -> None:
        """Send exactly this."""
        self._connection.sendall(data)

    def answer(self) -> WireAnswer:
        """Wait for the next answer."""
        response = HTTPResponse(self._connection)
        response.begin()
        return WireAnswer(response)

    def is_closed(self) -> bool:
        """Wait until the server closes, and say whether it did so without another word."""
        return self._connection.recv(1) == b""


@contextmanager
def wired(port: int) -> Iterator[Wire]:
    """Connect to a server on this machine."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        yield Wire(connection)


def talk(port: int, sent: bytes) -> WireAnswer:
    """Send all at once and give the first answer."""
    with wired(port) as wire:
        wire.send(sent)
        return wire.answer()
