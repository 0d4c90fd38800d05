"""HTTP/1.1 as it comes from the network: bounded in size and in time, and refused in the envelope.

uvicorn's own protocol takes headers of any size and waits for ever for the end of a request.
"""

from math import inf
from typing import Any, cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from src.api.framing import MAX_BODY
from src.api.middleware import PEER
from src.server import error_responses as refusals
from src.server.close_delimited import close_delimited
from src.server.connection import Connection
from src.server.crowd import Crowd
from src.server.error_responses import RefusedError
from src.server.heads import MAX_HEAD, path_of, size_of, without_upgrade

MAX_MESSAGE = MAX_HEAD + 8 * MAX_BODY
"""With all that surrounds it: of a chunk that holds one byte, six bytes are sent."""
MAX_WAITING = 100
"""So many requests may wait behind the one that is being answered."""

_LIVENESS = b"/api/v1/health"
"""Is answered however many connections there are, or a supervisor would restart a server that only has too many.

It may stand below a path that a proxy does not take away."""
_VERSIONS = frozenset({"1.1", "1.0"})


class Protocol(Connection):
    """What comes over one connection."""

    def data_received(self, data: bytes) -> None:
        """Read on; what comes after the end, or is too much, is dropped, and the time it has ends it."""
        if self._is_deaf:
            return
        self._await()
        self._received += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            refused = error.__context__
            self._refuse(refused.refusal if isinstance(refused, RefusedError) else refusals.NO_HTTP)
        else:
            self._weigh()

    def _parse(self, data: bytes) -> None:
        """Ignore what asks for another protocol: a parser takes no more after such a head, so another one reads it."""
        while data:
            try:
                return self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                version = self.parser.get_http_version()
                head = without_upgrade(self.parser.get_method(), self.url, version, self.headers)
                data = head + data[upgrade.args[0] :]
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[PEER] = self.client
        self._has_begun = True
        self._await()  # it may have come together with the end of the one before

    def on_header(self, name: bytes, value: bytes) -> None:
        name, value = name.lower(), value.strip(b" \t")
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._check_head()
        if self.parser.should_upgrade():
            return  # it is read again, without
        if self.expect_100_continue and self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False
        super().on_headers_complete()
        if self._is_surplus:
            self.cycle.keep_alive = False
        self._in_head = False
        self.headers = []  # what may follow the body as headers comes too late to mean anything

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self.awaited_since, self._received = inf, 0
        self._in_head, self._has_begun = True, False
        if self.cycle.response_complete and not self.transport.is_closing():  # it did not wait for the body
            self.crowd.set_idle(self)
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        self._answers.flush()
        super().on_response_complete()
        if self.awaited_since != inf:  # the next one is on its way, or the rest of this one
            self._unset_keepalive_if_required()
        elif self.timeout_keep_alive_task:
            self.crowd.set_idle(self)

    def _weigh(self) -> None:
        """Refuse what has grown too large before its end has come."""
        if self._in_head and self._received > MAX_HEAD:
            self._refuse(refusals.LARGE_HEAD)
        elif self._received > MAX_MESSAGE:
            self._refuse(refusals.LARGE_BODY)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._begun = cycle
        if cycle.more_body and self._is_deaf:  # its body went wrong while it waited behind others
            self._refuse(refusals.NO_HTTP)
        else:
            is_old = cycle.scope["http_version"] == "1.0"
            super()._start_asgi_task(cycle, close_delimited(app, cycle) if is_old else app)

    def _check_head(self) -> None:
        """Raises RefusedError and HttpParserError."""
        if size_of(self.url, self.headers) > MAX_HEAD:
            raise RefusedError(refusals.LARGE_HEAD)
        if len(self.pipeline) >= MAX_WAITING:
            raise RefusedError(refusals.TOO_MANY)
        if self.url[:1] != b"/":
            self.url = path_of(self.url, self.headers)
        if self.parser.get_http_version() not in _VERSIONS or b"#" in self.url:
            raise RefusedError(refusals.NO_HTTP)
        if self.parser.get_method() == b"CONNECT":
            raise RefusedError(refusals.NO_PATH)
        if self._is_surplus and self.crowd.is_too_large and not self.url.endswith(_LIVENESS):
            raise RefusedError(refusals.CROWDED)


def bounded(max_connections: int) -> type[Protocol]:
    """The protocol for a server that takes so many connections."""
    return type("Bounded", (Protocol,), {"crowd": Crowd(max_connections)})
