"""Origins of web pages: scheme, host and port, in the form in which browsers send them."""

import re

MAX_PORT = 65535
_ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_origin(text: str) -> str | None:
    """Lower-cased and without the scheme's default port, as browsers send it; None where it is no origin of a site."""
    match = _ORIGIN.fullmatch(text.lower())
    if match is None:
        return None
    scheme, host = match[1], match[2]
    port = int(match[3] or _DEFAULT_PORTS[scheme])
    if not 0 < port <= MAX_PORT:
        return None
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"
