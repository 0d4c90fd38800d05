"""Response times of Tasktrail as its history grows: over HTTP, on one connection, with both databases.

Writes a table to `bench/results/`. A million entries on both databases take half an hour, mostly for filling them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import postgres
from catalogue import BACKEND, BENCH, FLOOR, SPECS
from machine import REAL_DISK, describe_machine
from questions import Questions, WholeList, ask_whole_list
from served import Served
from serving import serving

DATABASES = ("sqlite", "postgresql")
ENTRIES = (1_000, 100_000, 1_000_000)
ENTRIES_OF_A_TASK = 10
MAX_TASKS = 10_000
"""As many as the floor can list."""

Medians = Mapping[str, float | str]
"""Question → milliseconds, or the reason why it was not measured."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="growth.py", description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--entries", nargs="+", type=int, default=ENTRIES, help="sizes, growing; default up to 1000000")
    parser.add_argument("--requests", type=int, default=200, help="of each kind; default 200")
    parser.add_argument("--output", default="growth", help="bench/results/OUTPUT.md")
    options = parser.parse_args()
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="tasktrail-", dir=REAL_DISK) as folder:
        machine = describe_machine(Path(folder))
        tables = [_grow(database, options, _subfolder(folder, database)) for database in options.databases]
    command = " ".join(["python bench/growth.py", *sys.argv[1:]])
    intro = f"# Growth\n\n{started:%Y-%m-%d %H:%M} UTC, `{command}`\n\n{machine}\n\n{_explained(options.requests)}"
    target = BENCH / "results" / f"{options.output}.md"
    target.write_text("\n\n".join((intro, *tables)) + "\n")
    print(target.read_text())


def _explained(requests: int) -> str:
    return (
        f"Medians of {requests} requests each, one after another, in milliseconds; in brackets the ratio to the "
        f"smallest size. {ENTRIES_OF_A_TASK} entries per task, written by Tasktrail's own service; `main.py doctor` "
        "found no problem after the last size."
    )


def _subfolder(folder: str, name: str) -> Path:
    subfolder = Path(folder) / name
    subfolder.mkdir()
    return subfolder


def _grow(database: str, options: argparse.Namespace, folder: Path) -> str:
    with ExitStack() as stack:
        server = stack.enter_context(postgres.serving(folder))
        ours = stack.enter_context(serving(SPECS[f"tasktrail-{database}"], folder, server))
        floor = stack.enter_context(serving(SPECS[FLOOR], folder, server))
        url = server.url(ours.name) if database == "postgresql" else f"sqlite:///{folder / ours.name}.db"
        found, lists = {}, {}
        for entries in options.entries:
            print(f"{database}: filling up to {entries:,} entries", file=sys.stderr, flush=True)
            fill(url, entries)
            found[entries] = Questions(ours.ports[0], options.requests).medians()
            if entries // ENTRIES_OF_A_TASK <= MAX_TASKS:
                lists[entries] = _whole_list(ours, floor, entries // ENTRIES_OF_A_TASK)
        _backend(url, sys.executable, "main.py", "doctor")
        return f"## {database}\n\n{_table(found)}\n\n{_lists_table(lists)}"


def fill(url: str, entries: int) -> None:
    """Up to this number, while a server uses the database."""
    _backend(url, sys.executable, str(BENCH / "filling.py"), url, str(entries))


def _backend(url: str, *command: str) -> None:
    environment = os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(BACKEND)}
    done = subprocess.run(command, cwd=BACKEND, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stdout}{done.stderr}")


def _whole_list(ours: Served, floor: Served, tasks: int) -> tuple[WholeList, WholeList, float]:
    """Ours, the floor's, and the growth of our memory in MB."""
    before = ours.megabytes()
    mine = ask_whole_list(ours.ports[0], "/api/v1/tasks")
    grown = ours.megabytes() - before
    return mine, ask_whole_list(floor.ports[0], f"/api/v1/tasks?limit={tasks}"), grown


def _table(found: Mapping[int, Medians]) -> str:
    sizes = list(found)
    head = f"| | {' | '.join(f'{size:,} entries' for size in sizes)} |\n|---|{'---|' * len(sizes)}"
    names = dict.fromkeys(name for medians in found.values() for name in medians)
    return "\n".join((head, *(_row(name, [medians.get(name, "–") for medians in found.values()]) for name in names)))


def _row(name: str, medians: Sequence[float | str]) -> str:
    first = medians[0]
    cells = (
        median
        if isinstance(median, str)
        else f"{median:.2f}" + (f" ({median / first:.1f})" if number and isinstance(first, float) else "")
        for number, median in enumerate(medians)
    )
    return f"| {name} | {' | '.join(cells)} |"


def _lists_table(lists: Mapping[int, tuple[WholeList, WholeList, float]]) -> str:
    head = (
        "`GET /tasks` without a limit:\n\n| tasks | first byte ms | whole ms | floor's first byte ms "
        "| floor's whole ms | of the floor's time | MB more |\n|---|---|---|---|---|---|---|"
    )
    rows = (
        f"| {entries // ENTRIES_OF_A_TASK:,} | {ours.first_byte:.1f} | {ours.whole:.1f} | {floor.first_byte:.1f} "
        f"| {floor.whole:.1f} | {ours.whole / floor.whole:.2f} | {grown:.0f} |"
        for entries, (ours, floor, grown) in lists.items()
    )
    return "\n".join((head, *rows))


if __name__ == "__main__":
    main()
