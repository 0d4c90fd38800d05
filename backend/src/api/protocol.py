"""HTTP/1.1 as it comes from the network: bounded in size and in time, and refused in the envelope.

uvicorn's own protocol takes headers of any size and waits for ever for the end of a request.
"""

import asyncio
from collections.abc import Iterable
from math import inf
from typing import Any, ClassVar, Literal, cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from src.api import refusals
from src.api.framing import MAX_BODY, read_length
from src.api.gathered import GatheredTransport
from src.api.middleware import PEER
from src.api.overdue import LOOK_SECONDS
from src.api.refusals import Refusal, RefusedError, answer_to
from src.api.unread import Unread

MAX_HEAD = 16 * 1024
MAX_MESSAGE = MAX_HEAD + 8 * MAX_BODY
"""With all that surrounds it: of a chunk that holds one byte, six bytes are sent."""
MAX_WAITING = 100
"""So many requests may wait behind the one that is being answered."""

_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})
_VERSIONS = frozenset({"1.1", "1.0"})


class _Body(asyncio.Event):
    """Set when there is more of a body to read."""

    is_awaited = False

    async def wait(self) -> Literal[True]:
        self.is_awaited = True
        try:
            return await super().wait()
        finally:
            self.is_awaited = False


class Protocol(HttpToolsProtocol):
    """One connection."""

    receive_seconds: ClassVar[float] = 10.0
    """So long a request may take to arrive, counted from its first byte, the first one from the connection."""

    unread_seconds: ClassVar[float] = 30.0
    """So long a client may read nothing of what is there for it."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # uvicorn's, passed on
        super().__init__(*args, **options)
        self.url = b""
        self.awaited_since = self.loop.time()
        self._unread = Unread(self.awaited_since)
        self._received = 0
        self._in_head, self._has_begun = True, False
        self._is_deaf = self._is_over = False
        self._held: tuple[RequestResponseCycle, ASGI3Application] | None = None
        self._begun: RequestResponseCycle | None = None
        self._body = _Body()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self._answers = GatheredTransport(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", self._answers))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is being answered, which need not be the newest; those behind it never begin."""
        if self._begun:
            self._begun.disconnected = True
            self._begun.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what comes after the end, or is too much, is dropped, and the time it has ends it."""
        if self._is_deaf:
            return
        self._await()
        self._received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._is_deaf = True
        except httptools.HttpParserError as error:
            refused = error.__context__
            self._refuse(refused.refusal if isinstance(refused, RefusedError) else refusals.NO_HTTP)
        else:
            self._weigh()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[PEER] = self.client
        self._has_begun = True
        self._await()  # it may have come together with the end of the one before

    def on_headers_complete(self) -> None:
        if self._head_size() > MAX_HEAD:
            raise RefusedError(refusals.LARGE_HEAD)
        if len(self.pipeline) >= MAX_WAITING:
            raise RefusedError(refusals.TOO_MANY)
        if self.url[:1] != b"/":
            self._take_whole_target()
        if self.parser.get_http_version() not in _VERSIONS:
            raise RefusedError(refusals.NO_HTTP)
        upgrade = self.parser.should_upgrade()
        if upgrade and any(name in _BODY_HEADERS for name, _ in self.headers):
            raise RefusedError(refusals.UPGRADE)
        super().on_headers_complete()
        self.cycle.message_event = self._body = _Body()
        self._in_head = False
        if upgrade:  # it is answered as if none had been asked for, but the parser reads nothing after it
            self.cycle.keep_alive = False
        self.headers = []  # what may follow the body as headers comes too late to mean anything

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self._held and len(self.cycle.body) > HIGH_WATER_LIMIT:
            self._begin(*self._held)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.awaited_since, self._received = inf, 0
        self._in_head, self._has_begun = True, False
        if self._held:
            self._begin(*self._held)
        elif self.cycle.response_complete and not self.transport.is_closing():  # it did not wait for the body
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        self._answers.flush()
        super().on_response_complete()
        if self.awaited_since != inf:  # the next one is on its way, or the rest of this one
            self._unset_keepalive_if_required()

    def look(self, now: float) -> None:
        """End it if its time is up, or its client's to read."""
        if self._unread.seconds(self.transport, now) > self.unread_seconds:
            self.transport.abort()
        elif self.awaited_since < now + LOOK_SECONDS - self.receive_seconds:
            self._end(now)

    def shutdown(self) -> None:
        """Finish what is begun; what has not arrived whole is not."""
        if self._held or self._is_over:
            self.transport.close()
        else:
            super().shutdown()

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
        self._unset_keepalive_if_required()

    def _weigh(self) -> None:
        """Refuse what has grown too large before its end has come."""
        if self._in_head and self._received > MAX_HEAD:
            self._refuse(refusals.LARGE_HEAD)
        elif self._received > MAX_MESSAGE:
            self._refuse(refusals.LARGE_BODY)
        elif self._held and _announced(self._held[0].scope["headers"]) > MAX_BODY:
            self._begin(*self._held)  # to be refused at once

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Hold the request until its body is there, or more of it than we hold: what breaks off was never begun."""
        if cycle.more_body and not cycle.waiting_for_100_continue and len(cycle.body) <= HIGH_WATER_LIMIT:
            self._held = cycle, app
            if self._is_deaf:  # its body went wrong while it waited behind others
                self._refuse(refusals.NO_HTTP)
        else:
            self._begin(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._held, self._begun = None, cycle
        super()._start_asgi_task(cycle, app)

    def _answering(self) -> RequestResponseCycle | None:
        """The newest request, where more of its answer is to come."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete or cycle.disconnected else cycle

    def _waits_for_body(self, cycle: RequestResponseCycle) -> bool:
        """Whether it is not begun, or its handler is reading."""
        return bool(self._held) or (cycle.more_body and self._body.is_awaited)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _take_whole_target(self) -> None:
        """`GET http://host/path`, as a proxy is asked: its host is the one that counts. Raises RefusedError."""
        target = httptools.parse_url(self.url)
        if not target.host or target.schema.lower() not in {b"http", b"https"}:
            raise RefusedError(refusals.NO_PATH)
        name = b"[%s]" % target.host if b":" in target.host else target.host
        host = b"%s:%d" % (name, target.port) if target.port else name
        self.headers[:] = [(name, host if name == b"host" else value) for name, value in self.headers]
        self.url = (target.path or b"/") + (b"?" + target.query if target.query else b"")

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
            self._held = None
            cycle.disconnected = True
            cycle.message_event.set()
        if self._in_head or (cycle and not cycle.response_started):
            is_head = bool(self.url) and self.parser.get_method() == b"HEAD"
            self.transport.write(answer_to(refusal, self.server_state.default_headers, self.client, is_head=is_head))
        self._hang_up()

    def _hang_up(self) -> None:
        """Say that no more will come; a close at once would take from the client what it has not read yet."""
        self._is_over = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()


def _announced(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """The length that a body is said to have; the parser has seen to it that it is one number."""
    return next((read_length(value) for name, value in headers if name == b"content-length"), 0)
