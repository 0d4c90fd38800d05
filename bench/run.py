"""`make bench`: compares Tasktrail with other backends, on one machine, in one run.

Writes tables and a chart to `bench/results/`. The exit status is 1 if a target is not reached.
"""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import limits
import postgres
from catalogue import BENCH, SPECS
from install import LeftOutError
from machine import REAL_DISK, describe_machine
from options import Options, parse
from plot import draw
from report import page
from results import Measurement, Results, Server
from seeding import seed
from served import Served
from serving import serving
from targets import CONNECTIONS, targets

NO_WRK = (
    "make bench needs the load generator wrk. Debian and Ubuntu: apt install wrk. "
    "macOS: brew install wrk. Elsewhere: https://github.com/wg/wrk."
)


class Contestant(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def left_out(self) -> dict[str, str]:
        """Operation → reason."""

    def offers(self, operation: str, connections: int) -> bool: ...

    def measure(self, operation: str, connections: int, number: int, seconds: int) -> Measurement: ...


class Run:
    """All contestants are running at the same time, and are measured in turn."""

    def __init__(self, options: Options, folder: Path) -> None:
        self._options, self._folder = options, folder
        self._left_out: list[tuple[str, str]] = []

    def results(self) -> Results:
        with ExitStack() as stack:
            server = stack.enter_context(postgres.serving(self._folder))
            contestants = list(self._starting(stack, server))
            memory = {each.name: each.megabytes() for each in contestants if isinstance(each, Served)}
            measurements = list(self._in_turn(self._seeded(contestants)))
            servers = [
                Server(each.name, each.ready_seconds, memory[each.name], each.megabytes())
                for each in contestants
                if isinstance(each, Served)
            ]
            for each in contestants:
                self._left_out += [(f"{each.name}, {operation}", why) for operation, why in each.left_out.items()]
        return Results(measurements, servers, self._left_out)

    def _starting(self, stack: ExitStack, server: postgres.Postgres) -> Iterator[Contestant]:
        for name in self._options.contestants:
            say(f"starting {name}")
            try:
                if name in SPECS:
                    yield stack.enter_context(serving(SPECS[name], self._folder, server))
                else:
                    yield limits.LIMITS[name](self._folder, server)
            except LeftOutError as error:
                self._leave_out(name, error)

    def _seeded(self, contestants: Sequence[Contestant]) -> Iterator[Contestant]:
        for each in contestants:
            try:
                if isinstance(each, Served):
                    say(f"filling {each.name}")
                    seed(each, self._options.tasks)
                    for operation, why in each.left_out.items():
                        say(f"left out: {each.name}, {operation}: {why}")
                yield each
            except LeftOutError as error:
                self._leave_out(each.name, error)

    def _in_turn(self, contestants: Iterator[Contestant]) -> Iterator[Measurement]:
        """Round 0 is a warm-up, which is not reported."""
        seeded = list(contestants)
        for number in range(self._options.rounds + 1):
            for operation in self._options.operations:
                for connections in self._all_connections() if number else (CONNECTIONS,):
                    for each in seeded:
                        if number == 0 or connections in self._options.connections_of(each.name):
                            yield from self._measure(each, operation, connections, number)

    def _measure(self, each: Contestant, operation: str, connections: int, number: int) -> Iterator[Measurement]:
        if not each.offers(operation, connections):
            return
        try:
            measured = each.measure(operation, connections, number, self._options.seconds if number else 1)
        except LeftOutError as error:
            each.left_out[operation] = f"{error} (round {number}, {connections} connections)"
            return
        figures = f"{measured.rate:,.0f}/s, {measured.errors} errors"
        say(f"{number}/{self._options.rounds} {operation} {connections} {each.name}: {figures}")
        if number:
            yield measured

    def _all_connections(self) -> Sequence[int]:
        return sorted({*self._options.connections, *self._options.peer_connections})

    def _leave_out(self, name: str, error: LeftOutError) -> None:
        say(f"left out: {name}: {error}")
        self._left_out.append((name, str(error)))


def main() -> None:
    options = parse(sys.argv[1:], __doc__)
    if shutil.which("wrk") is None:
        sys.exit(NO_WRK)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="tasktrail-", dir=REAL_DISK) as folder:
        machine = describe_machine(Path(folder))
        results = Run(options, Path(folder)).results()
    command = " ".join(["python bench/run.py", *sys.argv[1:]])
    found = targets(results)
    intro = f"# Figures\n\n{started:%Y-%m-%d %H:%M} UTC, `{command}`\n\n{machine}"
    target = BENCH / "results" / f"{options.output}.md"
    target.parent.mkdir(exist_ok=True)
    picture = draw(results)
    if picture:
        target.with_suffix(".svg").write_text(picture)
    target.write_text(page(intro, results, found, not_equal(results), f"{target.stem}.svg" if picture else None))
    say("\n".join(map(str, found)))
    say(f"The tables are in {target}.")
    sys.exit(not all(target.reached for target in found))


def not_equal(results: Results) -> Sequence[tuple[str, str]]:
    """Once per contestant, not per configuration."""
    lines = {}
    for name in results.contestants():
        if name in SPECS:
            lines[SPECS[name].title] = SPECS[name].not_equal
        else:
            lines[name] = limits.NOT_EQUAL[name]
    return list(lines.items())


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
