"""What is answered to bytes that never become a request: the same envelope, made without the application."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from src.api.path_policy import CHANGE
from src.api.request_context import request_id_from
from src.exceptions.errors import BodyTooLargeError, OverloadedError
from src.utils.response import Failure


class Refusal(NamedTuple):
    status: int
    sentence: str
    headers: Sequence[tuple[bytes, bytes]] = ()


NO_HTTP = Refusal(400, "request: is not valid HTTP/1.1")
NO_PATH = Refusal(400, "request: its target must be a path")
TOO_MANY = Refusal(400, "request: waits behind too many others")
LATE = Refusal(408, "Request took too long to arrive")
LARGE_BODY = Refusal(BodyTooLargeError.status, BodyTooLargeError.sentence)
LARGE_HEAD = Refusal(431, "Request headers are too large")
CROWDED = Refusal(OverloadedError.status, OverloadedError.sentence, ((b"retry-after", b"1"),))

_UNKNOWN = {"method": None, "route": None, "principal": None, "role": None, "ms": 0.0}
"""Fields of a request's log line that are not known of what was refused before it was one."""

_log = structlog.get_logger("tasktrail.requests")


class RefusedError(Exception):
    """Ends the reading of a request; `refusal` is its answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


def answer_to(
    refusal: Refusal, default_headers: Iterable[tuple[bytes, bytes]], peer: tuple[str, int] | None, *, is_head: bool
) -> bytes:
    """The whole answer, as it is sent; it leaves a log line, as every other does."""
    request_id, body = request_id_from([]), Failure(error=refusal.sentence).model_dump_json().encode()
    headers = [
        *default_headers,
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        (b"x-request-id", request_id.encode()),
        *refusal.headers,
        *CHANGE,
    ]
    head = b"".join(b"%s: %s\r\n" % header for header in headers)
    sent = b"" if is_head else body
    _log.info(
        "request", id=request_id, status=refusal.status, bytes=len(sent), client=peer[0] if peer else None, **_UNKNOWN
    )
    return b"%s%s\r\n%s" % (STATUS_LINE[refusal.status], head, sent)
