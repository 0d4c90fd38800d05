"""Python programs in processes forked from one that has imported the application, since imports take most of a start.

For tests that are about something else than the start or the end of a process.
"""

import os
import runpy
import sys
import time
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory

from tests.programs import BACKEND, Ended, environment

HANG_SECONDS = 60
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.forked", "tests.imported"])

Arguments = tuple[str, ...]
"""Of `python`: a file or `-c` and code, and what follows."""
Outcome = tuple[int, str, str]
"""An exit code, the output and the errors."""


class Forked:
    """A running program, with the methods of `Popen`."""

    def __init__(self, arguments: Arguments, settings: Mapping[str, str], output: Path, errors: Path) -> None:
        """Start it in `backend/`; what it writes is added to these files."""
        given = (arguments, dict(settings), output, errors)
        self._process = _CONTEXT.Process(target=_become, args=given, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired("the forked program", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()


def outcome(settings: Mapping[str, str], *arguments: object) -> Outcome:
    """Run `main.py` with these arguments, in this environment, to its end."""
    with TemporaryDirectory(prefix="tasktrail-") as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        code = Forked(("main.py", *map(str, arguments)), settings, output, errors).wait(HANG_SECONDS)
        return code, output.read_text(), errors.read_text()


def run_main(settings: Mapping[str, str], *arguments: str) -> Ended:
    """Run `main.py` with these settings alone to its end."""
    code, output, errors = outcome(environment(settings), *arguments)
    return Ended(code, output + errors)


def _become(arguments: Arguments, settings: Mapping[str, str], output: Path, errors: Path) -> None:
    """Run the program in this process, as `python` would."""
    for path, descriptor in ((output, 1), (errors, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    os.environ.clear()
    os.environ.update(settings)
    time.tzset()
    os.chdir(BACKEND)
    first, *rest = arguments
    sys.argv = [first, *rest[first == "-c" :]]
    if first == "-c":
        exec(rest[0], {"__name__": "__main__"})  # noqa: S102  # as `python -c` does
    else:
        runpy.run_path(first, run_name="__main__")
