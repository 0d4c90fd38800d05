"""Network addresses, and origins of web pages."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

MAX_PORT = 65535
_ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}

TEST_SERVER = "testserver"
"""The host that Starlette's TestClient uses."""
_NAMES = frozenset({"localhost", TEST_SERVER})
"""Names of loopback hosts, which are not IP addresses."""


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it; IPv4-mapped IPv6 addresses count too."""
    try:
        address = ip_address(host)
    except ValueError:
        return host in _NAMES
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


@lru_cache(maxsize=1024)
def client_of(host: str) -> str:
    """The key by which a client is counted: its address, or for IPv6 its /64 network."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or ip_network((int(address) & ~((1 << 64) - 1), 64)))


def remote_client_of(client: Sequence[object] | None) -> str:
    """The key of a scope's client; empty for one on this machine, or unknown."""
    host = str(client[0]) if client else ""
    return "" if not host or is_loopback(host) else client_of(host)


def canonical_origin(text: str) -> str | None:
    """As browsers send it, in lower case and without the default port; None if it is not an http(s) origin."""
    match = _ORIGIN.fullmatch(text.lower())
    if match is None:
        return None
    scheme, host = match[1], match[2]
    port = int(match[3] or _DEFAULT_PORTS[scheme])
    if not 0 < port <= MAX_PORT:
        return None
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"
