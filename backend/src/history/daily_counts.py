"""What a batch changes in the counts of each day."""

from collections import Counter
from datetime import date
from typing import cast

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from src.models.daily_count import DailyCount
from src.models.task import TaskSnapshot

_COUNTS = cast("Table", DailyCount.__table__)


def _adding(insert: postgresql.Insert | sqlite.Insert) -> Executable:
    """A row for a day that has none yet, else what is to be added to it."""
    new = insert.excluded
    sums = {name: _COUNTS.c[name] + new[name] for name in ("created", "completed")}
    return insert.on_conflict_do_update(index_elements=[_COUNTS.c.day], set_=sums)


_ADD = {"postgresql": _adding(postgresql.insert(_COUNTS)), "sqlite": _adding(sqlite.insert(_COUNTS))}


class DailyDeltas:
    """By how much the counts of days have grown or shrunk."""

    def __init__(self) -> None:
        self._created = Counter[date]()
        self._completed = Counter[date]()

    def count(self, before: TaskSnapshot | None, after: TaskSnapshot | None) -> None:
        """Take in one task as it was and as it is; `None`: there is none."""
        for task, sign in ((before, -1), (after, 1)):
            if task:
                self._created[task.created_at.date()] += sign
            if task and task.completed_at:
                self._completed[task.completed_at.date()] += sign

    def by_day(self) -> dict[date, tuple[int, int]]:
        """Created and completed, the earliest day first; days on which neither changes are left out."""
        days = sorted(self._created.keys() | self._completed.keys())
        deltas = {day: (self._created[day], self._completed[day]) for day in days}
        return {day: delta for day, delta in deltas.items() if any(delta)}

    def write(self, connection: Connection) -> None:
        rows = [{"day": day, "created": created, "completed": done} for day, (created, done) in self.by_day().items()]
        if rows:
            connection.execute(_ADD[connection.dialect.name], rows)
