"""Time until the page at `/` is usable, and smoothness of scrolling: with an empty cache, over loopback, in Chromium.

Writes a table to `bench/results/`. The exit status is 1 if a target is not reached.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import postgres
from browsing import Opening, Scrolling, visiting
from catalogue import BENCH, SPECS
from growth import ENTRIES_OF_A_TASK, fill
from machine import REAL_DISK, describe_machine
from serving import serving
from targets import Target

CONTESTANT = "tasktrail-sqlite"
SOME, MANY = 1_000, 10_000
USABLE_MILLISECONDS = 500
FIRST_VIEW_BYTES = 100_000
FRAME_MILLISECONDS = 50
"""20 frames per second still look like a movement."""

Openings = Mapping[int, Sequence[Opening]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="page.py", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="of opening, after a warm-up; default 11")
    parser.add_argument("--scrolls", type=int, default=5, help="through all 10,000 tasks; default 5")
    parser.add_argument("--output", default="page", help="bench/results/OUTPUT.md")
    options = parser.parse_args()
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="tasktrail-", dir=REAL_DISK) as folder:
        machine = describe_machine(Path(folder))
        openings, scrolls = _measure(Path(folder), options.rounds, options.scrolls)
    command = " ".join(["python bench/page.py", *sys.argv[1:]])
    targets = _targets(openings, scrolls)
    intro = f"# The page\n\n{started:%Y-%m-%d %H:%M} UTC, `{command}`\n\n{machine}\n\n{EXPLAINED}"
    text = "\n\n".join((intro, _openings_table(openings), _scrolls_table(scrolls), "\n".join(map(str, targets)))) + "\n"
    (BENCH / "results" / f"{options.output}.md").write_text(text)
    print(text)
    sys.exit(not all(target.reached for target in targets))


EXPLAINED = (
    "Each time a new Chromium, headless and without a GPU, on the machine that also serves; ten entries per task. "
    "Usable: from the start of navigation until the first tasks and the field for a new one are painted, and typed "
    "text would be accepted at once. Bytes are as transferred: the files are compressed, the list is not."
)


def _measure(folder: Path, rounds: int, scrolls: int) -> tuple[Openings, Sequence[Scrolling]]:
    """The database is filled while the server is running, as it is by users."""
    openings: dict[int, list[Opening]] = {}
    with (
        postgres.serving(folder) as server,
        serving(SPECS[CONTESTANT], folder, server) as served,
        visiting(f"http://127.0.0.1:{served.ports[0]}/") as visits,
    ):
        for tasks in (SOME, MANY):
            print(f"{tasks:,} tasks", file=sys.stderr, flush=True)
            fill(f"sqlite:///{folder / served.name}.db", tasks * ENTRIES_OF_A_TASK)
            openings[tasks] = [visits.open() for _ in range(rounds + 1)][1:]
        return openings, [visits.scroll() for _ in range(scrolls)]


def _table(names: Sequence[str], rows: Sequence[str]) -> str:
    return "\n".join((f"| {' | '.join(names)} |", f"|{'---|' * len(names)}", *rows))


def _openings_table(openings: Openings) -> str:
    names = ("tasks", "usable ms, median", "lowest", "highest", "first view kB", "all files kB", "list kB")
    return _table(names, [_opening_row(tasks, found) for tasks, found in openings.items()])


def _opening_row(tasks: int, found: Sequence[Opening]) -> str:
    times = [opening.milliseconds for opening in found]
    some = found[0]
    sizes = " | ".join(f"{size / 1000:.1f}" for size in (some.first_bytes, some.all_bytes, some.data_bytes))
    return f"| {tasks:,} | **{median(times):.0f}** | {min(times):.0f} | {max(times):.0f} | {sizes} |"


def _scrolls_table(scrolls: Sequence[Scrolling]) -> str:
    names = ("scroll", "frames", "ms, median", "p99", "longest", "long tasks", "longest of them, ms")
    rows = [_scroll_row(number, scroll) for number, scroll in enumerate(scrolls, 1)]
    return f"Through {MANY:,} tasks, one step per frame:\n\n{_table(names, rows)}"


def _scroll_row(number: int, scroll: Scrolling) -> str:
    frames, long = scroll.frames, scroll.long_tasks
    times = f"{median(frames):.1f} | {_p99(frames):.1f} | {max(frames):.1f}"
    return f"| {number} | {len(frames)} | {times} | {len(long)} | {max(long, default=0):.0f} |"


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[-1]


def _targets(openings: Openings, scrolls: Sequence[Scrolling]) -> list[Target]:
    usable = median(opening.milliseconds for opening in openings[SOME])
    largest = max(opening.all_bytes for found in openings.values() for opening in found)
    frames = median(_p99(scroll.frames) for scroll in scrolls)
    return [
        Target(
            f"usable with {SOME:,} tasks ≤ {USABLE_MILLISECONDS} ms: {usable:.0f} ms", usable <= USABLE_MILLISECONDS
        ),
        Target(f"all files ≤ {FIRST_VIEW_BYTES / 1000:g} kB: {largest / 1000:.1f} kB", largest <= FIRST_VIEW_BYTES),
        Target(f"frames, p99 ≤ {FRAME_MILLISECONDS} ms: {frames:.1f} ms", frames <= FRAME_MILLISECONDS),
    ]


if __name__ == "__main__":
    main()
