"""The length and the complete receipt of a request's body."""

from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from src.exceptions.errors import BodyTooLargeError, TransferCodingError

MAX_BODY = 128 * 1024

_MAX_DIGITS = 15


def body_length(headers: Mapping[bytes, list[bytes]]) -> int | None:
    """The declared length: 0 without a body, `None` if the body is chunked.

    Raises BodyTooLargeError and TransferCodingError.
    """
    if codings := headers.get(b"transfer-encoding"):
        _require_chunks(codings)
        return None
    length = max(map(read_length, headers.get(b"content-length", (b"0",))))
    if length > MAX_BODY:
        raise BodyTooLargeError
    return length


def read_length(value: bytes) -> int:
    """Parse a `Content-Length`, ignoring leading zeros. Anything else counts as too large."""
    digits = value.lstrip(b"0") or b"0"
    return int(digits) if value.isdigit() and len(digits) <= _MAX_DIGITS else MAX_BODY + 1


def _require_chunks(values: list[bytes]) -> None:
    """Raises TransferCodingError for any transfer coding but `chunked`."""
    codings = [coding.strip(b" \t").lower() for coding in b",".join(values).split(b",")]
    if list(filter(None, codings)) != [b"chunked"]:
        raise TransferCodingError


async def received_whole(receive: Receive) -> Receive:
    """Read the whole body and return a `receive` that replays it. An incomplete request must not be executed.

    Reading here, before the route, keeps the memory of a request whose body never comes small.
    Raises BodyTooLargeError and ClientDisconnect.
    """
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise BodyTooLargeError
        more = message.get("more_body", False)
    buffered: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def replay() -> Message:
        return buffered.pop() if buffered else await receive()

    return replay
