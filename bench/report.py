"""A run as Markdown."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from catalogue import FLOOR
from operations import MEANING
from results import Measurement, Results
from targets import Target

HEAD = (
    "| contestant | requests/s, median (lowest, highest) | of the floor | p50 ms | p99 ms | errors "
    "| CPU s per 1,000 | with the database server |\n|---|---|---|---|---|---|---|---|"
)
FOR_ALL = """\
- Load generator and contestants share the machine. All contestants are running, and one at a time gets the load.
- Durable, unless said otherwise: SQLite with WAL and `synchronous=FULL`, PostgreSQL with `fsync` and \
`synchronous_commit` on. One PostgreSQL server for all, with a database for each, over its Unix socket.
- Ready: from the start of the process to the first successful read. It includes the migration if a contestant \
migrates at startup (Tasktrail does).
- A contestant that creates faster has more tasks and entries when lists, pages and statistics are measured.
- CPU time is that of the contestant with all its processes; the last column adds PostgreSQL's."""


def page(
    intro: str, results: Results, found: Sequence[Target], not_equal: Sequence[tuple[str, str]], plot: str | None
) -> str:
    parts = (
        intro,
        f"![Requests per second at 32 connections]({plot})" if plot else "",
        *_tables(results),
        servers_table(results),
        "## What is not equal\n\n" + FOR_ALL + "\n" + "\n".join(f"- **{name}**: {text}" for name, text in not_equal),
        _left_out(results),
        "## Targets\n\n" + "\n".join(map(str, found)),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _tables(results: Results) -> Iterator[str]:
    for operation in results.operations():
        yield f"## {operation}: {MEANING[operation]}"
        for connections in dict.fromkeys(each for each, _ in results.groups(operation)):
            names = [name for each, name in results.groups(operation) if each == connections]
            names.sort(key=lambda name: -_median(results.of(operation, connections, name), lambda m: m.rate))
            rows = (_row(results, operation, connections, name) for name in names)
            yield f"{connections} connection{'s' * (connections > 1)}:\n\n" + "\n".join((HEAD, *rows))


def servers_table(results: Results) -> str:
    head = "| contestant | ready after s | resident MB at start | resident MB at the end |\n|---|---|---|---|"
    rows = (
        f"| {s.name} | {s.ready_seconds:.2f} | {s.megabytes_at_start:.0f} | {s.megabytes_at_end:.0f} |"
        for s in results.servers
    )
    return "## Start and memory\n\n" + "\n".join((head, *rows))


def _left_out(results: Results) -> str:
    lines = [f"- {name}: {why}" for name, why in results.left_out]
    return "## Left out\n\n" + "\n".join(lines) if lines else ""


def _row(results: Results, operation: str, connections: int, contestant: str) -> str:
    group = results.of(operation, connections, contestant)
    rates = [m.rate for m in group]
    cells = (
        f"**{contestant}**" if contestant.startswith("tasktrail") else contestant,
        f"{median(rates):,.0f} ({min(rates):,.0f}, {max(rates):,.0f})",
        _number(results.ratio(operation, connections, contestant, FLOOR), 2),
        f"{_median(group, lambda m: m.p50):.2f}",
        f"{_median(group, lambda m: m.p99):.1f}",
        sum(m.errors for m in group),
        _number(_known(group, lambda m: m.cpu_per_1000), 3),
        _number(_known(group, lambda m: m.cpu_with_database_per_1000), 3),
    )
    return f"| {' | '.join(map(str, cells))} |"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _known(group: Sequence[Measurement], value: Callable[[Measurement], float | None]) -> float | None:
    values = [found for each in group if (found := value(each)) is not None]
    return median(values) if values else None


def _median(group: Sequence[Measurement], value: Callable[[Measurement], float]) -> float:
    return median(map(value, group))
