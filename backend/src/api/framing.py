"""A request's body: what the head says of it, and whether all of it has come."""

from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from src.exceptions.errors import BodyTooLargeError, TransferCodingError

MAX_BODY = 128 * 1024

_MAX_DIGITS = 15


def body_length(headers: Mapping[bytes, list[bytes]]) -> int | None:
    """Its announced length: 0 where there is no body, `None` where it comes in chunks.

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
    """A number, however many zeros it begins with; what is none is more than any body may have."""
    digits = value.lstrip(b"0") or b"0"
    return int(digits) if value.isdigit() and len(digits) <= _MAX_DIGITS else MAX_BODY + 1


def _require_chunks(values: list[bytes]) -> None:
    """Raises TransferCodingError for a body that is also encoded in another way, which we could not undo."""
    codings = [coding.strip(b" \t").lower() for coding in b",".join(values).split(b",")]
    if list(filter(None, codings)) != [b"chunked"]:
        raise TransferCodingError


async def received_whole(receive: Receive) -> Receive:
    """Wait for the end of a body, and give it again: a request that breaks off must not be carried out.

    It is waited for here, and not by a route, so that a request whose body does not come takes little memory.
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
    waiting: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give
