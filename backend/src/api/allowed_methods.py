"""The methods that each path supports."""

import re
from collections.abc import Iterable
from functools import cached_property

from fastapi import FastAPI
from starlette.types import Scope

from src.api.request_context import CONTEXT

_OF_PAGES = "GET, HEAD, OPTIONS"


class AllowedMethods:
    """The `Allow` header of a path; `None` if there is no such path."""

    def __init__(self, app: FastAPI, pages: Iterable[str]) -> None:
        self._app = app
        self._pages = frozenset({str(app.openapi_url), *pages})

    def __call__(self, path: str) -> str | None:
        if path in self._pages:
            return _OF_PAGES
        return next((allow for pattern, allow in self._paths if pattern.fullmatch(path)), None)

    def of(self, scope: Scope) -> str | None:
        return self(scope[CONTEXT].path)

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], str]]:
        """The paths of the OpenAPI document, as patterns, and their methods."""
        return [
            (re.compile(re.sub(r"{\w+}", "[^/]+", path)), ", ".join(sorted(_methods(operations))))
            for path, operations in self._app.openapi()["paths"].items()
        ]


def _methods(operations: Iterable[str]) -> set[str]:
    documented = {method.upper() for method in operations}
    return documented | {"OPTIONS"} | ({"HEAD"} if "GET" in documented else set())
