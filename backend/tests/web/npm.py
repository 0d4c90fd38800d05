"""What npm brings for the tests, once for all of them: what `clients/package-lock.json` names, and nothing else."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT, CompletedProcess, Popen, TimeoutExpired, run

from tests.web.prerequisites import is_supported, missing, require_node

CLIENTS = Path(__file__).parent / "clients"
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
PROGRAM_SECONDS = 180
"""Far more than any of them takes; it only keeps a test from hanging."""


@dataclass(frozen=True)
class Packages:
    """A folder that has them, and the node that runs them."""

    folder: Path
    node: str

    def command(self, program: str) -> list[str]:
        """Give what runs a program of theirs, such as `typescript/bin/tsc --strict`."""
        script, *arguments = program.split()
        return [self.node, str(self.folder / "node_modules" / script), *arguments]

    def run(self, program: str, folder: Path) -> "CompletedProcess[str]":
        """Run one to its end."""
        return ended(self.command(program), folder)

    @contextmanager
    def running(self, program: str, folder: Path, until: str, **environment: str) -> Iterator[None]:
        """Run one from when it has said something until the block ends."""
        surroundings = os.environ | {"NO_COLOR": "1"} | environment
        command = self.command(program)
        with Popen(command, cwd=folder, env=surroundings, stdout=PIPE, stderr=STDOUT, text=True) as process:
            try:
                assert process.stdout
                said = [""]
                while until not in said[-1]:
                    said.append(process.stdout.readline())
                    assert said[-1], said
                yield
            finally:
                process.terminate()


def ended(command: list[str], folder: Path, **environment: str) -> "CompletedProcess[str]":
    """Run a program to its end."""
    surroundings = os.environ | {"NO_COLOR": "1"} | environment
    return run(
        command,
        cwd=folder,
        env=surroundings,
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        timeout=PROGRAM_SECONDS,
        check=False,
    )


def install(folder: Path) -> Packages:
    """Install them into a folder, or say what is missing for that."""
    version = require_node()
    if shutil.which("npm") is None:
        missing("npm")
    for file in CLIENTS.iterdir():
        shutil.copy(file, folder)
    try:
        done = ended(INSTALL, folder)
    except TimeoutExpired:
        missing("way to the packages of npm")
    if done.returncode:
        missing(f"way to the packages of npm: {done.stdout}")
    return Packages(folder, "node" if is_supported(version) else _node_of_npm(folder))


def _node_of_npm(folder: Path) -> str:
    """The one that npm brings along, for systems whose own is older than the generators of clients need."""
    found = next(folder.glob("node_modules/node-*/bin/node"), None)
    if found is None:
        missing("node that is new enough, and npm has none for this system")
    return str(found)
