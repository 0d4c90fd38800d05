"""`main.py` and other programs as processes of their own."""

import os
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen, run

BACKEND = Path(__file__).parents[1]
PYTHONPATH = os.pathsep.join(map(str, (BACKEND, BACKEND / "tests" / "child")))
"""The application, and a `sitecustomize` that keeps it from reading `backend/.env`."""


class Ended:
    """The exit code and the whole output of a program."""

    def __init__(self, code: int, output: str) -> None:
        self.code = code
        self.output = output


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """An environment of these settings and PATH alone."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH, **settings}


def run_python(arguments: Sequence[str], settings: Mapping[str, str]) -> Ended:
    """Run it in `backend/` to its end."""
    program = [sys.executable, *arguments]
    ended = run(
        program, cwd=BACKEND, env=environment(settings), capture_output=True, text=True, timeout=60, check=False
    )
    return Ended(ended.returncode, ended.stdout + ended.stderr)


@contextmanager
def started(cwd: Path = BACKEND, **settings: str) -> Iterator[tuple[Popen[str], list[str]]]:
    """Run `python main.py`, and yield its output up to the line that names its data."""
    program = [sys.executable, str(BACKEND / "main.py")]
    with Popen(program, cwd=cwd, env=environment(settings), stdout=PIPE, stderr=STDOUT, text=True) as process:
        try:
            assert process.stdout
            output: list[str] = []
            while not (output and output[-1].startswith("  Data")):
                line = process.stdout.readline()
                assert line, output
                output.append(line)
            yield process, output
        finally:
            process.terminate()


def free_port() -> int:
    """A port that is not in use."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
