"""The envelope of every response, and the popup codes that a front end shows as toasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class RenderedJson:
    """A whole response body in parts. They are never joined, which would take as much memory again."""

    parts: Sequence[bytes]


class Popup(StrEnum):
    TASK_CREATED = "TASK_CREATED"
    TASK_UPDATED = "TASK_UPDATED"
    TASK_COMPLETED = "TASK_COMPLETED"
    TASK_INCOMPLETE = "TASK_INCOMPLETE"
    TASK_DELETED = "TASK_DELETED"
    TASK_RESTORED = "TASK_RESTORED"
    TASK_ERASED = "TASK_ERASED"


class Envelope(BaseModel, Generic[T]):
    """A success. Routes make it of a handler's bare data."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    success: Literal[True] = True
    data: T
    popup: Popup | None = None
    error: None = None


class Read(Envelope[T], Generic[T]):
    """A success that is no occasion for a toast."""

    popup: None = None


class Failure(BaseModel):
    """A failure: `error` is one sentence that a person can read."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    success: Literal[False] = False
    data: None = None
    popup: None = None
    error: str


def declared(*headers: str) -> dict[str, Any]:
    """OpenAPI's `headers` of a response, as references to `api/response_headers.py`."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def etag(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` with an ETag."""
    return {
        status: {"headers": declared("ETag")} | ({"description": "Not modified"} if status == NOT_MODIFIED else {})
        for status in statuses
    }


def linked() -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` with a Link to the next page."""
    return {200: {"headers": declared("Link")}}


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for errors."""
    return {status: {"model": Failure, "description": FAILURES[status][0]} for status in statuses}


FAILURES: dict[int, tuple[str, str]] = {
    400: ("Bad input", "title: must not be empty"),
    401: (
        "The server asks for a token, and none or a wrong one came",
        "A token is needed: Authorization: Bearer <token>",
    ),
    403: (
        "The token may not do this, or the server may not be used from elsewhere, or by pages of this site",
        "This token may only read",
    ),
    404: ("No such task", "Task not found"),
    412: (
        "If-Match does not hold, or If-None-Match rules the change out; nothing was changed",
        "The task is at version 5 now; changed since version 3: title, description",
    ),
    413: ("Body over 128 KiB", "Request body is too large"),
    415: (
        "Content type other than application/json, or a content encoding",
        "Content type must be application/json",
    ),
    422: (
        "The Idempotency-Key was used before for another request; nothing was changed",
        "Idempotency-Key was used before for another request",
    ),
    429: (
        "Too many requests from this client; Retry-After says when to come back",
        "Too many requests; please try again when Retry-After says",
    ),
    500: ("A bug; the log has it under the answer's X-Request-ID", "Internal server error"),
    503: (
        "Database unreachable, too slow or full, or too much is waiting; Retry-After says when to come back",
        "The server is busy; nothing was changed, please try again",
    ),
}
"""For the OpenAPI document: description and example by status."""
