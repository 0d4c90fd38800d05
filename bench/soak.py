"""Memory over many requests: the mix on Tasktrail with SQLite, and the resident memory after each 100,000 requests.

Writes a table to `bench/results/`. The exit status is 1 if a target is not reached.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import postgres
from catalogue import BENCH, SPECS
from machine import REAL_DISK, describe_machine
from operations import MIX
from seeding import seed
from served import Served
from serving import serving
from targets import CONNECTIONS, Target

MEGABYTES = 120
FLAT_MEGABYTES = 5
"""The growth that is allowed after the first step."""
SECONDS = 5


@dataclass(frozen=True, slots=True)
class Step:
    requests: int
    seconds: float
    megabytes: float
    errors: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="soak.py", description=__doc__)
    parser.add_argument("--contestant", choices=SPECS, default="tasktrail-sqlite")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--step", type=int, default=100_000)
    parser.add_argument("--output", default="soak", help="bench/results/OUTPUT.md")
    options = parser.parse_args()
    started = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory(prefix="tasktrail-", dir=REAL_DISK) as folder,
        postgres.serving(Path(folder)) as server,
        serving(SPECS[options.contestant], Path(folder), server) as served,
    ):
        machine = describe_machine(Path(folder))
        seed(served)
        steps = list(_steps(served, options.requests, options.step))
    command = " ".join(["python bench/soak.py", *sys.argv[1:]])
    targets = _targets(steps)
    intro = f"# Memory\n\n{started:%Y-%m-%d %H:%M} UTC, `{command}`: {CONNECTIONS} connections, the mix.\n\n{machine}"
    text = "\n\n".join((intro, _table(steps), "\n".join(map(str, targets)))) + "\n"
    (BENCH / "results" / f"{options.output}.md").write_text(text)
    print(text)
    sys.exit(not all(target.reached for target in targets))


def _steps(served: Served, requests: int, step: int) -> Iterator[Step]:
    done, errors, started = 0, 0, time.perf_counter()
    yield Step(0, 0, served.megabytes(), 0)
    for goal in range(step, requests + step, step):
        while done < goal:
            measured = served.measure(MIX, CONNECTIONS, 0, SECONDS)
            done += round(measured.rate * SECONDS)
            errors += measured.errors
        yield Step(done, time.perf_counter() - started, served.megabytes(), errors)
        print(f"{done:,}: {served.megabytes():.1f} MB", file=sys.stderr, flush=True)


def _targets(steps: Sequence[Step]) -> list[Target]:
    first, last = steps[min(1, len(steps) - 1)], steps[-1]
    grown = last.megabytes - first.megabytes
    return [
        Target(f"0 errors: {last.errors}", last.errors == 0),
        Target(f"resident ≤ {MEGABYTES} MB: {last.megabytes:.1f} MB", last.megabytes <= MEGABYTES),
        Target(
            f"flat, ≤ {FLAT_MEGABYTES} MB more than after {first.requests:,} requests: {grown:+.1f} MB",
            grown <= FLAT_MEGABYTES,
        ),
    ]


def _table(steps: Sequence[Step]) -> str:
    head = "| requests | seconds | resident MB | errors |\n|---|---|---|---|"
    return "\n".join((head, *(f"| {s.requests:,} | {s.seconds:.0f} | {s.megabytes:.1f} | {s.errors} |" for s in steps)))


if __name__ == "__main__":
    main()
