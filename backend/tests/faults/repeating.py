"""Clients that each repeat a request and measure how long it takes, in a process that the flood does not slow down.

Arguments: the server's port, and a JSON list of names, methods, paths and bodies. It prints a line when each has had a
first response, and when its input ends, the responses as JSON: name, status, milliseconds.
"""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from itertools import count

ADDRESS = "198.51.100.1"
"""Theirs, as a proxy on this machine names it."""
PAUSE_SECONDS = 0.02
LEAST = 5
"""Each is served so often at least, however short the flood."""
TIMEOUT_SECONDS = 60

Request = tuple[str, str, str, str | None]
Response = tuple[str, int, float]


def repeat(port: int, request: Request, started: threading.Barrier, over: threading.Event) -> list[Response]:
    """Repeat a request until `over`; the first response does not count."""
    name, method, path, body = request
    headers = {"x-forwarded-for": ADDRESS} | ({"content-type": "application/json"} if body else {})
    responses: list[Response] = []
    with closing(HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)) as connection:
        for number in count():
            begun = time.monotonic()
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            response.read()
            responses.append((name, response.status, 1000 * (time.monotonic() - begun)))
            if number == 0:
                started.wait()
            if over.wait(PAUSE_SECONDS) and number >= LEAST:
                return responses[1:]
    raise AssertionError


def main() -> None:
    port, requests = int(sys.argv[1]), json.loads(sys.argv[2])
    started, over = threading.Barrier(len(requests) + 1), threading.Event()
    with ThreadPoolExecutor(len(requests)) as pool:
        repeated = [pool.submit(repeat, port, request, started, over) for request in requests]
        started.wait(TIMEOUT_SECONDS)
        sys.stdout.write("started\n")
        sys.stdout.flush()
        sys.stdin.read()
        over.set()
        json.dump([response for each in repeated for response in each.result()], sys.stdout)


if __name__ == "__main__":
    main()
