"""What every request passes before it reaches a route, and every answer on its way out.

From the outside: `RequestLog`, which gives the request its id and leaves one log line; `Cors`; and `Guard`, which
refuses foreign hosts and large bodies, answers OPTIONS and turns a bug into a 500, all of it readable to a page of an
allowed origin.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence

import structlog
from fastapi import FastAPI, Response
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.exceptions.errors import BodyTooLargeError, TasktrailError
from src.exceptions.handlers import failure, frames_of
from src.utils.request_id import choose_request_id, current_request_id

MAX_BODY = 128 * 1024

EXPOSED_HEADERS = ("ETag", "Retry-After", "X-Request-ID", "Allow", "Link", "Idempotency-Replayed")
ACCEPTED_HEADERS = (
    "Content-Type",
    "X-Request-ID",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "Last-Event-ID",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

IS_HEAD = "tasktrail.is_head"
"""In the scope of a HEAD request, which the application sees as GET."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)

_log = structlog.get_logger("tasktrail.requests")


class RequestLog:
    """One line a request, and its id in `X-Request-ID`; answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, method = time.perf_counter(), 0, scope["method"]
        request_id = choose_request_id(Headers(scope=scope).get("x-request-id"))
        token = current_request_id.set(request_id)
        if method == "HEAD":
            scope = {**scope, "method": "GET", IS_HEAD: True}

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            current_request_id.reset(token)
            elapsed = round((time.perf_counter() - started) * 1000, 2)
            route = getattr(scope.get("route"), "path", None)
            _log.info("request", id=request_id, method=method, route=route, status=status, ms=elapsed)


class AllowedHosts:
    """Whether a request's one `Host` header names one of these, with any port."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in names)

    def __call__(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        match = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        return match is not None and match[1] in self._names


class AllowedMethods:
    """The `Allow` of a path; `None` where there is no such path."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._paths: list[tuple[re.Pattern[str], str]] = []

    def __call__(self, path: str) -> str | None:
        self._paths = self._paths or list(self._read())
        return next((allow for pattern, allow in self._paths if pattern.fullmatch(path)), None)

    def _read(self) -> Iterable[tuple[re.Pattern[str], str]]:
        paths = {str(self._app.openapi_url): ["get"], "/docs": ["get"], **self._app.openapi()["paths"]}
        for path, operations in paths.items():
            methods = {method.upper() for method in operations} | {"OPTIONS"}
            if "GET" in methods:
                methods.add("HEAD")
            yield re.compile(re.sub(r"{\w+}", "[^/]+", path)), ", ".join(sorted(methods))


class Cors(CORSMiddleware):
    """CORS for exact origins; a preflight too must come to an allowed host."""

    def __init__(self, app: ASGIApp, origins: Sequence[str], is_allowed_host: AllowedHosts) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=ACCEPTED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
        )
        self._is_allowed_host = is_allowed_host

    def preflight_response(self, request_headers: Headers) -> Response:
        if not self._is_allowed_host(request_headers):
            return refused_host()
        return super().preflight_response(request_headers)


def refused_host() -> Response:
    return failure(400, "host: is not one that this server answers to")


class Guard:
    def __init__(
        self, app: ASGIApp, is_allowed_host: AllowedHosts, allowed_methods: Callable[[str], str | None]
    ) -> None:
        self._app = app
        self._is_allowed_host = is_allowed_host
        self._allowed_methods = allowed_methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif response := self._answer_at_once(scope):
            await response(scope, receive, send)
        else:
            await self._pass_on(scope, receive, send)

    def _answer_at_once(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not self._is_allowed_host(headers):
            return refused_host()
        length = headers.get("content-length", "0")
        if not _DIGITS.fullmatch(length) or int(length) > MAX_BODY:
            return failure(BodyTooLargeError.status, BodyTooLargeError.sentence)
        if scope["method"] != "OPTIONS":
            return None
        allow = self._allowed_methods(scope["path"])
        return Response(status_code=204, headers={"Allow": allow}) if allow else failure(404, "Not found")

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:  # the last resort: whatever it is, the client gets the envelope
            _log.error("unhandled error", id=current_request_id.get(), frames=frames_of(error))
            if started:
                raise
            await failure(500, TasktrailError.sentence)(scope, receive, send)
