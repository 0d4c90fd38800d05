"""The history folded: what a task was after any of its entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from src.models.task import RECORDED, TaskSnapshot
from src.models.task_history import ActionType


@dataclass(frozen=True, slots=True)
class PastChange:
    """One entry of one task, as far as folding needs it; `changes` as stored: field → [old, new]."""

    version: int
    action_type: str
    changes: Mapping[str, Any]

    @classmethod
    def read(cls, version: int, action_type: str, changes: str) -> "PastChange":
        return cls(version, action_type, from_json(changes))


def fold(state: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields after an entry, given those before it."""
    return {**state, **{field: new for field, (_, new) in changes.items()}}


def fields_changed(past: Iterable[PastChange]) -> list[str]:
    """The fields that have another value after these entries than before them, but for `updated_at`."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for entry in past:
        for name, (old, new) in entry.changes.items():
            before.setdefault(name, old)
            after[name] = new
    return [name for name in RECORDED if name != "updated_at" and before.get(name) != after.get(name)]


def state_at(task_id: UUID, past: Iterable[PastChange], version: int) -> TaskSnapshot | None:
    """The task at this version; `None` where it never had it, or was deleted by it. `past`: oldest first."""
    state: dict[str, Any] = {}
    for entry in past:
        state = fold(state, entry.changes)
        if entry.version == version:
            return _snapshot(task_id, version, state) if entry.action_type != ActionType.DELETED else None
    return None


def _snapshot(task_id: UUID, version: int, state: Mapping[str, Any]) -> TaskSnapshot:
    return TaskSnapshot.from_json({**state, "id": str(task_id), "version": version})
