"""A buffer between uvicorn and the transport, which coalesces small writes."""

import asyncio

FLUSH_BYTES = 64 * 1024


class CoalescingTransport:
    """Sends everything written within one iteration of the event loop in one piece, at its end or on `flush`.

    uvicorn writes a response's head and body separately; each would be a system call, and wake the client.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self.is_closing, self.get_extra_info = transport.is_closing, transport.get_extra_info
        self._parts: list[bytes] = []
        self._size = 0
        self.written = 0
        """Bytes so far."""

    def __getattr__(self, name: str) -> object:
        """Everything else is delegated to the transport."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self.written += len(data)
        if len(data) >= FLUSH_BYTES:  # a copy would cost more than a system call
            self.flush()
            self._send(data)
            return
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size >= FLUSH_BYTES:
            self.flush()  # so that the transport can apply its flow control

    def flush(self) -> None:
        if self._parts:
            data = b"".join(self._parts)
            self._parts, self._size = [], 0
            self._send(data)

    def _send(self, data: bytes) -> None:
        if not self.is_closing():  # the client may have disconnected meanwhile
            self._transport.write(data)

    def get_write_buffer_size(self) -> int:
        return self._size + self._transport.get_write_buffer_size()

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        self._parts, self._size = [], 0
        self._transport.abort()
