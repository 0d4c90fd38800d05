"""An oracle for all statistics: the history replayed entry by entry, and its tasks counted one by one."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from tests.answer import Week
from tests.stored_history import Record, changes_of


class Oracle:
    """The times of the living tasks, and the entries of each action type, as they stood after each entry."""

    def __init__(self, entries: Sequence[Record]) -> None:
        self.states: list[dict[str, tuple[str, str | None]]] = [{}]
        self.actions: list[Counter[str]] = [Counter()]
        for entry in entries:
            tasks, changes = dict(self.states[-1]), changes_of(entry)
            created, completed = tasks.pop(entry["task_id"], ("", None))
            if entry["action_type"] != "DELETED":
                created = changes.get("created_at", (None, created))[1]
                tasks[entry["task_id"]] = created, changes.get("completed_at", (None, completed))[1]
            self.states.append(tasks)
            self.actions.append(self.actions[-1] + Counter([entry["action_type"]]))

    def week(self, seq: int, now: datetime) -> Week:
        """The seven figures as they are after an entry."""
        today = now.astimezone(UTC).date()
        monday = datetime.combine(today - timedelta(days=today.weekday()), time())
        first, last = monday.isoformat(), (monday + timedelta(days=7)).isoformat()
        tasks = self.states[seq].values()
        done = [completed for _, completed in tasks if completed is not None]
        return {
            "tasks_created_this_week": sum(first <= created < last for created, _ in tasks),
            "tasks_completed_this_week": sum(first <= completed < last for completed in done),
            "total_completed": len(done),
            "total_incomplete": len(tasks) - len(done),
            "total_tasks": len(tasks),
            "week_start": first + "Z",
            "week_end": (monday + timedelta(days=7, seconds=-1)).isoformat() + "Z",
        }

    def completions(self, first: int, last: int) -> set[int]:
        """How many entries of completions there can be, from one entry to another."""
        return {self.actions[seq]["COMPLETED"] for seq in range(first, last + 1)}
