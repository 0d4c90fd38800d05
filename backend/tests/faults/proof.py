"""The results of fault tests: a promise, what was done to break it, and the measured figures.

The tests have a short form for `make test-all`, which asserts counts and order, and a long one for `make prove`, which
also asserts durations and prints a table of the results.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

TestFunction = Callable[..., Any]


@dataclass
class Proof:
    """A row of the table; the test fills in the figures."""

    promise: str
    done: str
    long: bool
    figures: list[str] = field(default_factory=list)

    def size(self, short: int, long: int) -> int:
        """The size for this run."""
        return long if self.long else short

    def figure(self, text: str) -> None:
        """Record a figure. Call it before the assertions."""
        self.figures.append(text)
        print(text)  # noqa: T201  # pytest shows it if the test fails


def promise(text: str, done: str) -> Callable[[TestFunction], TestFunction]:
    """Mark a test with its promise and what it does; it needs the fixture `proof`."""
    return pytest.mark.promise(text, done)


def table(rows: list[tuple[Proof, str, bool]]) -> str:
    """The table in Markdown. `rows` contain the database, if any, and whether the promise held."""
    lines = ["| promise | what was done | on | figure | held |", "|---|---|---|---|---|"]
    lines += [
        f"| {proof.promise} | {proof.done} | {database} | {'; '.join(proof.figures)} | {'yes' if held else '**no**'} |"
        for proof, database, held in rows
    ]
    return "\n".join(lines)
