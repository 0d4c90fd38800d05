"""Where the server listens, and for how many connections."""

import errno
import resource
import socket
import sys
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

from src.exceptions.errors import StartError

OTHER_FILES = 200
"""Open files that are no client's: the database's, the log, and connections that are told that there are too many."""


class Address(NamedTuple):
    host: str
    port: int
    family: int
    place: tuple[Any, ...]
    """As the system takes it."""


def address_of(host: str, port: int) -> Address:
    """Raises StartError for a name that leads nowhere."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # Python encodes names before it asks for them
        raise StartError("HOST: is no address, and no name that leads to one") from None
    return Address(host, port, family, found[0][4])


def listen(address: Address) -> socket.socket:
    """Raises StartError, which names the setting that is wrong."""
    with ExitStack() as unless_bound:
        try:
            listener = unless_bound.enter_context(socket.socket(address.family))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address.place)
        except OSError as error:
            raise StartError(_what_is_wrong(address, error.errno)) from None
        unless_bound.pop_all()
        return listener


def _what_is_wrong(address: Address, number: int | None) -> str:
    if number in {errno.EADDRINUSE, errno.EACCES}:
        place = f"{address.host} port {address.port}"
        return f"PORT: {place} is taken or not ours to use; choose another, as in PORT=8001"
    return "HOST: is not an address of this machine"


def allow_connections() -> int:
    """Take all the open files that the system grants, of which many shells grant 1,024 at first.

    For so many connections they suffice.
    """
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if granted < most:
        with suppress(ValueError, OSError):  # macOS grants fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    granted, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if granted == resource.RLIM_INFINITY else max(1, granted - OTHER_FILES)
