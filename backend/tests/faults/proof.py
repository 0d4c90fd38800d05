"""What each rig proves: a promise, what was done to break it, and the figure that came of it.

The rigs run short in `make test`, where they assert counts and order, and long in `make prove`, which asserts durations
too and prints a table of all that was proved.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

TestFunction = Callable[..., Any]


@dataclass
class Proof:
    """One row of the table; the rig fills in the figure."""

    promise: str
    done: str
    long: bool
    figures: list[str] = field(default_factory=list)

    def size(self, short: int, long: int) -> int:
        """How often or how much, in this run."""
        return long if self.long else short

    def figure(self, text: str) -> None:
        """Say what came of it, before asserting that it is as promised."""
        self.figures.append(text)
        print(text)  # noqa: T201  # pytest shows it where the rig fails, in the short form too


def promise(text: str, done: str) -> Callable[[TestFunction], TestFunction]:
    """Name the promise that a rig puts to the proof, and what it does; for tests that take the fixture `proof`."""
    return pytest.mark.promise(text, done)


def table(rows: list[tuple[Proof, str, bool]]) -> str:
    """Markdown; `rows` have the database, or nothing, and whether the promise held."""
    lines = ["| promise | what was done | on | figure | held |", "|---|---|---|---|---|"]
    lines += [
        f"| {proof.promise} | {proof.done} | {database} | {'; '.join(proof.figures)} | {'yes' if held else '**no**'} |"
        for proof, database, held in rows
    ]
    return "\n".join(lines)
