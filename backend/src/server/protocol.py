"""HTTP/1.1 with limits on size and time, and errors in the envelope.

uvicorn's own protocol accepts headers of any size and waits without limit for the end of a request.
"""

import re
from functools import cache, partial
from math import inf
from typing import Any, ClassVar, cast

import httptools

from src.api.middleware import PEER
from src.api.request_body import MAX_BODY
from src.api.request_context import RawHeaders
from src.server import error_responses
from src.server.connection import Connection
from src.server.connection_limit import ConnectionLimit
from src.server.error_responses import ProtocolError
from src.server.fair_turns import AT_ONCE, FairTurns
from src.server.uvicorn_internals import ASGI3Application, RequestResponseCycle, TrustedHosts
from src.utils.addresses import client_of
from src.utils.client_quota import ClientQuota

MAX_HEAD = 16 * 1024
MAX_MESSAGE = MAX_HEAD + 8 * MAX_BODY
"""Bytes on the wire, framing included: a chunk of one byte takes six."""
MAX_PIPELINED = 100
"""Requests that may wait behind the running one."""

_LIVENESS = b"/api/v1/health"
"""Answered even above the connection limit, or a supervisor would restart a server that is only busy."""
_PROBE = re.compile(rb"(?:GET|HEAD) [^ ?\r\n]*%s[ ?](?:[^\r\n]+\r\n)+\r\n" % _LIVENESS)
"""A liveness probe, and no other request in the same piece."""
_FORWARDED_FOR = re.compile(rb"\r\nx-forwarded-for:([^\r\n]*)", re.IGNORECASE)
_VERSIONS = frozenset({"1.1", "1.0"})
_SCHEMES = frozenset({b"http", b"https"})


class Protocol(Connection):
    """Parses the requests of a connection."""

    turns: ClassVar = FairTurns(AT_ONCE)

    def data_received(self, data: bytes) -> None:
        """Parse it now or, if too much else is parsed in this iteration of the event loop, when it is our turn."""
        if not self.turns.take() and not _PROBE.fullmatch(data):
            self._wait_to_receive(data)
            return
        if self._discarding_input:  # until the receive timeout closes the connection, after an error
            return
        self._received += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._send_error(cause.response if isinstance(cause, ProtocolError) else error_responses.INVALID_REQUEST)
            return
        if self._in_head and self._received > MAX_HEAD:
            self._send_error(error_responses.HEADERS_TOO_LARGE)
        elif self._received > MAX_MESSAGE:
            self._send_error(error_responses.BODY_TOO_LARGE)

    def _wait_to_receive(self, data: bytes) -> None:
        self._start_receive_timer()
        self.transport.pause_reading()
        self.turns.wait(self._client_of(data), partial(self._receive_late, data))

    def _receive_late(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()
            self.data_received(data)

    def _client_of(self, data: bytes) -> str:
        """The client that sent a head, which a trusted proxy names in it."""
        host = self.client[0] if self.client else None
        proxies = _trusted_proxies(str(self.config.forwarded_allow_ips))
        if host in proxies and (values := _FORWARDED_FOR.findall(data[:MAX_HEAD])):
            host, _ = proxies.get_trusted_client_address(b",".join(values).decode("latin-1"))
        return client_of(host or "")

    def _parse(self, data: bytes) -> None:
        """Ignore `Upgrade`: httptools stops after such a head, so a new parser gets it again without that header."""
        while data:
            try:
                return self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._head_without_upgrade() + data[upgrade.args[0] :]
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return None

    def _head_without_upgrade(self) -> bytes:
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        return b"%s %s HTTP/%s\r\n%s\r\n" % (method, self.url, version, b"".join(lines))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[PEER] = self.client
        self._message_begun = True
        self._start_receive_timer()

    def on_headers_complete(self) -> None:
        self._check_head()
        if self.parser.should_upgrade():
            return  # `_parse` feeds the head again
        expected = [value.strip(b" \t").lower() for name, value in self.headers if name == b"expect"]
        self.expect_100_continue = b"100-continue" in expected and self.parser.get_http_version() != "1.0"
        super().on_headers_complete()
        if self._over_limit:
            self.cycle.keep_alive = False
        self._in_head = False
        self.headers = []  # trailers after the body are ignored

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._receiving_since, self._received = inf, 0
        self._in_head, self._message_begun = True, False
        if self.cycle.response_complete and not self.transport.is_closing():  # it was sent before the body's end
            self.limit.set_idle(self)
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        self._write_buffer.flush()
        super().on_response_complete()
        if self._receiving_since != inf:  # the next request, or the rest of this one, is being received
            self._unset_keepalive_if_required()
        elif self.timeout_keep_alive_task:
            self.limit.set_idle(self)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        if cycle.more_body and self._discarding_input:  # its body became invalid while it was in the pipeline
            self._send_error(error_responses.INVALID_REQUEST)
        else:
            is_http_1_0 = cycle.scope["http_version"] == "1.0"
            super()._start_asgi_task(cycle, _close_delimited(app, cycle) if is_http_1_0 else app)

    def _check_head(self) -> None:
        """Raises ProtocolError and HttpParserError."""
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD:
            raise ProtocolError(error_responses.HEADERS_TOO_LARGE)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ProtocolError(error_responses.PIPELINE_FULL)
        if self.url[:1] != b"/":
            self.url = _take_absolute_form(self.url, self.headers)
        if self.parser.get_http_version() not in _VERSIONS or b"#" in self.url:
            raise ProtocolError(error_responses.INVALID_REQUEST)
        if self.parser.get_method() == b"CONNECT":
            raise ProtocolError(error_responses.INVALID_TARGET)
        if self._over_limit and self.limit.is_exceeded and not self._is_liveness_probe():
            raise ProtocolError(error_responses.TOO_MANY_CONNECTIONS)

    def _is_liveness_probe(self) -> bool:
        """The end of the path, for a proxy may not strip its prefix."""
        return self.parser.get_method() in {b"GET", b"HEAD"} and self.url.partition(b"?")[0].endswith(_LIVENESS)


def limited_protocol(max_connections: int, unsent: ClientQuota) -> type[Protocol]:
    """A protocol class whose instances share one connection limit, one count of unsent bytes, and take turns."""
    shared = {"limit": ConnectionLimit(max_connections), "unsent": unsent, "turns": FairTurns(AT_ONCE)}
    return type("LimitedProtocol", (Protocol,), shared)


@cache
def _trusted_proxies(hosts: str) -> TrustedHosts:
    return TrustedHosts(hosts)


def _take_absolute_form(target: bytes, headers: RawHeaders) -> bytes:
    """The path of `GET http://host/path`, as sent to proxies; its host replaces the Host header (RFC 9112, 3.2.2).

    Raises ProtocolError and HttpParserError.
    """
    parts = httptools.parse_url(target)
    if not parts.host or parts.schema.lower() not in _SCHEMES:
        raise ProtocolError(error_responses.INVALID_TARGET)
    name = b"[%s]" % parts.host if b":" in parts.host else parts.host
    host = b"%s:%d" % (name, parts.port) if parts.port else name
    headers[:] = [(name, host if name == b"host" else value) for name, value in headers]
    return (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")


def _close_delimited(app: ASGI3Application, cycle: RequestResponseCycle) -> ASGI3Application:
    """End a response of unknown length by closing the connection, since HTTP/1.0 has no chunked encoding."""

    async def run(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # uvicorn's own types are private
        async def send_unchunked(message: Any) -> None:  # noqa: ANN401  # likewise
            if message["type"] == "http.response.start" and not _has_length(message["headers"]):
                expect(inf)
            elif not message.get("more_body") and cycle.expected_content_length == inf:
                expect(len(message["body"]))
            await send(message)

        await app(scope, receive, send_unchunked)

    def expect(size: float) -> None:
        """Make uvicorn expect so many bytes, as if a Content-Length header had said so."""
        cycle.chunked_encoding = False
        cycle.expected_content_length = cast("int", size)

    return run


def _has_length(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-length" for name, _ in headers)
