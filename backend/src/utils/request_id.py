"""The id of the request being served: in its log lines, its answer and the history entries it leaves."""

import re
import secrets
from contextvars import ContextVar

current_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def choose_request_id(offered: str | None) -> str:
    """The client's own id where it is sane (1-64 of `A-Za-z0-9._-`), else a new one of 16 hexadecimal digits."""
    if offered is not None and _SANE.fullmatch(offered):
        return offered
    return secrets.token_hex(8)
