"""The OpenAPI document, made to tell the truth."""

from functools import cache
from typing import Any

from fastapi import FastAPI


def describe_truly(app: FastAPI) -> None:
    """Leave out the 422 that FastAPI adds to each route: bad input is 400 here."""
    describe = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        document = describe()
        for operations in document["paths"].values():
            for operation in operations.values():
                if "HTTPValidationError" in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]
        for schema in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(schema, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
