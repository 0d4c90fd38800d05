"""What browsers let a page of another origin read, and ask before they send its requests (CORS)."""

from functools import partial

from fastapi import Response
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.hosts import AllowedHosts
from src.api.middleware import FIRST_FAILURE
from src.api.request_context import EXCHANGE, values_of
from src.api.sites import Sites
from src.exceptions.errors import BadRequestError, ForeignHostError
from src.exceptions.handlers import failure_of

EXPOSED_HEADERS = ("ETag", "Retry-After", "X-Request-ID", "Allow", "Link", "Idempotency-Replayed")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_REFUSED = "Origin: is not one whose pages may use this server; see FRONTEND_URL"


class Cors(CORSMiddleware):
    """CORS for the origins of `FRONTEND_URL`; others get no header of it. Pages are the same for every origin.

    A preflight too must come to an allowed host. It allows whatever headers it asks for, since libraries for tracing
    add their own, and no header does harm here. Credentials are allowed although we set no cookies: clients that send
    them can't read an answer otherwise.
    """

    def __init__(self, app: ASGIApp, sites: Sites, is_allowed_host: AllowedHosts, pages: frozenset[str]) -> None:
        super().__init__(
            app,
            allow_methods=METHODS,
            allow_headers=["*"],
            allow_credentials=True,
            allow_private_network=True,
            expose_headers=EXPOSED_HEADERS,
        )
        self._sites = sites
        self._is_allowed_host = is_allowed_host
        self._pages = pages

    def is_allowed_origin(self, origin: str) -> bool:
        return self._sites.names(origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_preflight(scope) and not self._is_allowed_host(scope):
            await failure_of(ForeignHostError())(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def simple_response(self, scope: Scope, receive: Receive, send: Send, request_headers: Headers) -> None:
        is_named = self.is_allowed_origin(request_headers.get("origin", ""))
        if scope[EXCHANGE].path in self._pages and scope["method"] == "GET":
            await self.app(scope, receive, self._for_page(send, request_headers) if is_named else send)
        elif is_named:
            await super().simple_response(scope, receive, send, request_headers)
        else:
            scope[EXCHANGE].always.append((b"vary", b"Origin"))
            await self.app(scope, receive, send)

    def _for_page(self, send: Send, request_headers: Headers) -> Send:
        """Only errors name the origin, for imports send one and `fetch` does not: browsers would ask for all twice."""
        with_origin = partial(self.send, send=send, request_headers=request_headers)

        async def answer(message: Message) -> None:
            await (with_origin if message.get("status", 0) >= FIRST_FAILURE else send)(message)

        return answer

    def preflight_response(self, request_headers: Headers) -> Response:
        origin = request_headers["origin"]
        if self.is_allowed_origin(origin):
            return super().preflight_response(request_headers)
        self._sites.report(origin)
        response = failure_of(BadRequestError(_REFUSED))
        response.headers["Vary"] = "Origin"
        return response


def _is_preflight(scope: Scope) -> bool:
    """Whether the layer answers it by itself."""
    if scope["type"] != "http" or scope["method"] != "OPTIONS":
        return False
    return bool(values_of(b"access-control-request-method", scope["headers"]))
