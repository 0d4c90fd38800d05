"""The npm packages that the tests need: those of `clients/package-lock.json`, installed once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from subprocess import PIPE, STDOUT, CompletedProcess, Popen, TimeoutExpired, run

from tests.web.prerequisites import is_supported, missing, require_node

CLIENTS = Path(__file__).parent / "clients"
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
PROGRAM_SECONDS = 180
"""Only a hang takes as long."""


@dataclass(frozen=True)
class Packages:
    """A folder with the packages, and the node that runs them."""

    folder: Path
    node: str

    def command(self, program: str) -> list[str]:
        """Return the command of a program, such as `typescript/bin/tsc --strict`."""
        script, *arguments = program.split()
        return [self.node, str(self.folder / "node_modules" / script), *arguments]

    def run(self, program: str, folder: Path) -> "CompletedProcess[str]":
        """Run a program to its end."""
        return ended(self.command(program), folder)

    @contextmanager
    def running(self, program: str, folder: Path, until: str, **environment: str) -> Iterator[None]:
        """Run a program; enter the block when it has printed a text, and terminate it at the end."""
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


@contextmanager
def once(folder: Path) -> Iterator[bool]:
    """Lock a folder that several processes share; yield whether it is still to be filled."""
    done = folder.with_suffix(".done")
    with folder.with_suffix(".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        folder.mkdir(exist_ok=True)
        yield not done.exists()
        done.touch()


def install(folder: Path) -> None:
    """Install the packages, or report what is missing for that."""
    require_node()
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


def node_for(folder: Path) -> str:
    """Return the system's node or, if it is too old for the generators, the one installed by npm."""
    if is_supported(require_node()):
        return "node"
    found = next(folder.glob("node_modules/node-*/bin/node"), None)
    if found is None:
        missing("node that is new enough, and npm has none for this system")
    return str(found)
