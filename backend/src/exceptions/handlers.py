"""Renders errors as envelopes with a status and a sentence, without input, driver messages or tracebacks."""

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from src.exceptions.errors import NotModifiedError, OverloadedError, TasktrailError
from src.utils.response import Failure
from src.utils.validators import REFUSED

_log = structlog.get_logger(__name__)

METHOD_NOT_ALLOWED = 405
_SERVER_ERRORS = 500
_SENTENCES = {
    "missing": "is required",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "string_unicode": "must be valid Unicode",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be one of {expected}",
    "model_attributes_type": "must be an object",
}
"""By the type of pydantic's error, with the names of its context."""


def failure(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(Failure(error=sentence).model_dump_json(), status, headers, "application/json")


def failure_of(error: TasktrailError) -> Response:
    return failure(error.status, error.sentence, error.headers)


def redacted_traceback(error: BaseException) -> list[str]:
    """The error's class and its frames, innermost last, without the message, which may contain a title."""
    frames = traceback.extract_tb(error.__traceback__)
    return [type(error).__name__, *(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]


def register_handlers(
    app: FastAPI, allowed_methods: Callable[[Scope], str | None], request_id: Callable[[Scope], str]
) -> None:
    """`allowed_methods` returns the `Allow` header for a scope, None for an unknown path."""

    @app.exception_handler(TasktrailError)
    async def handle_tasktrail_error(request: Request, error: TasktrailError) -> Response:
        if error.status >= _SERVER_ERRORS and not isinstance(error, OverloadedError):
            _log.warning(error.sentence, id=request_id(request.scope), frames=redacted_traceback(error))
        if error.status == NotModifiedError.status:
            return Response(status_code=error.status, headers=dict(error.headers))
        return failure_of(error)

    @app.exception_handler(RequestValidationError)
    async def handle_validation_error(_request: Request, error: RequestValidationError) -> Response:
        return failure(400, describe_bad_input(error.errors()))

    @app.exception_handler(HTTPException)
    async def handle_http_exception(request: Request, error: HTTPException) -> Response:
        allow = allowed_methods(request.scope) if error.status_code == METHOD_NOT_ALLOWED else None
        if allow:
            return failure(METHOD_NOT_ALLOWED, "Method not allowed", {"Allow": allow})
        is_unknown = error.status_code in {404, METHOD_NOT_ALLOWED}
        return failure(404, "Not found") if is_unknown else failure(400, "body: could not be read")


def describe_bad_input(errors: Iterable[Mapping[str, Any]]) -> str:
    """`<field>: <problem>` for each distinct error, joined by `; `."""
    return "; ".join(dict.fromkeys(map(_describe, errors)))


def known_names(names: Sequence[str]) -> str:
    """The valid names, for an error about an unknown one, which itself is never repeated."""
    if not names:
        return "none is known here"
    *others, last = names
    return f"known are {', '.join(others)} and {last}" if others else f"only {last} is known"


def _describe(error: Mapping[str, Any]) -> str:
    place, *path = map(str, error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{place}: has an unknown field, {known_names(error['ctx']['known'])}"
    if error["type"] == REFUSED:
        return f"{path[0]}: {error['msg']}" if path else error["msg"]
    sentence = _SENTENCES.get(error["type"], "is not valid").format_map(error.get("ctx", {}))
    return f"{path[0] if path else place}: {sentence}"
