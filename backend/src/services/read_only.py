"""Fields of a task that a client may send back but not change."""

from collections.abc import Mapping
from typing import Final

from src.exceptions.errors import BadRequestError
from src.models.task import TaskSnapshot

_BY_ACTION = "is changed by /complete and /incomplete"
SET_BY: Final = {
    "id": "is the one in the path",
    "is_completed": _BY_ACTION,
    "created_at": "is set when the task is created",
    "updated_at": "is set by each change",
    "completed_at": _BY_ACTION,
}
"""How each field is set."""


def require_unchanged(task: TaskSnapshot, sent: Mapping[str, object]) -> None:
    """Raises BadRequestError, which says how each field that differs is set."""
    faults = [f"{name}: {SET_BY[name]}" for name, value in sent.items() if value != getattr(task, name)]
    if faults:
        raise BadRequestError("; ".join(faults))
