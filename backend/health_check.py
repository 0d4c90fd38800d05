"""The image's HEALTHCHECK: requests `/api/v1/health` from the server in this container.

It uses no proxy, and its timeout is longer than any of the server's.
"""

import os
import sys
from http.client import BadStatusLine, HTTPConnection

TIMEOUT_SECONDS = 25
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # where to connect if the server listens on all addresses


def is_healthy() -> bool:
    host = (os.environ.get("HOST") or "127.0.0.1").strip("[]")
    connection = HTTPConnection(LOOPBACK.get(host, host), int(os.environ.get("PORT") or 8000), timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/api/v1/health", headers={"Host": "localhost"})
        return connection.getresponse().status == 200  # noqa: PLR2004  # OK
    except (OSError, BadStatusLine):
        return False


if __name__ == "__main__":
    sys.exit(not is_healthy())
