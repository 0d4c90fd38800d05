"""A raw socket, for requests that no HTTP client would send."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from tests.answer import Envelope

TIMEOUT_SECONDS = 30
"""Only a hang reaches it."""

PAUSE_SECONDS = 0.02


class WireAnswer:
    """A response as received."""

    def __init__(self, stream: BinaryIO) -> None:
        self.status = int(stream.readline().split()[1])
        lines = iter(lambda: stream.readline().decode("latin-1").rstrip("\r\n"), "")
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.text = stream.read(int(self.headers.get("content-length", 0))).decode()  # less if the server closes early

    @property
    def envelope(self) -> Envelope:
        return cast("Envelope", json.loads(self.text))


class Wire:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def answer(self) -> WireAnswer:
        return WireAnswer(self._stream)

    def read_line(self) -> bytes:
        return self._stream.readline()

    def read_slowly(self, size: int) -> bytes:
        """Pause, then read so many bytes, or up to the end."""
        time.sleep(PAUSE_SECONDS)
        return self._stream.read(size)

    def read_now(self, size: int) -> bytes:
        """At most so many bytes of what has arrived, beyond what earlier reads have buffered."""
        return self._connection.recv(size)

    def rest(self) -> bytes:
        """Read to the end of the stream."""
        with suppress(ConnectionResetError):
            return self._stream.read()
        return b""

    def wait_for_disconnect(self) -> None:
        """Keep sending until the server has closed the connection, not only its sending half."""
        with suppress(ConnectionResetError, BrokenPipeError):
            for _ in range(int(TIMEOUT_SECONDS / PAUSE_SECONDS)):
                self.send(b" ")
                time.sleep(PAUSE_SECONDS)
            raise AssertionError("the server keeps the connection open")

    def close(self) -> None:
        self._stream.close()
        self._connection.close()

    def half_close(self) -> None:
        """Close the sending half."""
        self._connection.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with a reset, as the system does for a client that crashes."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def flood(self, data: bytes) -> None:
        """Send the same until the server closes the connection."""
        with suppress(ConnectionResetError, BrokenPipeError):
            while True:
                self.send(data)


@contextmanager
def wired(port: int) -> Iterator[Wire]:
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
        wire = Wire(connection)
        try:
            yield wire
        finally:
            wire.close()


def talk(port: int, sent: bytes) -> WireAnswer:
    """Send on a new connection and return the first response."""
    with wired(port) as wire:
        wire.send(sent)
        return wire.answer()
