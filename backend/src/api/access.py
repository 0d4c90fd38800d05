"""Access control: by the address that a request arrives on, by token, and by rate."""

import re
from collections.abc import Callable, Iterable, Sequence
from hmac import compare_digest
from math import inf

from pydantic import SecretStr
from starlette.types import Scope

from src.api.rate_limit import RateLimit
from src.api.request_context import RequestContext
from src.batching.queue import Limits
from src.exceptions.errors import BadRequestError, ForbiddenError, OverloadedError, UnauthenticatedError
from src.utils.addresses import is_loopback, remote_client_of
from src.utils.client_quota import ClientQuota

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWNER, VIEWER = "owner", "viewer"
MAX_IN_PROGRESS = Limits().max_queued // 2
"""Requests of one client at the same time, so that it can't fill a queue alone."""

_BEARER = re.compile(rb"bearer +([\x21-\x7e]+)", re.IGNORECASE)


class Access:
    """Authenticates requests, and limits how many a client sends in a minute and at the same time."""

    def __init__(
        self,
        full_tokens: Sequence[SecretStr],
        read_token: SecretStr | None,
        allowed_methods: Callable[[str], str | None],
        *,
        unauthenticated: bool,
        per_minute: int,
    ) -> None:
        self._full_tokens = [_bytes_of(token) for token in full_tokens]
        self._read_tokens = [_bytes_of(read_token)] if read_token else []
        self._allow_remote = unauthenticated or bool(full_tokens)
        self._limit = RateLimit(per_minute) if per_minute else None
        self._in_progress = ClientQuota(inf, MAX_IN_PROGRESS)
        self._allowed_methods = allowed_methods

    def check(self, context: RequestContext, scope: Scope) -> None:
        """Raises ForbiddenError, TooManyRequestsError, OverloadedError, BadRequestError and UnauthenticatedError.

        `release` must be called in any case when the request ends.
        """
        if not _is_local(scope):
            self._check_remote(context, scope)
        if (client := remote_client_of(scope["client"])) and context.policy.is_limited:
            self._count(context, client)
        if self._full_tokens:
            self._check_token(context)
        else:
            context.role = OWNER

    def release(self, context: RequestContext) -> None:
        """The request has ended."""
        if context.counted_for:
            self._in_progress.add(context.counted_for, -1)

    def _check_remote(self, context: RequestContext, scope: Scope) -> None:
        """Raises ForbiddenError unless remote access is configured, and TooManyRequestsError."""
        if not self._allow_remote:
            raise ForbiddenError("This server is for its own machine only; see API_TOKEN and ALLOW_UNAUTHENTICATED")
        if self._limit and context.policy.is_limited:
            self._limit.count(scope["client"])

    def _count(self, context: RequestContext, client: str) -> None:
        """Count the request as in progress. Raises OverloadedError."""
        self._in_progress.require_room(client, OverloadedError)
        self._in_progress.add(client)
        context.counted_for = client

    def _check_token(self, context: RequestContext) -> None:
        """Raises BadRequestError, UnauthenticatedError and ForbiddenError."""
        if context.policy.is_open:
            return
        token = _bearer_token(context.headers.get(b"authorization", ()))
        is_owner = _is_among(token, self._full_tokens)
        is_viewer = _is_among(token, self._read_tokens)
        if not (is_owner or is_viewer):
            raise UnauthenticatedError("The token is wrong")
        context.role = OWNER if is_owner else VIEWER
        if not is_owner and not self._is_read(context):
            raise ForbiddenError("This token may only read")

    def _is_read(self, context: RequestContext) -> bool:
        """Whether the method reads and the route supports it. An unknown route passes, since it gets 404 anyway."""
        if context.method not in READING_METHODS:
            return False
        documented = self._allowed_methods(context.path)
        return documented is None or context.method in documented.split(", ")


def _bytes_of(token: SecretStr) -> bytes:
    return token.get_secret_value().encode()


def _is_among(token: bytes, known: Iterable[bytes]) -> bool:
    """Compares with every known token, in constant time."""
    return sum(compare_digest(token, each) for each in known) > 0


def _is_local(scope: Scope) -> bool:
    """Whether the request arrived over loopback or a Unix socket, which has no port."""
    server = scope.get("server")
    return server is not None and (server[1] is None or is_loopback(server[0]))


def _bearer_token(values: Sequence[bytes]) -> bytes:
    """Parse the `Authorization` header. Raises BadRequestError and UnauthenticatedError."""
    if len(values) > 1:
        raise BadRequestError("Authorization: must be sent once")
    bearer = _BEARER.fullmatch(values[0]) if values else None
    if bearer is None:
        raise UnauthenticatedError("A token is needed: Authorization: Bearer <token>")
    return bearer[1]
