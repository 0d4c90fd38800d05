"""Counts the calls of our own functions, and their files, in a create and a read, on all threads.

Run it in the `backend` folder: `.venv/bin/python ../bench/calls.py`; `--list` prints all calls. The exit status is 1 if
a count exceeds its bound. Each resumption of a coroutine counts as a call; comprehensions belong to their function.
"""

import http.client
import json
import logging
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

BACKEND = Path(__file__).parents[1] / "backend"
SOURCE = f"{BACKEND / 'src'}/"
BOUNDS = {"create": (185, 49), "read": (100, 34)}
"""The maximum of calls and of files."""
WARM_UP = 20
SETTLED_SECONDS = 0.2
"""Longer than the log thread needs, which is the last to handle a request."""
CREATE = ("POST", "/api/v1/tasks", '{"title": "Buy milk"}')

Call = tuple[str, str]


class Recorder:
    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(SOURCE) and "<" not in code.co_name:
            self.calls.append((code.co_filename.removeprefix(SOURCE), code.co_name))


@contextmanager
def serving(folder: str) -> Iterator[http.client.HTTPConnection]:
    """The application with the same protocol as `python main.py`, in this process."""
    sys.path.insert(0, str(BACKEND))
    from config import Settings  # noqa: PLC0415  # after the recorder is set
    from main import create_app  # noqa: PLC0415
    from src.server.protocol import Protocol  # noqa: PLC0415

    app = create_app(Settings(_env_file=None, database_url=f"sqlite:///{folder}/tasks.db", log_level="info"))
    config = uvicorn.Config(app, http=Protocol, ws="none", log_config=None, access_log=False, server_header=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(SETTLED_SECONDS)
        try:
            yield http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


def ask(client: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> Any:  # noqa: ANN401
    """The `data` of the response."""
    client.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    return json.load(client.getresponse())["data"]


def main() -> int:
    recorder = Recorder()
    threading.setprofile(recorder)
    stdout, sys.stdout = sys.stdout, Path("/dev/null").open("w")  # noqa: SIM115  # the server's log
    with tempfile.TemporaryDirectory() as folder, serving(folder) as client:
        read = ("GET", f"/api/v1/tasks/{ask(client, *CREATE)['id']}")
        for _ in range(WARM_UP):
            ask(client, *CREATE)
            ask(client, *read)
        found: dict[str, list[Call]] = {}
        for name, request in (("create", CREATE), ("read", read)):
            time.sleep(SETTLED_SECONDS)
            recorder.calls.clear()
            ask(client, *request)
            time.sleep(SETTLED_SECONDS)
            found[name] = [*recorder.calls]
    sys.stdout = stdout
    logging.shutdown()
    return max(report(name, calls) for name, calls in found.items())


def report(name: str, calls: list[Call]) -> int:
    """Print the counts, and return 1 if one exceeds its bound."""
    count, files = len(calls), len({file for file, _ in calls})
    most_calls, most_files = BOUNDS[name]
    print(f"{name}: {count} calls in {files} files (at most {most_calls} and {most_files})")
    if "--list" in sys.argv:
        for (file, function), times in sorted(Counter(calls).items()):
            print(f"  {times} {file} {function}")
    return int(count > most_calls or files > most_files)


if __name__ == "__main__":
    sys.exit(main())
