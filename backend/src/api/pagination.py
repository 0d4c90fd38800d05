"""`Link` headers to the next page of a list."""

from typing import Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from src.api.request_context import CONTEXT

POSITIONS = frozenset({"page", "offset", "cursor", "since"})
"""Parameters that say where a page begins."""


class Page(Protocol):
    @property
    def next_cursor(self) -> str | None: ...


P = TypeVar("P", bound=Page)


def with_link(request: Request, page: P, position: str = "cursor") -> P:
    """Add `Link` if there is a next page. It holds only a query, so it is relative to the path the client used.

    `position` is the parameter that says where that page begins.
    """
    if page.next_cursor is not None:
        parameters = parse_qsl(request.scope["query_string"].decode("latin-1"))
        query = [(name, value) for name, value in parameters if name not in POSITIONS]
        target = urlencode([*query, (position, page.next_cursor)])
        request.scope[CONTEXT].success_headers.append((b"link", f'<?{target}>; rel="next"'.encode()))
    return page
