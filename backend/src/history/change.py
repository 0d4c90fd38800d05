"""One change of one task, as a value, and what the history says of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from src.models.task import RECORDED, TaskSnapshot
from src.models.task_history import ActionType
from src.utils import canonical_json
from src.utils.timestamps import format_timestamp

Diff = dict[str, tuple[object, object]]
"""Field → (old, new)."""
Entry = dict[str, object]
"""An entry's columns, as canonical JSON has them; its place in the chain is not known yet."""


@dataclass(frozen=True, slots=True)
class Change:
    """A task as it was and as it is; None means no such task. `at` is the time of the change and of its entry."""

    action: ActionType
    before: TaskSnapshot | None
    after: TaskSnapshot | None
    at: datetime
    request_id: str | None = None

    @property
    def task(self) -> TaskSnapshot:
        """As it stood last."""
        return cast("TaskSnapshot", self.after or self.before)

    @property
    def version(self) -> int:
        """A deletion has a version of its own."""
        return self.after.version if self.after else cast("TaskSnapshot", self.before).version + 1

    def entry(self) -> Entry:
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
    """The recorded fields that differ; all of them where there was, or is, no task."""
    if before and after:
        return {
            field: (old, new) for field in RECORDED if (old := getattr(before, field)) != (new := getattr(after, field))
        }
    return {field: (getattr(before, field, None), getattr(after, field, None)) for field in RECORDED}


def sentence(action: ActionType, title: str, changes: Diff) -> str:
    """What happened, for a person to read; `title` is the task's after the change."""
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
