"""The listening socket, and how many connections the process may have."""

import errno
import resource
import socket
import sys
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

from src.exceptions.errors import StartError

RESERVED_FILES = 200
"""File descriptors for everything but clients: the database, the log, connections above the limit."""


class Address(NamedTuple):
    host: str
    port: int
    family: int
    sockaddr: tuple[Any, ...]


def resolve(host: str, port: int) -> Address:
    """Raises StartError for a name that can't be resolved."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # Python encodes names before it asks for them
        raise StartError("HOST: is neither an address nor a name that can be resolved") from None
    return Address(host, port, family, found[0][4])


def listen(address: Address) -> socket.socket:
    """Raises StartError, which names the setting that is wrong."""
    with ExitStack() as unless_bound:
        try:
            listener = unless_bound.enter_context(socket.socket(address.family))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address.sockaddr)
        except OSError as error:
            raise StartError(_describe(address, error.errno)) from None
        unless_bound.pop_all()
        return listener


def _describe(address: Address, number: int | None) -> str:
    if number in {errno.EADDRINUSE, errno.EACCES}:
        place = f"{address.host} port {address.port}"
        return f"PORT: {place} is in use, or not permitted to this user; choose another, such as PORT=8001"
    return "HOST: is not an address of this machine"


def raise_file_limit() -> int:
    """Raise the soft limit on open files, often 1,024, to the hard one; return how many connections it allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with suppress(ValueError, OSError):  # macOS allows fewer than its hard limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(1, soft - RESERVED_FILES)
