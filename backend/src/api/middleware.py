"""The middleware that every request and response passes through."""

import time
from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from functools import partial

import structlog
from fastapi import Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.access import Access
from src.api.cors import Cors
from src.api.path_policy import FIRST_FAILURE
from src.api.request_body import body_length, received_whole
from src.api.request_context import RequestContext
from src.api.sites import AllowedHosts, Sites
from src.exceptions.errors import ForeignHostError, OutcomeUnknownError, OverloadedError, TasktrailError
from src.exceptions.handlers import failure, failure_of, redacted_traceback

PEER = "tasktrail.peer"
"""The scope's key for the socket's peer address. `client` may differ behind a proxy."""
SHARED = "shared"
"""The only principal: anybody with a token, or anybody at all if no token is configured."""

_log = structlog.get_logger("tasktrail.requests")


@dataclass(slots=True)
class Gateway:
    """The only middleware before the routes.

    It gives each request a context and one log line, adds security and CORS headers, and answers HEAD as GET without
    the body. It rejects unknown hosts, foreign sites, unauthorized clients and large bodies, answers preflights and
    OPTIONS, and turns an unexpected exception into a 500. Pages of allowed origins can read every rejection.
    """

    app: ASGIApp
    _: KW_ONLY
    cors: Cors
    hosts: AllowedHosts
    sites: Sites
    access: Access
    allowed_methods: Callable[[str], str | None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        context, scope = RequestContext.open(scope)
        answer = partial(_send, context, send)
        try:
            if response := self._answer_early(context, scope):
                await response(scope, receive, answer)
                return
            if context.body_length != 0:
                receive = await received_whole(receive)
            await self.app(scope, receive, answer)
        except CancelledError:
            if not context.status:
                await _cancelled(context)(scope, receive, answer)
            raise
        except Exception as error:  # noqa: BLE001  # the last resort: the client always gets the envelope
            await _answer_error(error, context, scope, receive, answer)
        finally:
            self.access.release(context)
            _log_request(context, scope, started)

    def _answer_early(self, context: RequestContext, scope: Scope) -> Response | None:
        """The response to a preflight or OPTIONS request. Raises TasktrailError if the request is rejected."""
        is_preflight = context.method == "OPTIONS" and b"access-control-request-method" in context.headers
        if not is_preflight:
            self.cors.add_headers(context)
        if not self.hosts.allow(context, scope):
            raise ForeignHostError
        if is_preflight:
            return self.cors.answer_preflight(scope)
        self.sites.check(context)
        self.access.check(context, scope)
        context.body_length = body_length(context.headers)
        if context.body_length != 0 and b"upgrade" in context.headers:
            # uvicorn's own protocol does not read this body and would parse it as the next request
            context.response_headers.append((b"connection", b"close"))
        if context.method != "OPTIONS":
            return None
        allow = self.allowed_methods(context.path)
        return Response(status_code=204, headers={"Allow": allow}) if allow else failure(404, "Not found")


async def _send(context: RequestContext, send: Send, message: Message) -> None:
    """Send one message of the response: add headers to the first, drop the body of a HEAD request."""
    if message["type"] == "http.response.start":
        status = context.status = message["status"]
        message["headers"] += [*context.response_headers, *context.policy.safety_headers(context.method, status)]
        if status >= FIRST_FAILURE:
            message["headers"] += context.failure_headers
    elif context.method == "HEAD":
        message = {**message, "body": b""}
    else:
        context.sent += len(message.get("body", b""))
    await send(message)


async def _answer_error(error: Exception, context: RequestContext, scope: Scope, receive: Receive, send: Send) -> None:
    """Raises an unexpected error again if the response has begun."""
    if isinstance(error, ClientDisconnect):
        return  # nobody waits for an answer
    if isinstance(error, TasktrailError):
        await failure_of(error)(scope, receive, send)
        return
    has_begun = bool(context.status)
    try:
        if not has_begun:
            await failure_of(TasktrailError())(scope, receive, send)
    finally:
        _log.error("unhandled error", id=context.request_id, frames=redacted_traceback(error))
    if has_begun:
        raise error


def _log_request(context: RequestContext, scope: Scope, started: float) -> None:
    peer = scope.get(PEER) or scope.get("client")
    _log.info(
        "request",
        id=context.request_id,
        method=context.method,
        route=getattr(scope.get("route"), "path", None),
        status=context.status,
        bytes=context.sent,
        client=peer[0] if peer else None,
        principal=SHARED if context.role else None,
        role=context.role,
        ms=round((time.perf_counter() - started) * 1000, 2),
    )


def _cancelled(context: RequestContext) -> Response:
    """The response to a request that is cancelled at shutdown."""
    return failure_of(OverloadedError() if context.method in {"GET", "HEAD"} else OutcomeUnknownError())
