"""Performance targets, each checked within one run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalogue import FLOOR
from operations import CREATE, HISTORY, LIST, OPERATIONS, READ, STATS, WRITES
from results import Results

SQLITE, POSTGRESQL = "tasktrail-sqlite", "tasktrail-postgresql"
OURS = (SQLITE, POSTGRESQL, "tasktrail-postgresql-2")
LIMITS = {SQLITE: "limit-sqlite", POSTGRESQL: "limit-postgresql"}
PAGES = (LIST, HISTORY, STATS)
CONNECTIONS = 32
MANY_CONNECTIONS = 100

READY_SECONDS = 1.5
CREATE_OF_THE_LIMIT = 3.0
P99 = ((CONNECTIONS, 25.0), (MANY_CONNECTIONS, 60.0))
OLD_P99 = (MANY_CONNECTIONS, 100.0)


@dataclass(frozen=True, slots=True)
class Ahead:
    """Our rate is at least this multiple of a rival's."""

    operations: Sequence[str]
    ours: Sequence[str]
    rivals: Sequence[str]
    least: float


AHEAD = (
    Ahead(WRITES, OURS, (FLOOR,), 0.45),
    Ahead((CREATE,), OURS, (FLOOR,), 0.25),
    Ahead(WRITES, (POSTGRESQL, OURS[2]), ("postgrest",), 1.3),
    Ahead(WRITES, (SQLITE,), ("drf-sqlite", "litestar-sqlite"), 2.5),
    Ahead(WRITES, (SQLITE,), ("pocketbase",), 1.0),
    Ahead((READ,), OURS, (FLOOR,), 0.6),
    Ahead((READ,), OURS, (FLOOR,), 0.4),
    Ahead((READ,), (POSTGRESQL, OURS[2]), ("postgrest",), 1.5),
    Ahead(PAGES, (SQLITE,), ("drf-sqlite", "litestar-sqlite"), 1.0),
    Ahead(PAGES, (POSTGRESQL, OURS[2]), ("postgrest", "drf-postgresql", "litestar-postgresql", "kinto"), 1.0),
)


@dataclass(frozen=True, slots=True)
class Target:
    sentence: str
    reached: bool

    def __str__(self) -> str:
        return f"- {'reached' if self.reached else '**not reached**'}: {self.sentence}"


def targets(results: Results) -> list[Target]:
    """Those that this run can check."""
    ours = [name for name in OURS if name in results.contestants()]
    errors = results.errors(ours)
    parts = (_rates(results), _latencies(results, ours), _beside_the_limit(results), _starts(results, ours))
    return [Target(f"0 errors: {errors}", errors == 0), *(target for part in parts for target in part)]


def _rates(results: Results) -> Iterator[Target]:
    for ahead in AHEAD:
        for operation in ahead.operations:
            for name in ahead.ours:
                for rival in ahead.rivals:
                    ratio = results.ratio(operation, CONNECTIONS, name, rival)
                    if ratio is not None:
                        sentence = f"{operation} on {name} ≥ {ahead.least:.2f} of {rival}: {ratio:.2f}"
                        yield Target(sentence, ratio >= ahead.least)


def _latencies(results: Results, ours: Iterable[str]) -> Iterator[Target]:
    for connections, most in (*P99, OLD_P99):
        for operation in OPERATIONS:
            for name in ours:
                p99 = results.median(operation, connections, name, lambda m: m.p99)
                if p99 is not None:
                    sentence = f"{operation} on {name}, {connections} connections, p99 ≤ {most:g} ms: {p99:.1f} ms"
                    yield Target(sentence, p99 <= most)


def _beside_the_limit(results: Results) -> Iterator[Target]:
    for name, limit in LIMITS.items():
        ours, its = (results.median(CREATE, 1, each, lambda m: m.p50) for each in (name, limit))
        if ours and its:
            times = ours / its
            sentence = f"create on {name}, 1 connection, p50 ≤ {CREATE_OF_THE_LIMIT:g} × {limit}: {times:.1f} ×"
            yield Target(f"{sentence} ({ours:.2f} ms, {its:.2f} ms)", times <= CREATE_OF_THE_LIMIT)


def _starts(results: Results, ours: Sequence[str]) -> Iterator[Target]:
    for server in results.servers:
        if server.name in ours:
            seconds = server.ready_seconds
            yield Target(f"{server.name} ready ≤ {READY_SECONDS:g} s: {seconds:.2f} s", seconds <= READY_SECONDS)
