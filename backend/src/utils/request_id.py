"""The id of the request being served: in its log lines, its answer and the history entries it leaves."""

import os
import re
from collections.abc import Sequence
from contextvars import ContextVar

current_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def choose_request_id(offered: Sequence[bytes]) -> str:
    """The client's own id where it is sane (1-64 of `A-Za-z0-9._-`), else a new one of 16 hexadecimal digits."""
    if len(offered) == 1 and _SANE.fullmatch(offered[0]):
        return offered[0].decode()
    return os.urandom(8).hex()
