"""The measurements of one run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from operations import OPERATIONS


@dataclass(frozen=True, slots=True)
class Measurement:
    """One contestant under one load, in one round; times in milliseconds."""

    contestant: str
    operation: str
    connections: int
    round: int
    rate: float
    p50: float
    p99: float
    errors: int
    cpu_per_1000: float | None
    cpu_with_database_per_1000: float | None


@dataclass(frozen=True, slots=True)
class Server:
    """A contestant's start and memory."""

    name: str
    ready_seconds: float
    megabytes_at_start: float
    megabytes_at_end: float


class Results:
    """The measurements of one run, and what was left out."""

    def __init__(
        self, measurements: Sequence[Measurement], servers: Sequence[Server], left_out: Sequence[tuple[str, str]]
    ) -> None:
        self._all = measurements
        self.servers = servers
        self.left_out = left_out

    def of(self, operation: str, connections: int, contestant: str) -> list[Measurement]:
        wanted = (operation, connections, contestant)
        return [m for m in self._all if (m.operation, m.connections, m.contestant) == wanted]

    def median(
        self, operation: str, connections: int, contestant: str, value: Callable[[Measurement], float]
    ) -> float | None:
        found = self.of(operation, connections, contestant)
        return median(map(value, found)) if found else None

    def ratio(self, operation: str, connections: int, contestant: str, rival: str) -> float | None:
        """The median of the ratios of their rates in each round."""
        ours, theirs = (self.of(operation, connections, name) for name in (contestant, rival))
        rounds = {its.round: its.rate for its in theirs}
        ratios = [mine.rate / rounds[mine.round] for mine in ours if rounds.get(mine.round)]
        return median(ratios) if ratios else None

    def groups(self, operation: str) -> Iterator[tuple[int, str]]:
        """Connections and contestant, by connections."""
        keys = dict.fromkeys((m.connections, m.contestant) for m in self._all if m.operation == operation)
        return iter(sorted(keys, key=lambda key: key[0]))

    def contestants(self) -> list[str]:
        return list(dict.fromkeys(m.contestant for m in self._all))

    def operations(self) -> list[str]:
        measured = {m.operation for m in self._all}
        return [operation for operation in OPERATIONS if operation in measured]

    def errors(self, contestants: Sequence[str]) -> int:
        return sum(m.errors for m in self._all if m.contestant in contestants)
