"""A running contestant, and its measurement under load."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from catalogue import Spec
from load import THREADS, Wrk, wrk
from processes import Tree
from results import Measurement


@dataclass(slots=True)
class Served:
    """It listens on `ports`. `ready_seconds` is the time from its start to its first successful read."""

    spec: Spec
    ports: tuple[int, ...]
    trees: tuple[Tree, ...]
    ready_seconds: float
    folder: Path
    database: Tree | None
    left_out: dict[str, str]
    _positions: dict[int, int] = field(default_factory=dict)
    """The position that completing and reopening has reached in each slice of the ids."""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def ids(self) -> Path:
        return self.folder / f"{self.name}.ids"

    def offers(self, operation: str, connections: int) -> bool:
        return operation not in self.left_out and connections > 0

    def cpu_seconds(self) -> tuple[float, float]:
        """Without and with the database server's."""
        own = sum(tree.cpu_seconds() for tree in self.trees)
        return own, own + (self.database.cpu_seconds() if self.database else 0)

    def megabytes(self) -> float:
        return sum(tree.megabytes() for tree in self.trees)

    def measure(self, operation: str, connections: int, number: int, seconds: int) -> Measurement:
        before = self.cpu_seconds()
        results = self._load(operation, connections, seconds)
        cpu = [now - then for now, then in zip(self.cpu_seconds(), before, strict=True)]
        done = sum(result.requests for result in results) or 1
        return Measurement(
            self.name,
            operation,
            connections,
            number,
            rate=sum((result.requests - result.refused) / result.seconds for result in results),
            p50=sum(result.p50 for result in results) / len(results),
            p99=max(result.p99 for result in results),
            errors=sum(result.errors for result in results),
            cpu_per_1000=cpu[0] * 1000 / done,
            cpu_with_database_per_1000=cpu[1] * 1000 / done,
        )

    def _load(self, operation: str, connections: int, seconds: int) -> Sequence[Wrk]:
        """One `wrk` per process; they share the connections, and each has its slices of the ids."""
        script = self.folder / f"{self.name}-{operation}.lua"
        script.write_text(self.spec.lua(operation))
        ports = self.ports[:connections]
        connections //= len(ports)
        threads = max(1, min(THREADS, connections) // len(ports))

        def load(number: int) -> Wrk:
            slices = range(number * threads + 1, (number + 1) * threads + 1)
            positions = [str(self._positions.get(each, 0)) for each in slices]
            arguments = (str(script), str(self.ids), f"{time.time_ns():x}", str(slices[0] - 1), *positions)
            result = wrk(ports[number], connections, threads, seconds, arguments)
            self._positions.update(zip(slices, result.positions, strict=True))
            return result

        with ThreadPoolExecutor(len(ports)) as pool:
            return list(pool.map(load, range(len(ports))))
