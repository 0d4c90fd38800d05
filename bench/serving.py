"""Starts contestants on loopback, each with a database of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from catalogue import BACKEND, Spec
from install import LeftOutError, install
from postgres import Postgres
from processes import HOST, Tree, free_port, running, wait_until_ready
from served import Served

PREPARE_SECONDS = 120


@contextmanager
def serving(spec: Spec, folder: Path, postgres: Postgres) -> Iterator[Served]:
    """Raises LeftOutError if it can't be installed or does not start."""
    install(spec)
    values = _values(spec, folder, postgres)
    _prepare(spec, values)
    with ExitStack() as stack:
        started = [stack.enter_context(_process(spec, values, folder)) for _ in range(spec.processes)]
        database = postgres.tree if spec.database == "postgresql" else None
        ports, trees, seconds = zip(*started, strict=True)
        yield Served(spec, ports, trees, seconds[0], folder, database, dict(spec.left_out))


@contextmanager
def _process(spec: Spec, values: Mapping[str, object], folder: Path) -> Iterator[tuple[int, Tree, float]]:
    port = free_port()
    log, own = folder / f"{spec.name}-{port}.log", {**values, "port": port}
    command, started = spec.commands(own)[1], time.perf_counter()
    if shutil.which(command[0]) is None:
        raise LeftOutError(f"it needs {command[0]}, which is not installed")
    with running(command, spec.directory(own), spec.environment(own), log) as process:
        wait_until_ready(port, spec.first_read, process, log)
        yield port, Tree(process.pid), time.perf_counter() - started


def _values(spec: Spec, folder: Path, postgres: Postgres) -> dict[str, object]:
    """The values that the commands and the environment of a contestant may use."""
    file = folder / f"{spec.name}.db"
    url = f"sqlite:///{file}"
    if spec.database == "postgresql":
        url = postgres.create(spec.name, spec.schema)
    return {
        "python": spec.cache / "venv" / "bin" / "python"
        if (spec.folder / "requirements.txt").exists()
        else sys.executable,
        "here": spec.folder,
        "backend": BACKEND,
        "cache": spec.cache,
        "data": folder / spec.name,
        "host": HOST,
        "database": spec.database,
        "name": spec.name,
        "file": file,
        "url": url,
        "socket": postgres.socket_folder,
        "port": 0,
    }


def _prepare(spec: Spec, values: Mapping[str, object]) -> None:
    environment = os.environ | spec.environment(values)
    for command in spec.commands(values)[0]:
        done = subprocess.run(
            command,
            cwd=spec.directory(values),
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=PREPARE_SECONDS,
        )
        if done.returncode:
            raise LeftOutError(f"it could not be prepared: {(done.stderr or done.stdout)[-500:].strip()}")
