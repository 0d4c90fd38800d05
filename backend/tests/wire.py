"""Bytes sent as they are, for what no client would send."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from tests.answer import Envelope

PATIENCE_SECONDS = 30
"""Far more than an answer takes; it only keeps a test from hanging."""

DRIP_SECONDS = 0.02


class WireAnswer:
    """An answer as it came."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read it to its end."""
        self.status = int(stream.readline().split()[1])
        lines = iter(lambda: stream.readline().decode("latin-1").rstrip("\r\n"), "")
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.text = stream.read(int(self.headers.get("content-length", 0))).decode()  # less of it where the server ends

    @property
    def envelope(self) -> Envelope:
        """The body as JSON."""
        return cast("Envelope", json.loads(self.text))


class Wire:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        """Take it as it is."""
        self._connection = connection
        self._stream = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        """Send exactly this."""
        self._connection.sendall(data)

    def answer(self) -> WireAnswer:
        """Wait for the next answer."""
        return WireAnswer(self._stream)

    def read_line(self) -> bytes:
        """Wait for one line of an answer."""
        return self._stream.readline()

    def read_slowly(self, size: int) -> bytes:
        """Wait for so much, or for the end, and take a rest."""
        time.sleep(DRIP_SECONDS)
        return self._stream.read(size)

    def rest(self) -> bytes:
        """Wait until the server says that no more will come, and give what it still said."""
        with suppress(ConnectionResetError):
            return self._stream.read()
        return b""

    def outlast(self) -> None:
        """Keep the connection open until the server gives it up: only then what is sent comes back as an error."""
        with suppress(ConnectionResetError, BrokenPipeError):
            for _ in range(int(PATIENCE_SECONDS / DRIP_SECONDS)):
                self.send(b" ")
                time.sleep(DRIP_SECONDS)
            raise AssertionError("the server keeps it open")

    def finish(self) -> None:
        """Close the half that sends, as clients do that have no more to say."""
        self._connection.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Leave at once, as a client that crashes does."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._stream.close()
        self._connection.close()

    def flood(self, data: bytes) -> None:
        """Send the same again and again, until the server closes."""
        with suppress(ConnectionResetError, BrokenPipeError):
            while True:
                self.send(data)


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
