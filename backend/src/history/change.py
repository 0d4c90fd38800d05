"""A change of one task as a value, and its history entry."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from src.models.task import RECORDED, TaskSnapshot
from src.models.task_history import ActionType
from src.utils import canonical_json
from src.utils.timestamps import format_timestamp

Diff = dict[str, tuple[object, object]]
"""Field → (old, new)."""
Entry = dict[str, object]
"""Columns of `task_history`, with ids and times as text."""


@dataclass(frozen=True, slots=True)
class Change:
    """A task before and after; None means no such task. `at` is the time of the change and of its entry."""

    action: ActionType
    before: TaskSnapshot | None
    after: TaskSnapshot | None
    at: datetime
    request_id: str | None = None
    task: TaskSnapshot = field(init=False)
    """The state after the change, or before a deletion."""
    version: int = field(init=False)
    """The version that the change makes; a deletion makes one, too."""

    def __post_init__(self) -> None:
        task = cast("TaskSnapshot", self.after or self.before)
        object.__setattr__(self, "task", task)
        object.__setattr__(self, "version", task.version if self.after else task.version + 1)

    def entry(self) -> Entry:
        """All columns but those that the chain adds."""
        task, changes = self.task, diff(self.before, self.after)
        return {
            "task_id": str(task.id),
            "version": self.version,
            "action_type": self.action,
            "task_title": task.title,
            "description": sentence(self.action, task.title, changes),
            "changes": canonical_json.encode(changes),
            "timestamp": format_timestamp(self.at),
            "request_id": self.request_id,
        }


def diff(before: TaskSnapshot | None, after: TaskSnapshot | None) -> Diff:
    """The recorded fields that differ; all of them for a creation or deletion."""
    if before and after:
        return {
            field: (old, new) for field in RECORDED if (old := getattr(before, field)) != (new := getattr(after, field))
        }
    return {field: (getattr(before, field, None), getattr(after, field, None)) for field in RECORDED}


def sentence(action: ActionType, title: str, changes: Diff) -> str:
    """The description of a change for people; `title` is the task's title after it."""
    old_title, new_title = changes.get("title", (None, None))
    renamed = f'the title from "{old_title}" to "{new_title}"' if old_title and new_title else ""
    match action:
        case ActionType.UPDATED if renamed:
            return f"Changed {renamed}" + (" and the description" if "description" in changes else "")
        case ActionType.UPDATED:
            return f'Changed the description of "{title}"'
        case ActionType.RESTORED if renamed:
            return f"Restored an earlier version, {renamed}"
    return f'{_PAST_TENSE[action]} "{title}"'


_PAST_TENSE = {
    ActionType.CREATED: "Created",
    ActionType.COMPLETED: "Completed",
    ActionType.INCOMPLETED: "Reopened",
    ActionType.DELETED: "Deleted",
    ActionType.RESTORED: "Restored",
}
