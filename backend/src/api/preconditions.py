"""Conditional requests and safe retries: the headers that set terms, and those that answer them."""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends

from src.api.request_context import EXCHANGE, RawHeaders, values_of
from src.api.strict import StrictRequest
from src.batching.preconditions import Terms
from src.exceptions.errors import BadRequestError, NotModifiedError
from src.models.task import TaskSnapshot
from src.services.task_service import TaskService
from src.utils.entity_tags import PATTERN, etag_of, match_weakly, read_tags

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")


def header(name: str, description: str, pattern: str, *examples: str) -> dict[str, Any]:
    """A request header's place in the OpenAPI document."""
    schema = {"type": "string", "pattern": pattern, "examples": list(examples)}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def documented(*headers: dict[str, Any]) -> dict[str, Any]:
    """For a route's `openapi_extra`: headers are read by hand, since FastAPI takes long for each parameter."""
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


class Write:
    """The terms of a write, and the headers of its answer."""

    def __init__(self, tasks: TaskService, terms: Terms, answer_headers: RawHeaders) -> None:
        self.tasks = tasks
        self.terms = terms
        self._answer_headers = answer_headers

    def answer(self, task: TaskSnapshot) -> TaskSnapshot:
        """Give the answer its `ETag`."""
        self._answer_headers.append((b"etag", etag_of(task.version).encode()))
        self.done()
        return task

    def done(self) -> None:
        if self.terms.replayed:
            self._answer_headers.append((b"idempotency-replayed", b"true"))


async def get_write(request: StrictRequest) -> Write:
    """Raises BadRequestError for a malformed header."""
    write = await get_write_of_new(request)
    write.terms.if_match = _read_tags("If-Match", request)
    write.terms.if_none_match = _read_tags("If-None-Match", request)
    return write


async def get_write_of_new(request: StrictRequest) -> Write:
    """For what has no version yet, so that neither condition is read. Raises BadRequestError for a malformed key."""
    keys = values_of(b"idempotency-key", request.scope["headers"])
    terms = Terms(_read_key(keys), _fingerprint(request)) if keys else Terms()
    return Write(request.app.state.tasks, terms, request.scope[EXCHANGE].on_success)


class Read:
    """The version that the client demands of a task, or has already, and the `ETag` of its answer."""

    def __init__(self, tasks: TaskService, terms: Terms, answer_headers: RawHeaders) -> None:
        self.tasks = tasks
        self.terms = terms
        self._answer_headers = answer_headers

    def answer(self, task: TaskSnapshot) -> TaskSnapshot:
        """Raises NotModifiedError."""
        etag = etag_of(task.version)
        if match_weakly(self.terms.if_none_match or (), etag):
            raise NotModifiedError(etag)
        self._answer_headers.append((b"etag", etag.encode()))
        return task


async def get_read(request: StrictRequest) -> Read:
    """Raises BadRequestError for a malformed header."""
    terms = Terms(if_match=_read_tags("If-Match", request), if_none_match=_read_tags("If-None-Match", request))
    return Read(request.app.state.tasks, terms, request.scope[EXCHANGE].on_success)


def _read_tags(name: str, request: StrictRequest) -> frozenset[str] | None:
    headers = values_of(name.lower().encode(), request.scope["headers"])
    if not headers:
        return None
    tags = read_tags(header.decode("latin-1") for header in headers)
    if tags is None:
        raise BadRequestError(f'{name}: must be * or entity tags such as "3"')
    return frozenset(tags)


def _read_key(keys: Sequence[bytes]) -> str:
    if len(keys) != 1 or not _KEY.fullmatch(keys[0]):
        raise BadRequestError("Idempotency-Key: must be 1 to 255 visible ASCII characters, once")
    return keys[0].decode()


def _fingerprint(request: StrictRequest) -> str:
    """What makes a request the same: its method, path, `If-Match` and, where one is read, body."""
    if_match = values_of(b"if-match", request.scope["headers"])
    parts = (request.method.encode(), request.scope[EXCHANGE].path.encode(), b", ".join(if_match), request.sent)
    return sha256(b"\n".join(parts)).hexdigest()


ToWrite = Annotated[Write, Depends(get_write)]
ToCreate = Annotated[Write, Depends(get_write_of_new)]
ToRead = Annotated[Read, Depends(get_read)]
