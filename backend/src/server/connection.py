"""One connection: for how long it may stay, and what is said at its end."""

import asyncio
from math import inf
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from src.server import error_responses as refusals
from src.server.crowd import Crowd
from src.server.error_responses import Refusal
from src.server.send_stall import Unread
from src.server.timeouts import LOOK_SECONDS
from src.server.write_buffer import GatheredTransport


class Connection(HttpToolsProtocol):
    """Bounds what uvicorn's own protocol waits for without end; `Protocol` reads what comes over it."""

    receive_seconds: ClassVar[float] = 10.0
    """So long a request may take to arrive, counted from its first byte, the first one from the connection."""

    unread_seconds: ClassVar[float] = 30.0
    """So long a client may read nothing of what is there for it."""

    crowd: ClassVar = Crowd(10_000)

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # uvicorn's, passed on
        super().__init__(*args, **options)
        self.url = b""
        self.awaited_since = self.loop.time()
        self._unread = Unread(self.awaited_since)
        self._received = 0
        self._in_head, self._has_begun = True, False
        self._is_deaf = self._is_over = self._is_surplus = False
        self._begun: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self._answers = GatheredTransport(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", self._answers))
        self.crowd.admit(self)
        self._is_surplus = self.crowd.is_too_large

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is being answered, which need not be the newest; those behind it never begin."""
        self.crowd.forget(self)
        if self._begun:
            self._begun.disconnected = True
            self._begun.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn always closes
        """The client sends no more: whether it still gets an answer, to what has arrived whole.

        During an answer without an end, such as an event stream, it is the only sign of a client that has left.
        """
        cycle = self._answering()
        if cycle is None or self._waits_for_body(cycle) or self._is_endless(cycle):
            return False
        self._is_deaf, cycle.keep_alive = True, False
        return True

    def look(self, now: float) -> None:
        """End it if its time is up, or its client's to read."""
        if self._unread.seconds(self.transport, now) > self.unread_seconds:
            self.transport.abort()
        elif self.awaited_since < now + LOOK_SECONDS - self.receive_seconds:
            self._end(now)

    def shutdown(self) -> None:
        """Finish what is begun; what has not arrived whole is not."""
        cycle = self._answering()
        if self._is_over or (cycle and self._waits_for_body(cycle)):
            self.transport.close()
        else:
            super().shutdown()

    def leave(self) -> None:
        self.transport.close()

    def drop(self) -> None:
        self.transport.abort()

    def _end(self, now: float) -> None:
        """Close it, unless it is for us that the client waits; for what it still reads it gets the time to do so."""
        cycle = self._answering()
        if self._is_over or self.transport.is_closing():
            if not self.transport.get_write_buffer_size():
                self.transport.abort()
        elif self.flow.read_paused or (cycle and not self._waits_for_body(cycle)):
            self.awaited_since = now
        else:
            if self._has_begun and (self._in_head or cycle):
                self._refuse(refusals.LATE)
            self.transport.close()

    def _await(self) -> None:
        """From now on the clock of the request runs, if it does not yet, and not that of the idle connection."""
        if self.awaited_since == inf:
            self.awaited_since = self.loop.time()
        self.crowd.set_busy(self)
        self._unset_keepalive_if_required()

    def _answering(self) -> RequestResponseCycle | None:
        """The newest request, where more of its answer is to come."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete or cycle.disconnected else cycle

    def _waits_for_body(self, cycle: RequestResponseCycle) -> bool:
        """Whether nothing is carried out before more of it comes: no route does anything before the end of a body."""
        return cycle is self._begun and cycle.more_body and not cycle.response_started

    def _is_endless(self, cycle: RequestResponseCycle) -> bool:
        """Whether its answer is under way and names no length; all others are sent in one piece."""
        return cycle.response_started and (cycle.chunked_encoding is True or cycle.expected_content_length == inf)

    def _refuse(self, refusal: Refusal) -> None:
        """Answer, and take no more; the client closes, or its time ends.

        A request that is being carried out without its body gets the answer that it has earned, as the last one.
        """
        self._is_deaf = True
        self._await()
        if (cycle := self._answering()) is not None:
            if not self._waits_for_body(cycle):
                cycle.keep_alive = False
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if self._in_head or (cycle and not cycle.response_started):
            is_head = bool(self.url) and self.parser.get_method() == b"HEAD"
            headers, peer = self.server_state.default_headers, self.client
            self.transport.write(refusals.answer_to(refusal, headers, peer, is_head=is_head))
        self._hang_up()

    def _hang_up(self) -> None:
        """Say that no more will come; a close at once would take from the client what it has not read yet."""
        self._is_over = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
