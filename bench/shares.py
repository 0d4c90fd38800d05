"""Profiles Tasktrail under load: the share of time in which each layer holds the interpreter's lock, by `py-spy`.

Only one thread runs Python at a time, so this limits a process. Writes tables to `bench/results/`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import postgres
from catalogue import BENCH, SPECS
from machine import REAL_DISK, describe_machine
from operations import COMPLETE, CREATE, READ, SINGLE, UPDATE
from seeding import seed
from served import Served
from serving import serving
from targets import CONNECTIONS, OURS

SAMPLES_PER_SECOND = 250
ATTACHING_SECONDS = 3
"""The load lasts this much longer, since `py-spy` starts late."""
LAYERS: Mapping[str, tuple[str, ...]] = {
    "rendering": ("dump_json", "_render ", "src/utils/response", "src/schemas/"),
    "HTTP: event loop, sockets, protocol": ("asyncio/", "uvicorn/", "src/server/"),
    "routing, reading and checking the request": ("fastapi/", "starlette/", "pydantic/", "src/api/"),
    "log": ("src/utils/log", "structlog/", "logging/"),
    "queues and threads": ("src/batching/queue", "src/batching/reader", "threading.py", "queue.py", "contextlib.py"),
    "driver": ("psycopg/", "do_execute", "do_commit", "do_begin", "fetch"),
    "SQLAlchemy": ("sqlalchemy/", "src/database/connection"),
    "verbs, entries, hashes": ("src/", "uuid.py", "json/", "dataclasses.py"),
}
"""Layer → substrings of the innermost function's path and name; the first match counts."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="shares.py", description=__doc__)
    parser.add_argument("--contestants", nargs="+", choices=OURS[:2], default=OURS[:2])
    parser.add_argument("--operations", nargs="+", choices=SINGLE, default=(READ, CREATE, UPDATE, COMPLETE))
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--output", default="shares", help="bench/results/OUTPUT.md")
    options = parser.parse_args()
    if shutil.which("py-spy") is None:
        sys.exit("It needs py-spy: pip install py-spy")
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="tasktrail-", dir=REAL_DISK) as name:
        folder = Path(name)
        machine = describe_machine(folder)
        with postgres.serving(folder) as server:
            tables = [_table(contestant, options, folder, server) for contestant in options.contestants]
    command = " ".join(["python bench/shares.py", *sys.argv[1:]])
    intro = f"# Where the time goes\n\n{started:%Y-%m-%d %H:%M} UTC, `{command}`\n\n{machine}"
    target = BENCH / "results" / f"{options.output}.md"
    target.write_text("\n\n".join((intro, *tables)) + "\n")
    print(target.read_text())


def _table(contestant: str, options: argparse.Namespace, folder: Path, server: postgres.Postgres) -> str:
    with serving(SPECS[contestant], folder, server) as served:
        seed(served)
        served.measure(CREATE, options.connections, 0, 1)
        columns = [_column(served, each, options) for each in options.operations]
    head = f"| | {' | '.join(options.operations)} |\n|---|{'---|' * len(columns)}"
    rows = (f"| {name} | {' | '.join(column[name] for column in columns)} |" for name in columns[0])
    return "\n".join((f"## {contestant}\n", head, *rows))


def _column(served: Served, operation: str, options: argparse.Namespace) -> dict[str, str]:
    raw = served.folder / f"{operation}.raw"
    command = ["py-spy", "record", "--gil", "--format", "raw", "--rate", str(SAMPLES_PER_SECOND), "--output", str(raw)]
    command += ["--duration", str(options.seconds), "--pid", str(served.trees[0].pid)]
    profiler = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    measured = served.measure(operation, options.connections, 1, options.seconds + ATTACHING_SECONDS)
    if profiler.wait():
        sys.exit("py-spy could not trace the process; it may need root privileges")
    samples = options.seconds * SAMPLES_PER_SECOND
    found = Counter[str]()
    for stack, count in _stacks(raw):
        found[_layer(stack)] += count
    shares = {layer: f"{found[layer] / samples:.0%}" for layer in (*LAYERS, "other")}
    return {"requests/s": f"{measured.rate:,.0f}"} | shares | {"nobody": f"{1 - found.total() / samples:.0%}"}


def _stacks(raw: Path) -> Iterator[tuple[str, int]]:
    for line in raw.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        yield stack, int(count)


def _layer(stack: str) -> str:
    """The layer of the innermost function that belongs to one."""
    for frame in reversed(stack.split(";")):
        for layer, parts in LAYERS.items():
            if any(part in frame for part in parts):
                return layer
    return "other"


if __name__ == "__main__":
    main()
