"""Error responses to what never becomes a request: the usual envelope, rendered without the application."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import structlog

from src.api.path_policy import CHANGE
from src.api.request_context import request_id_from
from src.exceptions.errors import BodyTooLargeError, OverloadedError
from src.server.uvicorn_internals import STATUS_LINE
from src.utils.response import Failure


class ErrorResponse(NamedTuple):
    status: int
    sentence: str
    headers: Sequence[tuple[bytes, bytes]] = ()


INVALID_REQUEST = ErrorResponse(400, "request: is not valid HTTP/1.1")
INVALID_TARGET = ErrorResponse(400, "request: its target must be a path")
PIPELINE_FULL = ErrorResponse(400, "request: waits behind too many others")
REQUEST_TIMEOUT = ErrorResponse(408, "Request took too long to arrive")
BODY_TOO_LARGE = ErrorResponse(BodyTooLargeError.status, BodyTooLargeError.sentence)
HEADERS_TOO_LARGE = ErrorResponse(431, "Request headers are too large")
TOO_MANY_CONNECTIONS = ErrorResponse(OverloadedError.status, OverloadedError.sentence, ((b"retry-after", b"1"),))

_UNKNOWN = {"method": None, "route": None, "principal": None, "role": None, "ms": 0.0}
"""Fields of a request's log line that are unknown when no request was parsed."""

_log = structlog.get_logger("tasktrail.requests")


class ProtocolError(Exception):
    """Aborts the parsing of a request that `response` answers."""

    def __init__(self, response: ErrorResponse) -> None:
        super().__init__()
        self.response = response


def render(
    response: ErrorResponse,
    default_headers: Iterable[tuple[bytes, bytes]],
    peer: tuple[str, int] | None,
    *,
    is_head: bool,
) -> bytes:
    """The complete response as bytes. It is logged as every request is."""
    request_id, body = request_id_from([]), Failure(error=response.sentence).model_dump_json().encode()
    headers = [
        *default_headers,
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        (b"x-request-id", request_id.encode()),
        *response.headers,
        *CHANGE,
    ]
    head = b"".join(b"%s: %s\r\n" % header for header in headers)
    sent = b"" if is_head else body
    _log.info(
        "request", id=request_id, status=response.status, bytes=len(sent), client=peer[0] if peer else None, **_UNKNOWN
    )
    return b"%s%s\r\n%s" % (STATUS_LINE[response.status], head, sent)
