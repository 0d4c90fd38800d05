"""The next page of a list: the `Link` of its answer."""

from typing import Annotated, Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request

from src.api.request_context import CONTEXT

NOT_PASSED_ON = frozenset({"page", "offset", "cursor"})
"""Parameters that a cursor stands for."""


class Page(Protocol):
    @property
    def next_cursor(self) -> str | None: ...


P = TypeVar("P", bound=Page)


class Paging:
    def __init__(self, request: Request) -> None:
        self._request = request

    def answer(self, page: P) -> P:
        """Give the answer its `Link`, where more is to come: the same path, whatever a proxy has made of it."""
        if page.next_cursor is not None:
            scope = self._request.scope
            asked = parse_qsl(scope["query_string"].decode("latin-1"))
            query = [(name, value) for name, value in asked if name not in NOT_PASSED_ON]
            target = urlencode([*query, ("cursor", page.next_cursor)])
            scope[CONTEXT].success_headers.append((b"link", f'<?{target}>; rel="next"'.encode()))
        return page


async def get_paging(request: Request) -> Paging:
    return Paging(request)


Paged = Annotated[Paging, Depends(get_paging)]
