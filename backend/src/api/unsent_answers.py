"""A bound on the memory of answers that clients have not read yet.

Each connection counts what its transport still holds. Added here is what waits to be handed to the transport.
"""

from contextlib import AbstractContextManager, nullcontext

from starlette.types import Scope

from src.exceptions.errors import OverloadedError
from src.utils.addresses import remote_client_of
from src.utils.client_quota import ClientQuota

MAX_UNSENT = 64 * 1024 * 1024
"""Bytes in all; a client may have a quarter. What begins within these bounds is sent whole, whatever its size."""
SMALL = 64 * 1024
"""An answer of so few bytes is always sent: the system's own buffers have room for it."""

_FREE = nullcontext()


def require_room(scope: Scope) -> None:
    """Raises OverloadedError if the client, or all together, have too much to read already."""
    _quota(scope).require_room(remote_client_of(scope["client"]), OverloadedError)


def held(scope: Scope, size: int) -> AbstractContextManager[None]:
    """Count an answer until the transport has it. Raises OverloadedError as `require_room` does."""
    if size <= SMALL:
        return _FREE
    return _quota(scope).hold(remote_client_of(scope["client"]), OverloadedError, size)


def _quota(scope: Scope) -> ClientQuota:
    return scope["app"].state.unsent  # type: ignore[no-any-return]  # set in main; Starlette's state is untyped
