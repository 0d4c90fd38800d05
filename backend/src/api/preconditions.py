"""Conditional requests and safe retries: parsing their headers and adding those of the response."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends

from src.api.request_body import StrictRequest
from src.api.request_context import CONTEXT, RawHeaders, RequestContext
from src.batching.preconditions import CommandContext, WritePreconditions
from src.exceptions.errors import BadRequestError, NotModifiedError
from src.history.change import Origin
from src.models.task import TaskSnapshot
from src.utils.entity_tags import PATTERN, etag_of, match_weakly, read_tags

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_CLIENT = re.compile(rb"[A-Za-z0-9._/-]{1,64}")


def header(name: str, description: str, pattern: str, *examples: str) -> dict[str, Any]:
    """A request header, as an OpenAPI parameter."""
    schema = {"type": "string", "pattern": pattern, "examples": list(examples)}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def documented(*headers: dict[str, Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route. Headers are parsed by hand, since each FastAPI parameter is slow."""
    return {"parameters": list(headers)}


IF_MATCH = header(
    "If-Match", "Change the task only at one of these versions, as `ETag` gave them.", PATTERN, '"3"', '"3", "4"', "*"
)
IF_NONE_MATCH = header(
    "If-None-Match",
    "Change the task only at none of these versions; `*`: restore it only where it is deleted.",
    PATTERN,
    '"2"',
)
IF_MATCH_TO_READ = header("If-Match", "Answer 412 where the task is at none of these versions.", PATTERN, '"3"', "*")
IF_NONE_MATCH_TO_READ = header(
    "If-None-Match", "Answer 304 where the task is at one of these versions.", PATTERN, '"3"'
)
IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "Makes a retry safe: within 24 hours the same request under the same key gets the first answer, with "
    "`Idempotency-Replayed: true`, and changes nothing more. 1-255 visible ASCII characters.",
    "^[!-~]{1,255}$",
    "5f2c6f5e-7d0f-4d3c-9a51-0d4f3a8f6f0e",
)
CREATE = documented(IDEMPOTENCY_KEY)
CHANGE = documented(IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY)
READ = documented(IF_MATCH_TO_READ, IF_NONE_MATCH_TO_READ)


@dataclass(frozen=True, slots=True)
class ConditionalWrite:
    """A write's context, and the headers of its response."""

    command: CommandContext
    success_headers: RawHeaders

    def with_etag(self, task: TaskSnapshot) -> TaskSnapshot:
        self.success_headers.append((b"etag", etag_of(task.version).encode()))
        self.mark_replayed()
        return task

    def mark_replayed(self) -> None:
        """Add `Idempotency-Replayed` if this is the response to an earlier request."""
        if self.command.preconditions.replayed:
            self.success_headers.append((b"idempotency-replayed", b"true"))


async def get_write(request: StrictRequest) -> ConditionalWrite:
    """Raises BadRequestError for a malformed header."""
    write = await get_write_of_new(request)
    _add_tags(write.command.preconditions, request.scope[CONTEXT].headers)
    return write


async def get_write_of_new(request: StrictRequest) -> ConditionalWrite:
    """For a new task, which has no version to match. Raises BadRequestError for a malformed key."""
    context: RequestContext = request.scope[CONTEXT]
    keys = context.headers.get(b"idempotency-key")
    preconditions = WritePreconditions(_read_key(keys), _fingerprint(request)) if keys else WritePreconditions()
    origin = Origin(client=client_of(context.headers), request_id=context.request_id)
    return ConditionalWrite(CommandContext(origin, preconditions), context.success_headers)


@dataclass(frozen=True, slots=True)
class ConditionalRead:
    """The preconditions of a read, and the headers of its response."""

    preconditions: WritePreconditions
    success_headers: RawHeaders

    def with_etag(self, task: TaskSnapshot) -> TaskSnapshot:
        """Raises NotModifiedError."""
        etag = etag_of(task.version)
        if match_weakly(self.preconditions.if_none_match or (), etag):
            raise NotModifiedError(etag)
        self.success_headers.append((b"etag", etag.encode()))
        return task


async def get_read(request: StrictRequest) -> ConditionalRead:
    """Raises BadRequestError for a malformed header."""
    context: RequestContext = request.scope[CONTEXT]
    read = ConditionalRead(WritePreconditions(), context.success_headers)
    _add_tags(read.preconditions, context.headers)
    return read


def _add_tags(preconditions: WritePreconditions, headers: Mapping[bytes, list[bytes]]) -> None:
    """Parse `If-Match` and `If-None-Match`. Raises BadRequestError."""
    if b"if-match" in headers:
        preconditions.if_match = _read_tags("If-Match", headers[b"if-match"])
    if b"if-none-match" in headers:
        preconditions.if_none_match = _read_tags("If-None-Match", headers[b"if-none-match"])


def _read_tags(name: str, values: Sequence[bytes]) -> frozenset[str]:
    tags = read_tags(value.decode("latin-1") for value in values)
    if tags is None:
        raise BadRequestError(f'{name}: must be * or entity tags such as "3"')
    return frozenset(tags)


def client_of(headers: Mapping[bytes, list[bytes]]) -> str | None:
    """The program that sends a request: `X-Client`, or the first product of `User-Agent`; null unless it is a token."""
    named = headers.get(b"x-client") or [value.split(b" ", 1)[0] for value in headers.get(b"user-agent", ())]
    return named[0].decode() if len(named) == 1 and _CLIENT.fullmatch(named[0]) else None


def _read_key(keys: Sequence[bytes]) -> str:
    if len(keys) != 1 or not _KEY.fullmatch(keys[0]):
        raise BadRequestError("Idempotency-Key: must be 1 to 255 visible ASCII characters, once")
    return keys[0].decode()


def _fingerprint(request: StrictRequest) -> str:
    """A hash of the method, path, `If-Match` and, if the route reads one, body. Equal for equal requests."""
    context: RequestContext = request.scope[CONTEXT]
    if_match = context.headers.get(b"if-match", ())
    parts = (context.method.encode(), context.path.encode(), b", ".join(if_match), request.sent)
    return sha256(b"\n".join(parts)).hexdigest()


ToWrite = Annotated[ConditionalWrite, Depends(get_write)]
ToCreate = Annotated[ConditionalWrite, Depends(get_write_of_new)]
ToRead = Annotated[ConditionalRead, Depends(get_read)]
