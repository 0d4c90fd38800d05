"""Writing to standard output as UTF-8, whatever the locale, and to a descriptor, past all buffers.

A buffer would try again at the interpreter's exit what could not be written, and the lock of one that a stuck thread
holds would keep the interpreter from ending.
"""

import os
import select
from typing import TextIO


class Output:
    """What a stream writes to, held open until `close` even if the stream is closed or another takes its place."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._descriptor = _duplicate(stream)
        self._is_torn = False

    def put(self, text: str) -> int:
        """Write lines, and return how many of them could not be written."""
        before = b"\n" if self._is_torn else b""  # so that a line that was cut short spoils no later one
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
        """To a stream in memory."""
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
    """As much as there is room for, at the pace of a slow reader."""
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
    """Where whoever started us made the descriptor one that does not wait."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()
