"""How long a client has been reading nothing of what is there for it."""

import sys
import termios
from asyncio import Transport
from contextlib import suppress
from fcntl import ioctl


class Unread:
    """What one client has not taken yet, looked at again and again."""

    def __init__(self, now: float) -> None:
        self._size = 0
        self._progress_at = now

    def seconds(self, transport: Transport, now: float) -> float:
        """Since some of it was taken; 0 where all is."""
        size = _size(transport)
        if not size or size < self._size:
            self._progress_at = now
        self._size = size
        return now - self._progress_at


def _size(transport: Transport) -> int:
    """In bytes; with what the system holds, which takes more from us only after megabytes of it are gone."""
    size = transport.get_write_buffer_size()
    if size:
        with suppress(OSError):  # not every system tells
            held = ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
            size += int.from_bytes(held, sys.byteorder)
    return size
