"""Whether the server in this container answers, for the image's HEALTHCHECK.

It asks by no proxy, at the address that the server listens on, and waits longer than the server lets a request take.
"""

import os
import sys
from http.client import BadStatusLine, HTTPConnection

SECONDS = 25
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # to be asked for by another one


def is_healthy() -> bool:
    host = (os.environ.get("HOST") or "127.0.0.1").strip("[]")
    connection = HTTPConnection(ANY_ADDRESS.get(host, host), int(os.environ.get("PORT") or 8000), timeout=SECONDS)
    try:
        connection.request("GET", "/api/v1/health", headers={"Host": "localhost"})
        return connection.getresponse().status == 200  # noqa: PLR2004  # OK
    except (OSError, BadStatusLine):
        return False


if __name__ == "__main__":
    sys.exit(not is_healthy())
