"""Writes to standard output in UTF-8, whatever the locale, unbuffered, through a file descriptor.

A buffer's content that could not be written would be written again when the interpreter exits, and a buffer's lock that
a hung thread holds would keep it from exiting.
"""

import os
import select
from typing import TextIO


class Output:
    """A copy of a stream's descriptor, open until `close` even if the stream is closed or replaced."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._descriptor = _duplicate(stream)
        self._is_torn = False

    def put(self, text: str) -> int:
        """Write lines, and return how many of them could not be written."""
        before = b"\n" if self._is_torn else b""  # so that a truncated line does not damage the next one
        data = before + text.encode(errors="backslashreplace")
        done = _write(self._descriptor, data) if self._descriptor is not None else self._pass_on(data)
        if done:
            self._is_torn = data[done - 1 : done] != b"\n"
        return data.count(b"\n", max(done, len(before)))

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _pass_on(self, data: bytes) -> int:
        """Write to a stream without a descriptor, such as one in memory."""
        try:
            print(data.decode(), end="", file=self._stream, flush=True)
        except (OSError, ValueError):
            return 0
        return len(data)


def _duplicate(stream: TextIO | None) -> int | None:
    try:
        return os.dup(stream.fileno()) if stream else None
    except (OSError, ValueError):
        return None


def _write(descriptor: int, data: bytes) -> int:
    """Return the number of bytes written: all, unless an error occurs. Waits for slow readers."""
    done, rest = 0, memoryview(data)
    while done < len(data):
        try:
            done += os.write(descriptor, rest[done:])
        except BlockingIOError:
            _wait_for_room(descriptor)
        except OSError:
            break
    return done


def _wait_for_room(descriptor: int) -> None:
    """For a descriptor that is in non-blocking mode, which processes that share it can set."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()
