"""CORS: response headers and preflights for pages of other origins."""

from fastapi import Response
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from src.api.request_context import RequestContext
from src.api.sites import Sites
from src.exceptions.errors import BadRequestError
from src.exceptions.handlers import failure_of

EXPOSED_HEADERS = ("ETag", "Retry-After", "X-Request-ID", "Allow", "Link", "Idempotency-Replayed")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_REFUSED = "Origin: is not one whose pages may use this server; see FRONTEND_URL"
_VARY = (b"vary", b"Origin")


class Cors:
    """CORS for the origins of `FRONTEND_URL`. Other origins get no CORS headers.

    A preflight allows every header it asks for: tracing libraries add their own, and no header does harm here.
    Credentials are allowed although we set no cookies, because clients that send them can't read responses otherwise.
    """

    def __init__(self, sites: Sites, pages: frozenset[str]) -> None:
        self._sites = sites
        self._pages = pages
        self._library = CORSMiddleware(
            _nothing,
            allow_origins=sites.named,
            allow_methods=METHODS,
            allow_headers=["*"],
            allow_credentials=True,
            allow_private_network=True,
            expose_headers=EXPOSED_HEADERS,
        )
        simple = self._library.simple_headers.items()
        self._named_headers = [(name.lower().encode(), value.encode()) for name, value in simple] + [_VARY]

    def add_headers(self, context: RequestContext) -> None:
        """Add the CORS headers of a response.

        A page or one of its assets gets them on failures only. Module imports send `Origin` and `fetch` does not, so
        `Vary: Origin` would make browsers fetch each asset twice.
        """
        origin = b", ".join(context.headers.get(b"origin", ()))
        is_named = origin.decode("latin-1") in self._sites.named
        headers = [(b"access-control-allow-origin", origin), *self._named_headers] if is_named else [_VARY]
        if context.path not in self._pages or context.method not in {"GET", "HEAD"}:
            context.response_headers += headers
        elif is_named:
            context.failure_headers += headers

    def answer_preflight(self, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        if origin in self._sites.named:
            return self._library.preflight_response(headers)
        self._sites.report(origin)
        response = failure_of(BadRequestError(_REFUSED))
        response.headers["Vary"] = "Origin"
        return response


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """A placeholder for the application that CORSMiddleware requires."""
