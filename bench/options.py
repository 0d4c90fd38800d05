"""Command-line options of `make bench`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import limits
from catalogue import FLOOR, SPECS
from operations import OPERATIONS
from seeding import TASKS
from targets import CONNECTIONS as SOME_CONNECTIONS
from targets import MANY_CONNECTIONS, OURS

QUICK_TASKS = 512
ALL = (FLOOR, *OURS, *limits.LIMITS, *(name for name in SPECS if name not in {FLOOR, *OURS}))


@dataclass(frozen=True, slots=True)
class Options:
    contestants: tuple[str, ...]
    operations: tuple[str, ...]
    connections: tuple[int, ...]
    peer_connections: tuple[int, ...]
    rounds: int
    seconds: int
    tasks: int
    output: str

    def connections_of(self, contestant: str) -> tuple[int, ...]:
        return self.connections if contestant in {FLOOR, *OURS, *limits.LIMITS} else self.peer_connections


def parse(arguments: Sequence[str], description: str | None) -> Options:
    parser = argparse.ArgumentParser(prog="make bench", description=description)
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"in addition to the floor, of: {', '.join(ALL[1:])}")
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=OPERATIONS)
    parser.add_argument("--connections", nargs="+", type=int, help="default 1, 32, 100")
    parser.add_argument("--peer-connections", nargs="+", type=int, help="for the others; default 32")
    parser.add_argument("--seconds", type=int, default=2, help="of load per measurement; default 2")
    parser.add_argument("--rounds", type=int, default=3, help="after a warm-up of one second; default 3")
    parser.add_argument("--quick", action="store_true", help="one round of one second at 32 connections")
    parser.add_argument("--output", default="figures", help="bench/results/OUTPUT.md and .svg")
    given = parser.parse_args(arguments)
    connections = given.connections or ([SOME_CONNECTIONS] if given.quick else [1, SOME_CONNECTIONS, MANY_CONNECTIONS])
    peers = given.peer_connections or given.connections or [SOME_CONNECTIONS]
    if min(given.seconds, given.rounds, *connections, *peers) < 1:
        parser.error("numbers must be 1 or more")
    return Options(
        contestants=_chosen(parser, given.only) if given.only else ALL,
        operations=tuple(operation for operation in OPERATIONS if operation in given.operations),
        connections=tuple(connections),
        peer_connections=tuple(peers),
        rounds=1 if given.quick else given.rounds,
        seconds=1 if given.quick else given.seconds,
        tasks=QUICK_TASKS if given.quick else TASKS,
        output=given.output.removesuffix(".md"),
    )


def _chosen(parser: argparse.ArgumentParser, names: Sequence[str]) -> tuple[str, ...]:
    """`litestar` means all of its configurations."""
    for name in names:
        if not any(_means(name, each) for each in ALL):
            parser.error(f"there is no contestant {name}; there are {', '.join(ALL)}")
    return tuple(each for each in ALL if each == FLOOR or any(_means(name, each) for name in names))


def _means(given: str, name: str) -> bool:
    return name == given or name.startswith(f"{given}-")
