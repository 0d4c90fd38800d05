"""`make bench`: Tasktrail beside a bare FastAPI application, on one machine, in one run.

Writes a table to `bench/results/` and ends with 1 where a mark is not reached.
"""

import argparse
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
from contestants import BENCH, CONTESTANTS, FLOOR, Contestant
from load import OPERATIONS, Measurement, measure, seed
from report import NOT_EQUAL, RATIO_CONNECTIONS, Mark, Results, Server, loads_table, marks, servers_table

REAL_DISK = "/var/tmp"  # noqa: S108  # a fresh folder in it; unlike /tmp it is never in memory
NO_WRK = (
    "make bench needs wrk, which makes the load. Debian and Ubuntu: apt install wrk. "
    "macOS: brew install wrk. Elsewhere: https://github.com/wg/wrk."
)


def main() -> None:
    options = parse(sys.argv[1:])
    if shutil.which("wrk") is None:
        sys.exit(NO_WRK)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="tasktrail-", dir=REAL_DISK) as folder:
        machine = describe_machine(Path(folder))
        measurements, servers = compete(options, Path(folder))
    results = Results(measurements)
    found = marks(results, options.only)
    text = page(started, machine, results, servers, found)
    print(text)
    target = BENCH / "results" / options.output
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)
    sys.exit(not all(mark.reached for mark in found))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    others = [name for name in CONTESTANTS if name != FLOOR]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of load each time; default 5")
    parser.add_argument("--rounds", type=int, default=3, help="after one to warm up; default 3")
    parser.add_argument("--only", nargs="+", choices=others, default=others, help="beside the floor")
    parser.add_argument("--connections", nargs="+", type=int, default=[1, RATIO_CONNECTIONS, 100])
    parser.add_argument("--output", default="first-figures.md", help="a file in bench/results")
    options = parser.parse_args(arguments)
    if min(options.seconds, options.rounds, *options.connections) < 1:
        parser.error("numbers must be 1 or more")
    return options


def compete(options: argparse.Namespace, folder: Path) -> tuple[list[Measurement], list[Server]]:
    """All are up at the same time, and have the machine in turn."""
    with ExitStack() as stack:
        contestants = [
            stack.enter_context(CONTESTANTS[name](folder)) for name in CONTESTANTS if name in {FLOOR, *options.only}
        ]
        memory = [contestant.megabytes() for contestant in contestants]
        for contestant in contestants:
            seed(contestant)
        measurements = list(in_turn(contestants, options))
        return measurements, [
            Server(each.name, each.ready_seconds, before, each.megabytes())
            for each, before in zip(contestants, memory, strict=True)
        ]


def in_turn(contestants: Sequence[Contestant], options: argparse.Namespace) -> Iterator[Measurement]:
    """Round 0 warms up and is left out."""
    for number in range(options.rounds + 1):
        for operation in OPERATIONS:
            for connections in options.connections:
                for contestant in contestants:
                    measured = measure(contestant, operation, connections, number, options.seconds if number else 1)
                    say(f"{number}/{options.rounds} {operation} {connections} {contestant.name} {measured.rate:.0f}/s")
                    if number:
                        yield measured


def page(started: datetime, machine: str, results: Results, servers: Sequence[Server], found: Sequence[Mark]) -> str:
    command = " ".join(["backend/.venv/bin/python bench/run.py", *sys.argv[1:]])
    parts = (
        f"# First figures\n\n{started:%Y-%m-%d %H:%M} UTC, `{command}`\n\n{machine}",
        loads_table(results),
        servers_table(servers),
        NOT_EQUAL,
        "## Marks\n\n" + "\n".join(map(str, found)),
    )
    return "\n\n".join(parts) + "\n"


def describe_machine(folder: Path) -> str:
    memory = psutil.virtual_memory().total / 2**30
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return (
        f"{os.cpu_count()} CPUs ({processor()}), {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}; load average before the run {load}; "
        f"a write and sync of 4 KiB takes {sync_milliseconds(folder):.2f} ms."
    )


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def sync_milliseconds(folder: Path) -> float:
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(100):
            started = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times) * 1000


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
