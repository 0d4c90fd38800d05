"""What every request passes before it reaches a route, and every answer on its way out.

From the outside: `RequestLog`, which gives the request its id, leaves one log line and makes the answer safe; `Cors`
(`cors.py`); and `Guard`, which refuses foreign hosts, pages of foreign sites (`sites.py`), who is not let in
(`access.py`) and large bodies, answers OPTIONS and turns a bug into a 500, all of it readable to a page of an allowed
origin.
"""

import time
from asyncio import CancelledError
from collections.abc import Callable

import structlog
from anyio import BrokenResourceError
from fastapi import Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.framing import body_length, received_whole
from src.api.hosts import AllowedHosts
from src.api.request_context import EXCHANGE, Exchange, path_as_sent, trimmed, values_of
from src.api.safety_headers import safety_headers
from src.exceptions.errors import (
    BodyTooLargeError,
    ForeignHostError,
    OutcomeUnknownError,
    OverloadedError,
    TasktrailError,
)
from src.exceptions.handlers import failure, failure_of, frames_of
from src.utils.request_id import choose_request_id, current_request_id

FIRST_FAILURE = 400
PEER = "tasktrail.peer"
"""The scope's key for the address of the socket's other end, which `client` need not be: a proxy may name another."""
SHARED = "shared"
"""The one principal that there is: whoever has a token, or reaches a server that asks for none."""


_log = structlog.get_logger("tasktrail.requests")


class RequestLog:
    """One line a request, and its id in `X-Request-ID`; answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, method = time.perf_counter(), scope["method"]
        headers, path = trimmed(scope["headers"]), path_as_sent(scope)
        request_id = choose_request_id(values_of(b"x-request-id", headers))
        handled = "GET" if method == "HEAD" else method
        named = [(b"x-request-id", request_id.encode())]
        exchange = Exchange(request_id, path, is_head=method == "HEAD", always=named)
        routed = {"method": handled, "headers": headers, "path": scope.get("root_path", "") + path}
        scope = {**scope, **routed, EXCHANGE: exchange}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                safety = safety_headers(handled, exchange.path, failed=exchange.status >= FIRST_FAILURE)
                message["headers"] += [*exchange.always, *safety]
            elif exchange.is_head:
                message = {**message, "body": b""}
            else:
                exchange.sent += len(message.get("body", b""))
            await send(message)

        token = current_request_id.set(request_id)
        try:
            await self._app(scope, receive, answer)
        finally:
            current_request_id.reset(token)
            elapsed = round((time.perf_counter() - started) * 1000, 2)
            _log.info("request", id=request_id, method=method, **_known_of(scope, exchange), ms=elapsed)


def _known_of(scope: Scope, exchange: Exchange) -> dict[str, str | int | None]:
    """What the log line says of a request that has been answered."""
    peer = scope.get(PEER) or scope.get("client")
    return {
        "route": getattr(scope.get("route"), "path", None),
        "status": exchange.status,
        "bytes": exchange.sent,
        "client": peer[0] if peer else None,
        "principal": SHARED if exchange.role else None,
        "role": exchange.role,
    }


class Guard:
    def __init__(
        self,
        app: ASGIApp,
        is_allowed_host: AllowedHosts,
        check_site: Callable[[Scope], None],
        check_access: Callable[[Scope], None],
        allowed_methods: Callable[[str], str | None],
    ) -> None:
        self._app = app
        self._is_allowed_host = is_allowed_host
        self._check_site = check_site
        self._check_access = check_access
        self._allowed_methods = allowed_methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif response := self._answer_at_once(scope):
            await response(scope, receive, send)
        else:
            await self._pass_on(scope, receive, send)

    def _answer_at_once(self, scope: Scope) -> Response | None:
        try:
            self._check(scope)
        except TasktrailError as error:
            return failure_of(error)
        if scope["method"] != "OPTIONS":
            return None
        allow = self._allowed_methods(scope[EXCHANGE].path)
        return Response(status_code=204, headers={"Allow": allow}) if allow else failure(404, "Not found")

    def _check(self, scope: Scope) -> None:
        """Raises ForeignHostError, ForeignSiteError, BodyTooLargeError, TransferCodingError, and what access raises."""
        if not self._is_allowed_host(scope):
            raise ForeignHostError
        self._check_site(scope)
        self._check_access(scope)
        exchange = scope[EXCHANGE]
        exchange.body_length = body_length(scope["headers"])
        if exchange.body_length != 0 and values_of(b"upgrade", scope["headers"]):
            # uvicorn's own protocol does not read this body, and would take what comes of it for the next request
            exchange.always.append((b"connection", b"close"))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope[EXCHANGE].body_length != 0:
                receive = await received_whole(receive)
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return  # nobody waits for an answer
        except BodyTooLargeError as error:
            await failure_of(error)(scope, receive, send)
        except ExceptionGroup as group:
            if group.split(BrokenResourceError)[1] is not None:
                await self._give_up(group, scope, receive, send)
            # else the client of a stream has left, which is no error
        except CancelledError:
            await self._dismiss(scope, receive, send)
            raise
        except Exception as error:  # noqa: BLE001  # the last resort: whatever it is, the client gets the envelope
            await self._give_up(error, scope, receive, send)

    async def _dismiss(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say what is known of a request that the server, about to end, waits for no longer."""
        if not scope[EXCHANGE].status:
            error = OverloadedError() if scope["method"] == "GET" else OutcomeUnknownError()
            await failure_of(error)(scope, receive, send)

    async def _give_up(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = bool(scope[EXCHANGE].status)
        try:
            if not has_begun:
                await failure_of(TasktrailError())(scope, receive, send)
        finally:
            _log.error("unhandled error", id=current_request_id.get(), frames=frames_of(error))
        if has_begun:
            raise error
