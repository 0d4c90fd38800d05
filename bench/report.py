"""What was measured, as Markdown, and whether the marks were reached."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from contestants import FLOOR
from load import CREATE, OPERATIONS, READ, Measurement

RATIOS = {CREATE: 0.25, READ: 0.40}
RATIO_CONNECTIONS = 32
P99_LIMIT = 100.0
P99_CONNECTIONS = 100

NOT_EQUAL = """\
What is not equal: the floor stores nothing, writes no log line, has no CORS, host or body checks and reads its JSON \
less strictly. PostgreSQL works in processes of its own, which share the machine and whose CPU is not counted; SQLite \
works inside the server. Load and servers share the machine. Durable in both: SQLite with WAL and `synchronous=FULL`, \
PostgreSQL with `fsync` and `synchronous_commit` on. Ready: from the start of the process to the first read answered, \
on an empty database, migration included. Reads are of 2,048 tasks at random, beside all that was created meanwhile."""


@dataclass(frozen=True, slots=True)
class Server:
    """A contestant's start and memory."""

    name: str
    ready_seconds: float
    megabytes_at_start: float
    megabytes_at_end: float


class Results:
    """The measurements of one run."""

    def __init__(self, measurements: Sequence[Measurement]) -> None:
        self._all = measurements

    def of(self, operation: str, connections: int, contestant: str) -> list[Measurement]:
        wanted = (operation, connections, contestant)
        return [m for m in self._all if (m.operation, m.connections, m.contestant) == wanted]

    def ratio(self, operation: str, connections: int, contestant: str) -> float | None:
        """To the floor, round by round; the median of these."""
        ours, floor = (self.of(operation, connections, name) for name in (contestant, FLOOR))
        ratios = [mine.rate / its.rate for mine, its in zip(ours, floor, strict=True)]
        return median(ratios) if ratios else None

    def groups(self) -> Iterator[tuple[str, int, str]]:
        keys = dict.fromkeys((m.operation, m.connections, m.contestant) for m in self._all)
        return iter(sorted(keys, key=lambda key: (OPERATIONS.index(key[0]), key[1])))

    def errors(self) -> int:
        """Ours, not the floor's."""
        return sum(m.errors for m in self._all if m.contestant != FLOOR)


@dataclass(frozen=True, slots=True)
class Mark:
    sentence: str
    reached: bool

    def __str__(self) -> str:
        return f"- {'reached' if self.reached else '**not reached**'}: {self.sentence}"


def marks(results: Results, contestants: Iterable[str]) -> list[Mark]:
    """Those that this run can tell."""
    found = [Mark(f"0 errors: {results.errors()}", results.errors() == 0)]
    for operation in OPERATIONS:
        for name in contestants:
            ratio = results.ratio(operation, RATIO_CONNECTIONS, name)
            if ratio is not None:
                least = RATIOS[operation]
                found.append(Mark(f"{operation} on {name} ≥ {least:.2f} of the floor: {ratio:.2f}", ratio >= least))
            if slow := results.of(operation, P99_CONNECTIONS, name):
                p99 = _median(slow, lambda m: m.p99)
                sentence = f"{operation} on {name}, {P99_CONNECTIONS} connections, p99 < {P99_LIMIT:g} ms"
                found.append(Mark(f"{sentence}: {p99:.0f} ms", p99 < P99_LIMIT))
    return found


def loads_table(results: Results) -> str:
    head = (
        "| operation | connections | contestant | requests/s, median (lowest, highest) | of the floor | p50 ms "
        "| p99 ms | errors | CPU s per 1,000 |\n|---|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(_row(results, *group) for group in results.groups())


def servers_table(servers: Iterable[Server]) -> str:
    head = "| contestant | ready after s | resident MB at start | resident MB at the end |\n|---|---|---|---|\n"
    return head + "\n".join(
        f"| {s.name} | {s.ready_seconds:.2f} | {s.megabytes_at_start:.0f} | {s.megabytes_at_end:.0f} |" for s in servers
    )


def _row(results: Results, operation: str, connections: int, contestant: str) -> str:
    group = results.of(operation, connections, contestant)
    rates = [m.rate for m in group]
    cells = (
        operation,
        connections,
        contestant,
        f"{median(rates):,.0f} ({min(rates):,.0f}, {max(rates):,.0f})",
        f"{results.ratio(operation, connections, contestant):.2f}",
        f"{_median(group, lambda m: m.p50):.1f}",
        f"{_median(group, lambda m: m.p99):.1f}",
        sum(m.errors for m in group),
        f"{_median(group, lambda m: m.cpu_per_1000):.3f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _median(group: Iterable[Measurement], value: Callable[[Measurement], float]) -> float:
    return median(map(value, group))
