"""The methods that each path supports."""

import re
from collections.abc import Iterable

from fastapi import FastAPI
from starlette.types import Scope

from src.api.request_context import CONTEXT

_OF_PAGES = "GET, HEAD, OPTIONS"


class AllowedMethods:
    """The `Allow` header of a path; `None` if there is no such path."""

    def __init__(self, app: FastAPI, pages: Iterable[str]) -> None:
        self._app = app
        self._pages = frozenset({str(app.openapi_url), *pages})
        self._paths: list[tuple[re.Pattern[str], str]] = []

    def __call__(self, path: str) -> str | None:
        if path in self._pages:
            return _OF_PAGES
        self._paths = self._paths or list(self._read())
        return next((allow for pattern, allow in self._paths if pattern.fullmatch(path)), None)

    def of(self, scope: Scope) -> str | None:
        return self(scope[CONTEXT].path)

    def _read(self) -> Iterable[tuple[re.Pattern[str], str]]:
        for path, operations in self._app.openapi()["paths"].items():
            methods = {method.upper() for method in operations} | {"OPTIONS"}
            if "GET" in methods:
                methods.add("HEAD")
            yield re.compile(re.sub(r"{\w+}", "[^/]+", path)), ", ".join(sorted(methods))
