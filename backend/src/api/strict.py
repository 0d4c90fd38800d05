"""Requests read to the letter: what could be lost or altered on the way in is refused."""

import json
import re
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from src.api.middleware import MAX_BODY
from src.exceptions.errors import BadRequestError, BodyTooLargeError, ContentTypeError

_JSON_TYPE = re.compile(r'application/json[ \t]*(;[ \t]*charset=("?)utf-8\2[ \t]*)?', re.IGNORECASE | re.ASCII)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class StrictRoute(APIRoute):
    """Refuses unknown and repeated query parameters, and bodies that are not plain JSON in UTF-8."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        names = set(_query_parameters(self.dependant))

        async def handle_strictly(request: Request) -> Response:
            _check_query(request.scope["query_string"], names)
            if self.body_field:
                request = StrictRequest(request.scope, request.receive)
                await request.read(required=self.body_field.field_info.is_required())
            return await handle(request)

        return handle_strictly


class StrictRequest(Request):
    async def read(self, *, required: bool) -> None:
        """Read the body, for FastAPI to find it parsed; one that is not required may also be empty, of no type.

        Raises ContentTypeError, BodyTooLargeError and BadRequestError.
        """
        if required:
            self._require_json()
        body = bytearray()
        async for chunk in self.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise BodyTooLargeError
        self._body = bytes(body)
        if body:
            self._require_json()
            self._json = parse_json(self._body)
            if self._json is None and not required:  # which FastAPI would take for no body
                raise BadRequestError("body: must be an object")

    def _require_json(self) -> None:
        if not _JSON_TYPE.fullmatch(self.headers.get("content-type", "")):
            raise ContentTypeError


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
    return int(digits[:100])  # Python refuses to read thousands of digits; a hundred are beyond every limit of ours


def _refuse_constant(_name: str) -> None:
    raise ValueError


def _check_query(query: bytes, known: set[str]) -> None:
    if not query:
        return
    names = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    if not known.issuperset(names):
        raise BadRequestError("query: has an unknown parameter")
    if len(set(names)) < len(names):
        raise BadRequestError("query: must not have the same parameter twice")


_DECODER = json.JSONDecoder(object_pairs_hook=_object_of, parse_constant=_refuse_constant, parse_int=_whole_number)


def _query_parameters(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from annotation.model_fields
        else:
            yield field.alias
    for part in dependant.dependencies:
        yield from _query_parameters(part)
