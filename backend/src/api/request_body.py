"""A request's body: its length, its complete receipt, and strict parsing. Input that could be lost is rejected."""

import json
import re
from collections.abc import Mapping

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from src.api.request_context import CONTEXT, RequestContext
from src.exceptions.errors import (
    BadRequestError,
    BodyTooLargeError,
    ContentEncodingError,
    ContentTypeError,
    LostBodyError,
    TransferCodingError,
)

MAX_BODY = 128 * 1024

_MAX_DIGITS = 15
_JSON_TYPE = re.compile(rb'application/json[ \t]*(;[ \t]*charset=("?)utf-8\2[ \t]*)?', re.IGNORECASE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def body_length(headers: Mapping[bytes, list[bytes]]) -> int | None:
    """The declared length: 0 without a body, `None` if the body is chunked.

    Raises BodyTooLargeError and TransferCodingError.
    """
    if codings := headers.get(b"transfer-encoding"):
        _require_chunks(codings)
        return None
    length = max(map(_read_length, headers.get(b"content-length", ())), default=0)
    if length > MAX_BODY:
        raise BodyTooLargeError
    return length


def _read_length(value: bytes) -> int:
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


class StrictRequest(Request):
    """A request. `sent` is its body, on routes that read one."""

    sent = b""

    async def read_json(self, *, required: bool) -> object:
        """Parse the body. `None` if it is optional and empty, whatever its content type.

        Raises ContentTypeError, ContentEncodingError, LostBodyError, BadRequestError and ClientDisconnect.
        """
        context: RequestContext = self.scope[CONTEXT]
        if b"content-encoding" in context.headers:
            _require_identity(context.headers[b"content-encoding"])
        is_json = _JSON_TYPE.fullmatch(b", ".join(context.headers.get(b"content-type", ())))
        if required and not is_json:
            raise ContentTypeError
        message = await self.receive()  # the whole body, since `Gateway` has buffered it
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self.sent, announced = message.get("body", b""), context.body_length
        if not self.sent if announced is None else len(self.sent) != announced:
            raise LostBodyError
        if not self.sent:
            return None
        if not is_json:
            raise ContentTypeError
        value = parse_json(self.sent)
        if value is None:  # None means no body
            raise BadRequestError("body: must be an object")
        return value


def _require_identity(values: list[bytes]) -> None:
    codings = b",".join(values).split(b",")
    if not {coding.strip(b" \t").lower() for coding in codings} <= {b"", b"identity"}:
        raise ContentEncodingError


def parse_json(body: bytes) -> object:
    """Raises BadRequestError."""
    if body.startswith(_BYTE_ORDER_MARK):
        raise BadRequestError("body: must not begin with a byte-order mark")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadRequestError("body: must be UTF-8") from None
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise BadRequestError("body: must be valid JSON") from None
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise BadRequestError("body: must not have the same key twice")
    return members


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        raise BadRequestError("body: must be valid Unicode") from None


def _whole_number(digits: str) -> int:
    return int(digits[:100])  # int() rejects thousands of digits; a hundred exceed all our limits


def _refuse_constant(_name: str) -> None:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_object_of, parse_constant=_refuse_constant, parse_int=_whole_number)
