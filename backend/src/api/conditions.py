"""Conditional requests and safe retries: the headers that set terms, and those that answer them."""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from src.api.strict import StrictRequest
from src.database.terms import ANY_VERSION, Terms
from src.exceptions.errors import BadRequestError, NotModifiedError
from src.models.task import TaskSnapshot

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

IfMatch = Annotated[
    str | None,
    Header(
        description="Change the task only at one of these versions, as `ETag` gave them.",
        examples=['"3"', '"3", "4"', "*"],
    ),
]
IfNoneMatch = Annotated[str | None, Header(description="Answer 304 at one of these versions.", examples=['"3"'])]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Makes a retry safe: within 24 hours the same request under the same key gets the first answer, "
        "with `Idempotency-Replayed: true`, and changes nothing more. 1-255 visible ASCII characters.",
        examples=["5f2c6f5e-7d0f-4d3c-9a51-0d4f3a8f6f0e"],
    ),
]


class Write:
    """The terms of a write, and the headers of its answer."""

    def __init__(self, terms: Terms, response: Response) -> None:
        self.terms = terms
        self._response = response

    def answer(self, task: TaskSnapshot) -> TaskSnapshot:
        """Give the answer its `ETag`."""
        self._response.headers["ETag"] = _etag(task)
        self.done()
        return task

    def done(self) -> None:
        if self.terms.replayed:
            self._response.headers["Idempotency-Replayed"] = "true"


async def get_write(
    request: Request, response: Response, if_match: IfMatch = None, idempotency_key: IdempotencyKey = None
) -> Write:
    """Raises BadRequestError for a malformed header."""
    key = _read_key(request) if idempotency_key is not None else None
    tags = _read_tags(request, "If-Match") if if_match is not None else None
    strong = frozenset(tag.strip('"') for tag in tags if not tag.startswith("W/")) if tags is not None else None
    fingerprint = await _fingerprint(request) if key else ""
    return Write(Terms(key, fingerprint, strong), response)


async def get_write_of_new(request: Request, response: Response, idempotency_key: IdempotencyKey = None) -> Write:
    """For what has no version yet."""
    return await get_write(request, response, None, idempotency_key)


class Read:
    """What the client has of a task already, and the `ETag` of its answer."""

    def __init__(self, known: Sequence[str], response: Response) -> None:
        self._known = {tag.removeprefix("W/") for tag in known}
        self._response = response

    def answer(self, task: TaskSnapshot) -> TaskSnapshot:
        """Raises NotModifiedError."""
        etag = _etag(task)
        if ANY_VERSION in self._known or etag in self._known:
            raise NotModifiedError(etag)
        self._response.headers["ETag"] = etag
        return task


async def get_read(request: Request, response: Response, if_none_match: IfNoneMatch = None) -> Read:
    """Raises BadRequestError for a malformed header."""
    return Read(_read_tags(request, "If-None-Match") if if_none_match is not None else (), response)


def _etag(task: TaskSnapshot) -> str:
    return f'"{task.version}"'


def _read_tags(request: Request, header: str) -> list[str]:
    """The entity tags, as written, of all the headers of this name; `*` alone stands for any."""
    value = ", ".join(request.headers.getlist(header)).strip(" \t")
    if value == ANY_VERSION:
        return [ANY_VERSION]
    if not _TAGS.fullmatch(value):
        raise BadRequestError(f'{header}: must be * or entity tags such as "3"')
    return re.findall(_TAG, value)


def _read_key(request: Request) -> str:
    keys = request.headers.getlist("Idempotency-Key")
    if len(keys) != 1 or not _KEY.fullmatch(keys[0]):
        raise BadRequestError("Idempotency-Key: must be 1 to 255 visible ASCII characters, once")
    return keys[0]


async def _fingerprint(request: Request) -> str:
    """What makes a request the same: its method, path, `If-Match` and, where one is read, body."""
    body = await request.body() if isinstance(request, StrictRequest) else b""
    parts = (request.method, request.scope["path"], ", ".join(request.headers.getlist("If-Match")))
    return sha256("\n".join(parts).encode() + b"\n" + body).hexdigest()


ToWrite = Annotated[Write, Depends(get_write)]
ToCreate = Annotated[Write, Depends(get_write_of_new)]
ToRead = Annotated[Read, Depends(get_read)]
