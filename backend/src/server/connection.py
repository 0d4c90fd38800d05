"""A connection's lifetime: its timeouts, and how it is closed."""

import asyncio
from math import inf
from typing import Any, ClassVar, cast

from src.server import error_responses
from src.server.connection_limit import ConnectionLimit
from src.server.error_responses import ErrorResponse
from src.server.timeouts import CHECK_INTERVAL, ReadingClient
from src.server.uvicorn_internals import HttpToolsProtocol, RequestResponseCycle
from src.server.write_buffer import CoalescingTransport
from src.utils.addresses import remote_client_of
from src.utils.client_quota import ClientQuota


class Connection(HttpToolsProtocol):
    """Adds the timeouts that uvicorn's protocol lacks; the subclass `Protocol` parses requests."""

    receive_timeout: ClassVar[float] = 10.0
    """Seconds for a request to arrive, from its first byte; for the first request, from the connection."""

    send_timeout: ClassVar[float] = 30.0
    """Seconds by which a client may fall behind the least rate at which it must read what was sent to it."""

    limit: ClassVar = ConnectionLimit(10_000)
    unsent: ClassVar = ClientQuota(inf)
    """Bytes that transports hold because clients do not read them."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # uvicorn's, passed on
        super().__init__(*args, **options)
        self.url = b""
        self._receiving_since = self.loop.time()
        """`inf` while no request is being received."""
        self._reading_client = ReadingClient(self._receiving_since)
        self._held, self._held_for = 0, ""
        """The bytes that count in `unsent`, and for which client."""
        self._received = 0
        self._in_head, self._message_begun = True, False
        self._discarding_input = self._half_closed = self._over_limit = False
        self._running: RequestResponseCycle | None = None
        """The request that the application is called with; later ones wait in the pipeline."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self._write_buffer = CoalescingTransport(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", self._write_buffer))
        self.limit.add(self)
        self._over_limit = self.limit.is_exceeded

    def connection_lost(self, exc: Exception | None) -> None:
        """Disconnect the running request, which uvicorn does only for the newest, and drop the pipeline."""
        self.limit.discard(self)
        self._hold(0)
        if self._running:
            self._running.disconnected = True
            self._running.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._hold(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._hold(0)

    def _hold(self, unsent: int) -> None:
        """Count so many bytes in `unsent`, instead of those that counted before."""
        if not self._held and self._running:
            self._held_for = remote_client_of(self._running.scope["client"])
        if unsent != self._held:
            self.unsent.add(self._held_for, unsent - self._held)
            self._held = unsent

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn always closes
        """Keep the connection half open if a complete request still waits for its response.

        During a response without an end, such as an event stream, EOF is the only sign of a client that has left.
        """
        cycle = self._unfinished_cycle()
        if cycle is None or self._awaits_body(cycle) or self._is_streaming(cycle):
            return False
        self._discarding_input, cycle.keep_alive = True, False
        return True

    def check_timeouts(self, now: float) -> None:
        if self._held:
            self._hold(self.transport.get_write_buffer_size())
        if self._reading_client.seconds_behind(self._write_buffer, now) > self.send_timeout:
            self.transport.abort()
        elif self._receiving_since < now + CHECK_INTERVAL - self.receive_timeout:
            self._on_receive_timeout(now)

    def shutdown(self) -> None:
        """Complete running requests, but not one whose body is incomplete."""
        cycle = self._unfinished_cycle()
        if self._half_closed or (cycle and self._awaits_body(cycle)):
            self.transport.close()
        else:
            super().shutdown()

    def close(self) -> None:
        self.transport.close()

    def abort(self) -> None:
        self.transport.abort()

    def _on_receive_timeout(self, now: float) -> None:
        """Close, unless the client waits for us; a client that still reads a response is left to the send timeout."""
        cycle = self._unfinished_cycle()
        if self._half_closed or self.transport.is_closing():
            if not self.transport.get_write_buffer_size():
                self.transport.abort()
        elif self.flow.read_paused or (cycle and not self._awaits_body(cycle)):
            self._receiving_since = now
        else:
            if self._message_begun and (self._in_head or cycle):
                self._send_error(error_responses.REQUEST_TIMEOUT)
            self.transport.close()

    def _start_receive_timer(self) -> None:
        """Start the receive timeout unless it runs; cancel the keep-alive timeout."""
        if self._receiving_since == inf:
            self._receiving_since = self.loop.time()
        self.limit.set_busy(self)
        self._unset_keepalive_if_required()

    def _unfinished_cycle(self) -> RequestResponseCycle | None:
        """The newest request, unless its response is complete."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete or cycle.disconnected else cycle

    def _awaits_body(self, cycle: RequestResponseCycle) -> bool:
        """Whether nothing has been done for it yet: no route acts before it has read the whole body."""
        return cycle is self._running and cycle.more_body and not cycle.response_started

    def _is_streaming(self, cycle: RequestResponseCycle) -> bool:
        """Whether a response without a length has started; all others have one."""
        return cycle.response_started and (cycle.chunked_encoding is True or cycle.expected_content_length == inf)

    def _send_error(self, response: ErrorResponse) -> None:
        """Send an error response, discard further input and half-close.

        If the newest request runs without its body, its own response is sent instead, as the last one.
        """
        self._discarding_input = True
        self._start_receive_timer()
        if (cycle := self._unfinished_cycle()) is not None:
            if not self._awaits_body(cycle):
                cycle.keep_alive = False
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if self._in_head or (cycle and not cycle.response_started):
            is_head = bool(self.url) and self.parser.get_method() == b"HEAD"
            headers, peer = self.server_state.default_headers, self.client
            self.transport.write(error_responses.render(response, headers, peer, is_head=is_head))
        self._half_close()

    def _half_close(self) -> None:
        """Close the sending half only: a full close could destroy what the client has not read yet."""
        self._half_closed = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
