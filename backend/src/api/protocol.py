"""HTTP/1.1 as it comes from the network: bounded in size and in time, and refused in the envelope.

uvicorn's own protocol takes headers of any size and waits for ever for the end of a request.
"""

from collections.abc import Iterable
from math import inf
from typing import Any, ClassVar, cast

import httptools
import structlog
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from src.api.middleware import MAX_BODY
from src.api.safety_headers import safety_headers
from src.utils.request_id import choose_request_id
from src.utils.response import Failure

MAX_HEAD = 16 * 1024
MAX_MESSAGE = MAX_HEAD + 8 * MAX_BODY
"""With all that surrounds it: of a chunk that holds one byte, six bytes are sent."""
LOOK_SECONDS = 0.5
"""At least so often somebody must call `end_overdue`, however much there is to do meanwhile."""

_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})
_VERSIONS = frozenset({"1.1", "1.0"})
_NO_HTTP = (400, "request: is not valid HTTP/1.1")
_NO_PATH = (400, "request: its target must be a path")
_UPGRADE = (400, "Upgrade: is not possible for a request with a body")
_LARGE_HEAD = (431, "Request headers are too large")
_LATE = (408, "Request took too long to arrive")

_log = structlog.get_logger("tasktrail.requests")


class RefusedError(Exception):
    """Ends the reading of a request; `status_and_sentence` are its answer."""

    def __init__(self, status_and_sentence: tuple[int, str]) -> None:
        super().__init__()
        self.status_and_sentence = status_and_sentence


class Protocol(HttpToolsProtocol):
    """One connection."""

    receive_seconds: ClassVar[float] = 10.0
    """So long a request may take to arrive, counted from its first byte, the first one from the connection."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # uvicorn's, passed on
        super().__init__(*args, **options)
        self.awaited_since = self.loop.time()
        self._received = self._chunk = 0
        self._in_head = True
        self._held: tuple[RequestResponseCycle, ASGI3Application] | None = None

    def data_received(self, data: bytes) -> None:
        """Read on; what comes after the end, or is too much, is dropped, and the time it has ends it."""
        self._chunk = len(data)
        self._received += self._chunk
        if self._received > MAX_MESSAGE:
            return
        if self.awaited_since == inf:
            self.awaited_since = self.loop.time()
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._received = MAX_MESSAGE
        except httptools.HttpParserError as error:
            refused = error.__context__
            self._refuse(*(refused.status_and_sentence if isinstance(refused, RefusedError) else _NO_HTTP))
        else:
            if self._in_head and self._received > MAX_HEAD:
                self._refuse(*_LARGE_HEAD)
            elif self._held and _announced(self._held[0].scope["headers"]) > MAX_BODY:
                self._begin(*self._held)  # to be refused at once

    def on_headers_complete(self) -> None:
        if max(self._received, self._chunk) > MAX_HEAD and self._head_size() > MAX_HEAD:
            raise RefusedError(_LARGE_HEAD)
        if self.url[:1] != b"/":
            self._take_whole_target()
        if self.parser.get_http_version() not in _VERSIONS:
            raise RefusedError(_NO_HTTP)
        upgrade = self.parser.should_upgrade()
        if upgrade and any(name in _BODY_HEADERS for name, _ in self.headers):
            raise RefusedError(_UPGRADE)
        super().on_headers_complete()
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
        self.awaited_since, self._received, self._in_head = inf, 0, True
        if self._held:
            self._begin(*self._held)
        elif self.cycle.response_complete and not self.transport.is_closing():  # it did not wait for the body
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def end(self, now: float) -> None:
        """Close it, unless it is for us that the client waits."""
        cycle = self._answering()
        if self.flow.read_paused or (cycle and not self._waits_for_body(cycle)):
            self.awaited_since = now
            return
        if self._received and (self._in_head or cycle):
            self._refuse(*_LATE)
        self.transport.close()

    def shutdown(self) -> None:
        """Finish what is begun; what has not arrived whole is not."""
        if self._held:
            self.transport.close()
        else:
            super().shutdown()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Hold the request until its body is there, or more of it than we hold: what breaks off was never begun."""
        if cycle.more_body and not cycle.waiting_for_100_continue and len(cycle.body) <= HIGH_WATER_LIMIT:
            self._held = cycle, app
        else:
            self._begin(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._held = None
        super()._start_asgi_task(cycle, app)

    def _answering(self) -> RequestResponseCycle | None:
        """The newest request, where its answer is not complete yet."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete else cycle

    def _waits_for_body(self, cycle: RequestResponseCycle) -> bool:
        """Whether it is not begun, or its handler is reading."""
        return bool(self._held or (cycle.more_body and cycle.message_event._waiters))  # noqa: SLF001  # nothing else tells

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _take_whole_target(self) -> None:
        """`GET http://host/path`, as a proxy is asked: its host is the one that counts. Raises RefusedError."""
        target = httptools.parse_url(self.url)
        if not target.host or target.schema.lower() not in {b"http", b"https"}:
            raise RefusedError(_NO_PATH)
        name = b"[%s]" % target.host if b":" in target.host else target.host
        host = b"%s:%d" % (name, target.port) if target.port else name
        self.headers[:] = [(name, host if name == b"host" else value) for name, value in self.headers]
        self.url = (target.path or b"/") + (b"?" + target.query if target.query else b"")

    def _refuse(self, status: int, sentence: str) -> None:
        """Answer, and take no more; the client closes, or its time ends.

        A request that is being carried out without its body gets the answer that it has earned, as the last one.
        """
        self._received = MAX_MESSAGE
        if (cycle := self._answering()) is not None:
            if not self._waits_for_body(cycle):
                cycle.keep_alive = False
                return
            self._held = None
            cycle.disconnected = True
            cycle.message_event.set()
        if self._in_head or (cycle and not cycle.response_started):
            self._answer(status, sentence)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _answer(self, status: int, sentence: str) -> None:
        request_id, body = choose_request_id(()), Failure(error=sentence).model_dump_json().encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
            *safety_headers("", ""),
        ]
        head = b"".join(b"%s: %s\r\n" % header for header in headers)
        self.transport.write(b"%s%s\r\n%s" % (STATUS_LINE[status], head, body))
        _log.info("request", id=request_id, method=None, route=None, status=status, ms=0.0)


def _announced(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """The length that a body is said to have; the parser has seen to it that it is one number."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)


def end_overdue(connections: Iterable[object], now: float) -> None:
    """Close those whose request would be too late before the next look."""
    latest = now + LOOK_SECONDS - Protocol.receive_seconds
    for connection in [each for each in cast("Iterable[Protocol]", connections) if each.awaited_since < latest]:
        connection.end(now)
