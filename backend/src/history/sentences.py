"""The sentence that says what a change was, made when an entry is read."""

from collections.abc import Mapping, Sequence
from typing import Any

from src.models.task_history import ActionType

_PAST_TENSE = {
    ActionType.CREATED: "Created",
    ActionType.UPDATED: "Changed",
    ActionType.COMPLETED: "Completed",
    ActionType.INCOMPLETED: "Reopened",
    ActionType.DELETED: "Deleted",
    ActionType.RESTORED: "Restored",
}


def sentence(action: str, title: str, changes: Mapping[str, Any], erased: Sequence[str] = ()) -> str:
    """For people; `title` is the task's title after the change, `erased` the texts that an ERASED entry names.

    There is one for any set of changed fields, since some may have been erased.
    """
    old_title, new_title = changes.get("title", (None, None))
    renamed = f'the title from "{old_title}" to "{new_title}"' if old_title and new_title else ""
    match action:
        case ActionType.UPDATED if renamed:
            return f"Changed {renamed}" + (" and the description" if "description" in changes else "")
        case ActionType.UPDATED if "description" in changes:
            return f'Changed the description of "{title}"'
        case ActionType.RESTORED if renamed:
            return f"Restored an earlier version, {renamed}"
        case ActionType.ERASED:
            return f'Erased the {" and the ".join(erased)} of "{title}"'
    return f'{_PAST_TENSE[ActionType(action)]} "{title}"'
