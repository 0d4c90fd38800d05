"""A bound on the memory of responses that clients have not read yet.

Each connection counts the bytes in its transport. This module adds those that have not been passed to it yet.
"""

from contextlib import AbstractContextManager, nullcontext

from starlette.types import Scope

from src.exceptions.errors import OverloadedError
from src.utils.addresses import remote_client_of
from src.utils.client_quota import ClientQuota

MAX_UNSENT = 64 * 1024 * 1024
"""Bytes in total; a client may have a quarter. A response that begins within these bounds is sent completely."""
SMALL = 64 * 1024
"""A response up to this size in bytes is always sent: it fits into the system's buffers."""

_FREE = nullcontext()


def require_room(scope: Scope) -> None:
    """Raises OverloadedError if the client, or all clients together, have too many unread bytes."""
    _quota(scope).require_room(remote_client_of(scope["client"]), OverloadedError)


def held(scope: Scope, size: int) -> AbstractContextManager[None]:
    """Count a response until it has been passed to the transport. Raises OverloadedError like `require_room`."""
    if size <= SMALL:
        return _FREE
    return _quota(scope).hold(remote_client_of(scope["client"]), OverloadedError, size)


def _quota(scope: Scope) -> ClientQuota:
    return scope["app"].state.unsent  # type: ignore[no-any-return]  # set in main; Starlette's state is untyped
