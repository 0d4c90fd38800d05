"""Whether an address is on this machine only."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

TEST_SERVER = "testserver"
"""What a test client calls the server."""
_NAMES = frozenset({"localhost", TEST_SERVER})
"""Of these none can come from a network: sockets have numbers."""


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it; 127.0.0.1 written as an IPv6 address is one too."""
    try:
        address = ip_address(host)
    except ValueError:
        return host in _NAMES
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


@lru_cache(maxsize=1024)
def client_of(host: str) -> str:
    """Whom an address belongs to: an IPv6 client has a whole /64 of them."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or ip_network((int(address) & ~((1 << 64) - 1), 64)))
